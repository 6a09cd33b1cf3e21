import { writeFileSync } from 'node:fs'
import { foldKey } from '../src/ledger/authority.ts'
import { voiceOf } from '../src/ledger/hold-voice.ts'
import { possessionText } from '../src/ledger/key-act.ts'
import { beginRegistry, type KeyRegistry } from '../src/ledger/key-registry.ts'
import { draftStatement, openLeaf, sealDraft, sealStatement } from '../src/ledger/leaf.ts'
import { appendToHead, genesisDraft, idFrom, newLog } from '../src/ledger/log.ts'
import { readRecord } from '../src/ledger/record.ts'
import { toBase64 } from '../src/lib/base64.ts'
import { leafHash } from '../src/lib/merkle.ts'
import type { EntryType, JsonObject } from '../src/model/entry.ts'
import { holdsOf } from '../src/registry/hold.ts'
import { signedLine, type SoftwareSigner, softwareSigner } from '../test/support/signers.ts'

/** Holds and whose word counts, for a second implementation. `node scripts/hold-vectors.ts` writes them. */
export const HOLD_VECTORS_PATH = 'vectors/ledger-hold-v1.json'

const ORIGIN = 'portreeve.local/vectors'
const random = (bytes: number) => Buffer.alloc(bytes, 7)
const [ann, bob, robot] = ['ann', 'bob', 'robot'].map((name) => softwareSigner('ssh-ed25519', name)) as Three
type Three = [SoftwareSigner, SoftwareSigner, SoftwareSigner]
const annAgain = softwareSigner('ecdsa-p256', 'ann')
const [carl, other] = [softwareSigner('ssh-rsa', 'carl'), softwareSigner('webauthn-rs256', 'other')]

export function holdVectors(): JsonObject {
  const { entries, states } = new Log()
  return { format: 'docs/formats/ledger-hold-v1.md', origin: ORIGIN, entries, states }
}

class Log {
  readonly entries: JsonObject[] = []
  /** Behind each entry, every hold that there was. */
  readonly states: JsonObject[] = []
  readonly #leaves: Uint8Array[] = []
  #head = newLog(ORIGIN)
  #registry: KeyRegistry

  constructor() {
    const key = softwareSigner('ed25519', ORIGIN, 'log 1').key.material.subarray(1)
    const genesis = genesisDraft({ origin: ORIGIN, key, at: at(0), random, software: 'portreeve/vectors' })
    const { leaf } = sealDraft(genesis, { origin: ORIGIN, random })
    this.#registry = beginRegistry(readRecord(leaf))
    this.#push(leaf, 'entry 0')
    this.#bare('placed by a bare word', { act: 'place', hold: 'a', scope: {} }, 'zoe')
    this.#bare('a bare word while no key is enrolled', { act: 'release', hold: 'a', word: 'operator' }, 'ann')
    this.#bare('the same person once more', { act: 'release', hold: 'a', word: 'session' }, 'ann')
    this.#bare('a word on no hold', { act: 'release', hold: 'b', word: 'operator' }, 'bob')
    this.#enrol('a machine’s key for holds changes nothing', robot, 'machine')
    this.#bare('another person: it ends', { act: 'release', hold: 'a', word: 'operator' }, 'bob')
    this.#bare('placed again', { act: 'place', hold: 'a', scope: { places: ['db-1'] } }, 'zoe')
    this.#bare('one word', { act: 'release', hold: 'a', word: 'operator' }, 'zoe')
    this.#enrol('a person’s key for holds', ann, 'person')
    this.#enrol('a second person', bob, 'person')
    this.#bare('a bare word, which counts no more', { act: 'release', hold: 'a', word: 'operator' }, 'bob')
    this.#signed('signed: the bare word from before does not stand beside it', release('a', 7), ann)
    this.#signed('signed for the hold that ended', release('a', 1), bob)
    this.#signed('signed by a machine', release('a', 7), robot)
    this.#enrol('a second key of ann', annAgain, 'person')
    this.#signed('one person with two keys', release('a', 7), annAgain)
    this.#signed('a second person: it ends', release('a', 7), bob)
    this.#signed('placed by a signature', { act: 'place', hold: 'c', reason: 'r', scope: {} }, bob)
    this.#enrol('an RSA key of SSH', carl, 'person')
    this.#enrol('the same RSA key of WebAuthn, under another name', other, 'person')
    this.#signed('signed by the one', release('c', 18), carl)
    this.#signed('and by the other, which is the same key', release('c', 18), other)
    this.#signed('a second person: it ends', release('c', 18), ann)
    this.#record('bob’s key was stolen before hold a was released: it stands again', 'key', {
      act: 'compromise',
      key: bob.key.text,
      reason: 'vectors',
      since_index: 17,
    })
    this.#signed('a person with a key in force: it ends', release('a', 7), carl)
  }

  #enrol(what: string, signer: SoftwareSigner, kind: string): void {
    const { key } = signer
    const possession = toBase64(signer.sign(possessionText(ORIGIN, key), 'portreeve.dev/possession/v1'))
    const body = { act: 'enrol', holder: key.name, key: key.text, kind, possession, scope: ['hold'] }
    this.#record(what, 'key', body)
  }

  #bare(what: string, body: JsonObject, by: string): void {
    this.#record(what, 'hold', { ...body, by, reason: 'r' })
  }

  #record(what: string, type: EntryType, body: JsonObject): void {
    const draft = { id: idFrom('hold vectors', this.#head.size), type, at: at(1), body, personal: [] }
    this.#push(sealDraft(draft, { origin: ORIGIN, random }).leaf, what)
  }

  #signed(what: string, body: JsonObject, signer: SoftwareSigner): void {
    const id = idFrom('hold vectors', this.#head.size)
    const speaker = { by: signer.key.name, base: { size: this.#head.size, root: this.#head.root } }
    const draft = { id, type: 'hold' as const, at: at(2), body, personal: [] }
    const { text } = draftStatement(draft, { origin: ORIGIN, random }, speaker)
    this.#push(sealStatement(Buffer.from(`${text}\n${signedLine(signer, text)}`), []).leaf, what)
  }

  #push(leaf: Uint8Array, what: string): void {
    const record = readRecord(leaf)
    if (record.type === 'key') this.#registry = foldKey(this.#registry, this.#head.size, record)
    this.#leaves.push(leaf)
    this.#head = appendToHead(this.#head, [leafHash(leaf)])
    this.entries.push({ what, leaf: Buffer.from(leaf).toString() })
    const holds = this.#leaves.flatMap((bytes, index) => {
      const entry = openLeaf(index, bytes, [])
      return entry.type === 'hold'
        ? [{ entry, voice: voiceOf(this.#registry, index, readRecord(bytes)) }]
        : []
    })
    this.states.push({
      size: this.#head.size,
      holds: holdsOf(holds).map(({ name, index, releases, ended }) => ({
        name,
        placed: index,
        releases: releases.map((one) => one.index),
        stands: ended === null,
      })),
    })
  }
}

function release(hold: string, entry: number): JsonObject {
  return { act: 'release', entry, hold, reason: 'r' }
}

function at(second: number): string {
  return `2026-11-26T09:00:0${second}.000Z`
}

if (import.meta.main) writeFileSync(HOLD_VECTORS_PATH, `${JSON.stringify(holdVectors(), null, 2)}\n`)
