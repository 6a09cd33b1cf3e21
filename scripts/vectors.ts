import { createPrivateKey, hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { LogSigner } from '../src/ledger/key.ts'
import { signCheckpoint } from '../src/ledger/checkpoint.ts'
import { sealDraft } from '../src/ledger/leaf.ts'
import { appendToHead, genesisDraft, idFrom, newLog, newOrigin } from '../src/ledger/log.ts'
import { findPersonal } from '../src/ledger/personal.ts'
import { toBase64 } from '../src/lib/base64.ts'
import { rawEd25519PublicKey, signEd25519 } from '../src/lib/ed25519.ts'
import { consistencyProof, inclusionProof, subtreesOf } from '../src/lib/merkle.ts'
import { noteKeyText } from '../src/lib/signed-note.ts'
import { entryBundle, hashTile } from '../src/lib/tile.ts'
import type { Draft, JsonObject } from '../src/model/entry.ts'

/** Our own vectors: what a writer or verifier of another hand must yield. `node scripts/vectors.ts` writes them. */
export const VECTORS_PATH = 'vectors/ledger-v1.json'

export async function ledgerVectors(): Promise<JsonObject> {
  const origin = newOrigin(randomOf('origin'))
  const drafts = draftsOf(origin)
  const entries = drafts.map((draft, i) => sealDraft(draft, { origin, random: randomOf(`salt ${i}`) }))
  const hashes = entries.map((entry) => entry.leafHash)
  const heads = hashes.reduce(
    (all, one) => [...all, appendToHead(all.at(-1) ?? newLog(origin), [one])],
    [newLog(origin)],
  )
  const last = heads.at(-1) ?? newLog(origin)
  const subtrees = subtreesOf((index) => hashes[index] ?? new Uint8Array())
  const size = entries.length
  return {
    format: 'docs/formats/ledger-entry-v1.md',
    key: { seed: seed.toString('hex'), note_key: noteKeyText(origin, publicKey) },
    entries: drafts.map((draft, index) => ({
      draft: { id: draft.id, type: draft.type, at: draft.at, body: draft.body, personal: draft.personal },
      sealed: (entries[index]?.sealed ?? []).map(({ pointer, salt, value }) => ({
        pointer,
        salt: toBase64(salt),
        value,
      })),
      leaf: Buffer.from(entries[index]?.leaf ?? []).toString(),
      leaf_hash: toBase64(hashes[index] ?? new Uint8Array()),
    })),
    heads: heads.map((head) => ({
      size: head.size,
      root: toBase64(head.root),
      frontier: head.frontier.map(toBase64),
    })),
    inclusion: hashes.map((_, index) => ({
      index,
      size,
      proof: inclusionProof(index, size, subtrees).map(toBase64),
    })),
    consistency: Array.from({ length: size }, (_, i) => ({
      from: i + 1,
      to: size,
      proof: consistencyProof(i + 1, size, subtrees).map(toBase64),
    })),
    tiles: {
      [`tile/0/000.p/${size}`]: toBase64(hashTile(0, 0, size, subtrees)),
      [`tile/entries/000.p/${size}`]: toBase64(entryBundle(entries.map((entry) => entry.leaf))),
    },
    checkpoint: await signCheckpoint(last, [key]),
    not_canonical: NOT_CANONICAL,
  }
}

/** Second lines that a reader must refuse, although JSON parsers take most of them. */
const NOT_CANONICAL = [
  '{"b":1,"a":2}',
  '{"a":1,"a":2}',
  '{"a": 1}',
  '{"a":1.0}',
  '{"a":1e3}',
  '{"a":-0}',
  '{"a":01}',
  '{"a":1000000000000000}',
  '{"A":1}',
  '{"":1}',
  '{"a":"\\u0041"}',
  '{"a":"\\u001F"}',
  '{"a":"\\/"}',
  '{"a":"\\ud800"}',
  '{"a":"\\u000a"}',
  '{"a":1} ',
]

const at = (second: number) => `2026-11-23T09:00:0${second}.000Z`
function draftsOf(origin: string): Draft[] {
  const genesis = genesisDraft({
    origin,
    key: publicKey,
    at: at(0),
    random: randomOf('genesis'),
    software: 'portreeve/0.1.0',
  })
  const bodies: readonly [Draft['type'], JsonObject][] = [
    [
      'declaration',
      { by: 'p_7q3k9d', kind: 'Port', name: 'billing-db', spec: { contact: 'dba@example.com', port: 5432 } },
    ],
    [
      'sighting',
      {
        changes: [
          {
            address: '*',
            owners: [{ name: 'postgres', path: '/usr/bin/postgres', pid: 812, user: 'postgres' }],
            port: 5432,
          },
          {
            address: '::1',
            owners: [{ name: 'node', path: '/home/joe/app/node', pid: 4001, user: 'joe' }],
            port: 3000,
          },
        ],
        place: 'db-1',
      },
    ],
    ['coverage', { complete_passes: 720, passes: 720, place: 'db-1' }],
    [
      'tombstone',
      {
        list: ['a', 'ann@example.com', null],
        reason: 'text with "quotes", \\ and \u0001, é, \u{1f602}, \ufb33',
        zero: 0,
      },
    ],
    ['sighting', { empty: {}, least: -999_999_999_999_999, most: 999_999_999_999_999, none: [], yes: true }],
  ]
  const others = bodies.map(([type, body], i): Draft => ({
    id: idFrom('vectors', i),
    type,
    at: at(i + 1),
    body,
    personal: findPersonal(body),
  }))
  return [genesis, ...others]
}

/** Bytes that anybody can make again: SHA-256 over a label and a counter. */
function randomOf(label: string): (bytes: number) => Uint8Array {
  let count = 0
  const block = () => hash('sha256', `portreeve vectors ${label} ${count++}`, 'buffer')
  return (bytes) => Buffer.concat(Array.from({ length: Math.ceil(bytes / 32) }, block)).subarray(0, bytes)
}

const seed = hash('sha256', 'portreeve vectors key', 'buffer')
// PrivateKeyInfo up to the seed: RFC 8410 section 7.
const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
const publicKey = rawEd25519PublicKey(privateKey)
const key: LogSigner = {
  publicKey: () => Promise.resolve(publicKey),
  sign: (message) => Promise.resolve(signEd25519(privateKey, message)),
}

if (import.meta.main) writeFileSync(VECTORS_PATH, `${JSON.stringify(await ledgerVectors(), null, 2)}\n`)
