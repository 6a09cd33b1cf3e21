import { writeFileSync } from 'node:fs'
import { foldKey, signersOf } from '../src/ledger/authority.ts'
import { newKeysOf, possessionText, readKeyAct } from '../src/ledger/key-act.ts'
import { beginRegistry, inForce, type KeyRegistry, logKeysAt, rootsAt } from '../src/ledger/key-registry.ts'
import { draftStatement, sealDraft, sealStatement } from '../src/ledger/leaf.ts'
import { appendToHead, genesisDraft, idFrom, newLog } from '../src/ledger/log.ts'
import { type LedgerRecord, readRecord } from '../src/ledger/record.ts'
import { toBase64 } from '../src/lib/base64.ts'
import { leafHash } from '../src/lib/merkle.ts'
import type { EntryType, JsonObject } from '../src/model/entry.ts'
import { signedLine, SIGNER_KINDS, type SoftwareSigner, softwareSigner } from '../test/support/signers.ts'

/** Statements and keys of every kind, for a second implementation. `node scripts/statement-vectors.ts` writes them. */
export const STATEMENT_VECTORS_PATH = 'vectors/ledger-statement-v1.json'

const ORIGIN = 'portreeve.local/vectors'
const random = (bytes: number) => Buffer.alloc(bytes, 7)

export function statementVectors(): JsonObject {
  const log = new Log()
  return {
    format: 'docs/formats/ledger-statement-v1.md, docs/formats/ledger-keys-v1.md',
    origin: ORIGIN,
    signatures: SIGNER_KINDS.map(signatureOf),
    entries: log.entries,
    states: log.states,
    not_enrolled: WEAK,
  }
}

/** One key of each kind, a statement by it, and its proof of possession. */
function signatureOf(kind: (typeof SIGNER_KINDS)[number]): JsonObject {
  const signer = softwareSigner(kind, 'p_7q3k9d', kind)
  const { text } = draftStatement(
    {
      id: idFrom(kind, 0),
      type: 'hold',
      at: '2026-11-26T09:00:00.000Z',
      body: { scope: [kind] },
      personal: [],
    },
    { origin: ORIGIN, random },
    { by: 'p_7q3k9d', base: { size: 1, root: Buffer.alloc(32, 9) } },
  )
  return {
    kind,
    key: signer.key.text,
    leaf: `${text}\n${signedLine(signer, text)}`,
    possession: possessionOf(signer),
  }
}

/** Ed25519 keys that verify under some libraries and must not be enrolled: the eight points of small order. */
const WEAK: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]

const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => softwareSigner('ssh-ed25519', name)) as Three
const [joe, kim, robot] = [
  softwareSigner('sk-ssh-ed25519', 'joe'),
  softwareSigner('webauthn-es256', 'kim'),
  softwareSigner('ed25519', 'robot'),
]
const oldLog = softwareSigner('ed25519', ORIGIN, 'log 1')
const newLogKey = softwareSigner('ed25519', ORIGIN, 'log 2')
type Three = [SoftwareSigner, SoftwareSigner, SoftwareSigner]

const enrol = (signer: SoftwareSigner, kind: string, scope: readonly EntryType[], more: JsonObject = {}) => ({
  act: 'enrol',
  holder: signer.key.name,
  key: signer.key.text,
  kind,
  scope,
  ...more,
})

const ending = (act: string, signer: SoftwareSigner, more: JsonObject = {}) => ({
  act,
  key: signer.key.text,
  reason: 'vectors',
  ...more,
})

/** A short life of a log's keys; some entries break a rule and have no effect. */
class Log {
  readonly entries: JsonObject[] = []
  readonly states: JsonObject[] = []
  #head = newLog(ORIGIN)
  #registry: KeyRegistry

  constructor() {
    const key = oldLog.key.material.subarray(1)
    const genesis = genesisDraft({ origin: ORIGIN, key, at: at(0), random, software: 'portreeve/vectors' })
    const { leaf } = sealDraft(genesis, { origin: ORIGIN, random })
    this.#registry = beginRegistry(readRecord(leaf))
    this.#push(leaf, 'entry 0')
    this.#acts()
  }

  #acts(): void {
    this.#record('enrolled on the word of the log', {
      ...enrol(robot, 'machine', ['sighting']),
      possession: possessionOf(robot),
    })
    this.#record('without effect: no proof of possession', enrol(joe, 'person', ['decision']))
    this.#record(
      'the first root keys, on the word of the log; bob proves nothing',
      roots([ann, bob, eve], 2, [true, false, true]),
    )
    this.#record('without effect: a record, after root keys', {
      ...enrol(joe, 'person', ['decision']),
      possession: possessionOf(joe),
    })
    this.#statement(
      'enrolled by two root keys',
      enrol(joe, 'person', ['decision', 'hold'], { until: at(9) }),
      [ann, bob, joe],
    )
    this.#statement('without effect: one root key of two', enrol(kim, 'person', ['decision']), [ann, kim])
    this.#statement('a stranger beside them is passed over', enrol(kim, 'person', ['decision']), [
      bob,
      eve,
      kim,
      softwareSigner('ed25519', 'stranger'),
    ])
    this.#statement('a decision by joe', { decision: 'approve' }, [joe], 'decision')
    this.#statement(
      'a decision of the robot, outside of its scope',
      { decision: 'approve' },
      [robot],
      'decision',
    )
    this.#statement('retired by its holder', ending('retire', kim), [kim])
    this.#statement(
      'called compromised from entry 8 on by its holder: reaches back to here alone',
      ending('compromise', joe, { since_index: 8 }),
      [joe],
    )
    this.#statement(
      'marked compromised from entry 8 on by root keys',
      ending('compromise', joe, { since_index: 8 }),
      [ann, eve],
    )
    this.#statement(
      'bob goes, and another ann comes',
      roots([ann, eve, softwareSigner('ed25519', 'ann', 'second')], 2),
      [ann, bob, softwareSigner('ed25519', 'ann', 'second')],
    )
    this.#statement(
      'without effect: bob is no root key any more',
      enrol(softwareSigner('ed25519', 'ida'), 'person', ['hold']),
      [ann, bob, softwareSigner('ed25519', 'ida')],
    )
    this.#statement('the log gets a new key', { act: 'log', key: newLogKey.key.text }, [ann, eve, newLogKey])
    this.#statement('and leaves the old one', { act: 'log-end', key: oldLog.key.text }, [ann, eve])
  }

  #record(what: string, body: JsonObject): void {
    const draft = {
      id: idFrom('key vectors', this.#head.size),
      type: 'key' as const,
      at: at(1),
      body,
      personal: [],
    }
    this.#push(sealDraft(draft, { origin: ORIGIN, random }).leaf, what)
  }

  #statement(
    what: string,
    body: JsonObject,
    signers: readonly SoftwareSigner[],
    type: EntryType = 'key',
  ): void {
    const draft = { id: idFrom('key vectors', this.#head.size), type, at: at(2), body, personal: [] }
    const speaker = { by: signers[0]?.key.name ?? '', base: { size: this.#head.size, root: this.#head.root } }
    const { text } = draftStatement(draft, { origin: ORIGIN, random }, speaker)
    const lines = signers.map((signer) => signedLine(signer, text)).join('')
    this.#push(sealStatement(Buffer.from(`${text}\n${lines}`), []).leaf, what)
  }

  #push(leaf: Uint8Array, what: string): void {
    const index = this.#head.size
    const record = readRecord(leaf)
    this.#head = appendToHead(this.#head, [leafHash(leaf)])
    const before = this.#registry
    if (index > 0 && record.type === 'key') this.#registry = attempt(this.#registry, index, record)
    const isEffective = record.type !== 'key' || this.#registry !== before
    const counts = countsOf(before, index, record)
    this.entries.push({
      what,
      leaf: Buffer.from(leaf).toString(),
      leaf_hash: toBase64(leafHash(leaf)),
      effect: isEffective,
      counts,
    })
    this.states.push(stateOf(this.#registry, this.#head.size))
  }
}

function attempt(registry: KeyRegistry, index: number, record: LedgerRecord): KeyRegistry {
  try {
    return foldKey(registry, index, record)
  } catch {
    return registry
  }
}

/** Names and ids of the signatures that count at the index, by what stood before it. */
function countsOf(registry: KeyRegistry, index: number, record: LedgerRecord): readonly string[] {
  if (record.statement === null) return []
  const fresh = record.type === 'key' ? newKeysOf(readKeyAct(record.body)) : []
  return signersOf(registry, index, record.statement, fresh)
    .filter(({ isRoot, isInForce, isNew }) => isRoot || isInForce || isNew)
    .map(({ name, keyId }) => `${name}+${keyId}`)
}

/** Whose signatures would count on the next entry, and who signs the checkpoint of this size. */
function stateOf(registry: KeyRegistry, size: number): JsonObject {
  const roots = rootsAt(registry, size)
  const held = [...registry.held.values()]
  return {
    size,
    log_keys: logKeysAt(registry, size).map(({ key }) => key.keyId),
    roots: roots === null ? null : { keys: roots.keys.map(({ text }) => text), threshold: roots.threshold },
    in_force: held.filter((one) => inForce(one, size)).map(({ key }) => `${key.name}+${key.keyId}`),
    in_force_at_8: held.filter((one) => inForce(one, 8)).map(({ key }) => `${key.name}+${key.keyId}`),
  }
}

function roots(
  signers: readonly SoftwareSigner[],
  threshold: number,
  proven?: readonly boolean[],
): JsonObject {
  const pairs = signers.map((signer, n) => ({ signer, isProven: proven?.[n] ?? false }))
  const sorted = pairs.toSorted((a, b) => (a.signer.key.text < b.signer.key.text ? -1 : 1))
  const body = { act: 'root', root_keys: sorted.map(({ signer }) => signer.key.text), threshold }
  if (proven === undefined) return body
  return {
    ...body,
    possession: sorted.map(({ signer, isProven }) => (isProven ? possessionOf(signer) : null)),
  }
}

function possessionOf(signer: SoftwareSigner): string {
  return toBase64(signer.sign(possessionText(ORIGIN, signer.key), 'portreeve.dev/possession/v1'))
}

function at(second: number): string {
  return `2026-11-26T09:00:0${second}.000Z`
}

if (import.meta.main)
  writeFileSync(STATEMENT_VECTORS_PATH, `${JSON.stringify(statementVectors(), null, 2)}\n`)
