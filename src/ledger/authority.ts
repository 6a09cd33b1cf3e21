import type { NoteKey } from '../lib/note-key.ts'
import { Refusal } from '../model/refusal.ts'
import {
  type KeyAct,
  materialText,
  newKeysOf,
  POSSESSION_NAMESPACE,
  possessionOf,
  possessionText,
  readKeyAct,
} from './key-act.ts'
import {
  applyAct,
  findNamed,
  type HeldKey,
  inForce,
  type KeyRegistry,
  type RootSet,
  rootsAt,
  type Word,
} from './key-registry.ts'
import type { LedgerRecord, Statement } from './record.ts'
import { STATEMENT_NAMESPACE } from './statement.ts'

/** Whose signatures count on an entry: docs/formats/ledger-keys-v1.md and ledger-statement-v1.md. */

/** One signature line of a statement, verified if its key is known. */
export interface Signer {
  readonly name: string
  readonly keyId: string
  /** Null where the log names no such key. */
  readonly key: NoteKey | null
  readonly isRoot: boolean
  readonly isNew: boolean
  /** Where the key is enrolled as a holder's. */
  readonly held: HeldKey | null
  /** Whether the holder's key is in force. */
  readonly isInForce: boolean
}

/** The registry behind an entry of type `key`. Throws `Refusal` where the entry has no effect, naming the rule. */
export function foldKey(registry: KeyRegistry, index: number, record: LedgerRecord): KeyRegistry {
  if (record.commitments.length > 0) throw invalid('an entry of type key holds nothing sealed')
  const act = readKeyAct(record.body)
  const roots = rootsAt(registry, index)
  if (record.statement === null) {
    if (roots !== null)
      throw missing(`the log has root keys since entry ${roots.index}, and none of them signed`)
    const changed = applyAct(registry, index, act, 'log')
    requirePossession(registry.origin, act, record)
    return changed
  }
  if (roots === null)
    throw new Refusal('quorum-missing', 'the log has no root keys whose signatures could count', {
      hint: 'portreeve key root names the first ones',
    })
  if (record.body['possession'] !== undefined) throw invalid('a statement carries its proof as a signature')
  const signers = signersOf(registry, index, record.statement, newKeysOf(act))
  return applyAct(registry, index, act, wordOf(registry, act, roots, signers, record.statement.by))
}

/** The holder's key by which a statement of another type than `key` stands. Throws `Refusal` where it does not. */
export function requireHolder(
  registry: KeyRegistry,
  index: number,
  { statement, type }: LedgerRecord & { readonly statement: Statement },
): HeldKey {
  const own = signersOf(registry, index, statement, []).filter(({ name }) => name === statement.by)
  const held = own.flatMap((signer) => (signer.isInForce && signer.held !== null ? [signer.held] : []))
  if (held.length === 0) throw unsigned(statement.by, own)
  const allowed = held.find(({ scope }) => scope.includes(type))
  if (allowed !== undefined) return allowed
  throw new Refusal('key-scope', `the key of ${statement.by} is not enrolled for entries of type ${type}`, {
    hint: 'portreeve key list shows what each key may sign',
  })
}

/** Every signature line with its key. Throws `Refusal('signature-invalid')` where one of a known key does not verify. */
export function signersOf(
  registry: KeyRegistry,
  index: number,
  { text, signatures }: Pick<Statement, 'text' | 'signatures'>,
  newKeys: readonly NoteKey[],
): readonly Signer[] {
  const roots = rootsAt(registry, index)?.keys ?? []
  return signatures.map(({ name, keyId, signature }) => {
    const isThis = (key: NoteKey) => key.name === name && key.keyId === keyId
    const fresh = newKeys.find(isThis) ?? null
    const key = findNamed(registry, name, keyId) ?? fresh
    if (key !== null && !key.verify(Buffer.from(text), signature, STATEMENT_NAMESPACE))
      throw new Refusal('signature-invalid', `the signature of ${name}+${keyId} is not one over this text`, {
        hint: 'sign the text exactly as it was written, in the namespace portreeve.dev/statement/v1',
      })
    const held = (key === null ? undefined : registry.held.get(materialText(key))) ?? null
    return {
      name,
      keyId,
      key,
      isRoot: roots.some(isThis),
      isNew: fresh !== null,
      held: held?.key.text === key?.text ? held : null,
      isInForce: held !== null && held.key.text === key?.text && inForce(held, index),
    }
  })
}

/** A writer takes no signature that would not count: whoever reads it later would have to explain it. */
export function refuseUncounted(registry: KeyRegistry, index: number, record: LedgerRecord): void {
  if (record.statement === null) return
  const newKeys = record.type === 'key' ? newKeysOf(readKeyAct(record.body)) : []
  for (const signer of signersOf(registry, index, record.statement, newKeys))
    if (!signer.isRoot && !signer.isNew && !signer.isInForce) throw uncounted(signer)
}

function wordOf(
  registry: KeyRegistry,
  act: KeyAct,
  roots: RootSet,
  signers: readonly Signer[],
  by: string,
): Word {
  if (!signers.some(({ name, isRoot, isInForce }) => name === by && (isRoot || isInForce)))
    throw unsigned(
      by,
      signers.filter(({ name }) => name === by),
    )
  requireNew(act, signers)
  const signed = signers.filter(({ isRoot }) => isRoot).length
  if (signed >= roots.threshold) return 'roots'
  if (isEnding(act) && isByHolder(registry, act, signers)) return 'holder'
  throw missing(`${signed} of the ${roots.threshold} root keys that are needed signed`)
}

/** Whoever brings a key in shows that they have it. */
function requireNew(act: KeyAct, signers: readonly Signer[]): void {
  const present = signers.filter(({ isNew }) => isNew).length
  const wanted = act.act === 'root' ? act.threshold : newKeysOf(act).length
  if (present < wanted) throw missing(`${present} of the ${wanted} new keys that are needed signed`)
}

type Ending = Extract<KeyAct, { act: 'retire' | 'compromise' }>
function isEnding(act: KeyAct): act is Ending {
  return act.act === 'retire' || act.act === 'compromise'
}

function isByHolder({ held }: KeyRegistry, { key }: Ending, signers: readonly Signer[]): boolean {
  const holder = held.get(materialText(key))?.key.name
  return holder !== undefined && signers.some(({ name, isInForce }) => isInForce && name === holder)
}

function requirePossession(origin: string, act: KeyAct, { body }: LedgerRecord): void {
  const keys = newKeysOf(act)
  const proofs = possessionOf(body)
  if (proofs.length !== keys.length || Array.isArray(body['possession']) !== (act.act === 'root'))
    throw invalid('`possession` is not one proof for each new key')
  const given = keys.filter((key, n) => {
    const proof = proofs[n] ?? null
    if (proof === null) return false
    if (key.verify(Buffer.from(possessionText(origin, key)), proof, POSSESSION_NAMESPACE)) return true
    throw new Refusal(
      'signature-invalid',
      `the proof that somebody holds ${key.name}+${key.keyId} does not verify`,
      {
        hint: 'sign the text of possession with the key itself, in the namespace portreeve.dev/possession/v1',
      },
    )
  }).length
  const wanted = act.act === 'root' ? act.threshold : keys.length
  if (given < wanted) throw missing(`${given} of the ${wanted} new keys that are needed signed`)
}

function unsigned(by: string, own: readonly Signer[]): Refusal {
  const known = own.find(({ key }) => key !== null)
  if (known !== undefined) return uncounted(known)
  return new Refusal('key-unknown', `no key that the log knows signed for ${by}`, {
    hint: 'portreeve key list shows the keys, portreeve key enroll brings one in',
  })
}

function uncounted({ name, keyId, key, isNew, held }: Signer): Refusal {
  const id = `${name}+${keyId}`
  if (key === null || (isNew && held === null))
    return new Refusal('key-unknown', `the log knows no key ${id}`, {
      hint: 'portreeve key list shows the keys, portreeve key enroll brings one in',
    })
  if (held === null)
    return new Refusal('key-retired', `${id} is not among the root keys any more, and nobody else's key`, {
      hint: 'sign with one of the present root keys: portreeve key list',
    })
  const [first] = held.compromises
  const ended =
    held.retired !== null
      ? `was retired in entry ${held.retired.index}`
      : first !== undefined
        ? `was marked compromised in entry ${first.index}`
        : 'is not in force yet'
  return new Refusal('key-retired', `${id} ${ended}`, {
    hint: 'sign with a key that is in force: portreeve key list',
  })
}

function missing(detail: string): Refusal {
  return new Refusal('quorum-missing', detail, {
    hint: 'gather the signatures in one statement and hand it in again: portreeve key --help',
  })
}

function invalid(detail: string): Refusal {
  return new Refusal('leaf-invalid', `not an entry of type key: ${detail}`)
}
