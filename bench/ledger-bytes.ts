// A measurement: sealing, opening, checking and hashing leaves.
import { generateKeyPairSync, hash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import { openLeaf, sealDraft } from '../src/ledger/leaf.ts'
import { appendToHead, idFrom, newLog } from '../src/ledger/log.ts'
import { findPersonal, isPersonal } from '../src/ledger/personal.ts'
import { canonicalFault, canonicalJson } from '../src/lib/canonical-json.ts'
import { isEnrollable, rawEd25519PublicKey } from '../src/lib/ed25519.ts'
import { frontierRoot, growFrontier, inclusionProof, leafHash, verifyInclusion } from '../src/lib/merkle.ts'
import { hashTile, subtreesOfTiles, type Tile, tilePath, tilesOf } from '../src/lib/tile.ts'
import type { Draft, JsonObject } from '../src/model/entry.ts'

/** Rates of the ledger's bytes on one core, in entries of about 400 bytes. One JSON line for each measure. */

const RUNS = 5
const context = { origin: `portreeve.local/${'0'.repeat(32)}`, random: (bytes: number) => randomBytes(bytes) }
const bodyOf = (n: number, user: string | null): JsonObject => ({
  changes: [
    {
      address: '10.0.3.7',
      family: 'ipv4',
      owners: [
        {
          name: 'postgres',
          path: '/usr/bin/postgres',
          pid: n,
          unit: 'db.service',
          ...(user === null ? {} : { user }),
        },
      ],
      port: n % 65_536,
      state: 'open',
    },
  ],
  complete: true,
  place: 'db-1',
  source: 'linux-host:db-1',
})
const draftOf = (n: number, user: string | null): Draft => {
  const body = bodyOf(n, user)
  return {
    id: idFrom('bench', n),
    type: 'sighting',
    at: '2026-11-23T09:00:00.000Z',
    body,
    personal: findPersonal(body),
  }
}

const COUNT = 20_000
const plain = Array.from({ length: COUNT }, (_, n) => draftOf(n, null))
const personal = Array.from({ length: COUNT }, (_, n) => draftOf(n, 'joe'))
const leaves = plain.map((draft) => sealDraft(draft, context))
const committed = personal.map((draft) => sealDraft(draft, context))
const texts = leaves.map(({ leaf }) => leaf.subarray(24, -1))
const strings = texts.map((text) => Buffer.from(text).toString())

report('leaf size', Math.round(leaves.reduce((sum, { leaf }) => sum + leaf.length, 0) / COUNT), 'bytes')
rate('seal a draft', 'entries/s', 100_000, COUNT, () => {
  for (const draft of plain) sealDraft(draft, context)
})
rate('seal a draft with a personal value', 'entries/s', null, COUNT, () => {
  for (const draft of personal) sealDraft(draft, context)
})
rate('open a leaf', 'entries/s', 100_000, COUNT, () => {
  for (const { leaf } of leaves) openLeaf(0, leaf, [])
})
rate('open a leaf with a personal value', 'entries/s', null, COUNT, () => {
  for (const { leaf, sealed } of committed) openLeaf(0, leaf, sealed)
})
rate('find personal values', 'bodies/s', null, COUNT, () => {
  for (const { body } of plain) findPersonal(body)
})

const parsing = rate('JSON.parse alone', 'entries/s', null, COUNT, () => {
  for (const text of strings) JSON.parse(text)
})
rate(
  'check canonical bytes',
  'entries/s',
  500_000,
  COUNT,
  () => {
    for (const text of texts) canonicalFault(text)
  },
  ['JSON.parse', parsing],
)
const values = plain.map(({ body }) => body)
const peer = rate('canonicalize 5 (npm)', 'bodies/s', null, COUNT, () => {
  for (const value of values) canonicalize(value)
})
rate(
  'write canonical JSON',
  'bodies/s',
  null,
  COUNT,
  () => {
    for (const value of values) canonicalJson(value)
  },
  ['canonicalize', peer],
)

const node = Buffer.alloc(65, 1)
const raw = rate('SHA-256 of 65 bytes, hash() to a buffer', 'hashes/s', null, 200_000, () => {
  for (let i = 0; i < 200_000; i++) hash('sha256', node, 'buffer')
})
const hashes = leaves.map((leaf) => leaf.leafHash)
rate(
  'leaf hashes',
  'leaves/s',
  null,
  COUNT,
  () => {
    for (const { leaf } of leaves) leafHash(leaf)
  },
  ['hash() to a buffer', raw],
)
rate('grow a tree by batches of 512', 'leaves/s', null, COUNT, () => {
  let head = newLog(context.origin)
  for (let i = 0; i < COUNT; i += 512) head = appendToHead(head, hashes.slice(i, i + 512))
})
for (const size of [100_000, 400_000, 1_600_000]) {
  const many = Array.from({ length: size }, (_, i) => hashes[i % COUNT] as Uint8Array)
  rate(`root of a tree of ${size} leaves`, 'leaves/s', null, size, () => {
    frontierRoot(growFrontier(0, [], many))
  })
}

const SIZE = 1_000_000
const tiles = publish(SIZE)
const read = (tile: Tile) => tiles.get(tilePath(tile)) as Uint8Array
const root = frontierRoot(
  growFrontier(
    0,
    [],
    Array.from({ length: SIZE }, (_, i) => hashes[i % COUNT] as Uint8Array),
  ),
)
const indexes = Array.from({ length: 500 }, (_, i) => (i * 7919) % SIZE)
rate('inclusion proof from tiles, 1 M leaves', 'proofs/s', 2_000, indexes.length, () => {
  for (const index of indexes) inclusionProof(index, SIZE, subtreesOfTiles(SIZE, read))
})
const proofs = indexes.map((index) => ({
  leafHash: hashes[index % COUNT] as Uint8Array,
  index: BigInt(index),
  size: BigInt(SIZE),
  root,
  proof: inclusionProof(index, SIZE, subtreesOfTiles(SIZE, read)),
}))
if (!proofs.every(verifyInclusion)) throw new Error('a proof does not verify')
rate('verify inclusion, 1 M leaves', 'proofs/s', 50_000, proofs.length * 20, () => {
  for (let i = 0; i < 20; i++) for (const proof of proofs) verifyInclusion(proof)
})

const key = rawEd25519PublicKey(generateKeyPairSync('ed25519').publicKey)
rate('judge a key for enrolment', 'keys/s', null, 20, () => {
  for (let i = 0; i < 20; i++) isEnrollable(key)
})

// What an adversary would feed to patterns; nanoseconds for each character stay what they are if the time is linear.
for (const part of ['0 ', '+1', '@a', 'a@', 'a@a', '(0', '0171 ', '\\users', '/home'])
  for (const size of [50_000, 200_000]) {
    const text = part.repeat(size)
    report(
      `look for a person in ${JSON.stringify(part)} x ${size}`,
      (1e6 * median(() => isPersonal(text))) / text.length,
      'ns/character',
    )
  }

function publish(size: number): Map<string, Uint8Array> {
  const levels: Uint8Array[][] = [Array.from({ length: size }, (_, i) => hashes[i % COUNT] as Uint8Array)]
  for (let row = levels[0] ?? []; row.length >= 256; levels.push(row))
    row = Array.from({ length: Math.floor(row.length / 256) }, (_, i) =>
      frontierRoot(growFrontier(0, [], row.slice(i * 256, i * 256 + 256))),
    )
  const subtrees = (level: number, index: number) => levels[level / 8]?.[index] as Uint8Array
  const hashed = tilesOf(size).filter((tile) => tile.level !== 'entries')
  return new Map(
    hashed.map((tile) => [tilePath(tile), hashTile(Number(tile.level), tile.index, tile.width, subtrees)]),
  )
}

function rate(
  name: string,
  unit: string,
  target: number | null,
  count: number,
  work: () => void,
  peer?: [string, number],
): number {
  const value = (1000 * count) / median(work)
  report(name, Math.round(value), unit, target, peer)
  return value
}

/** Milliseconds of processor time: one thread works, and the machine may have other things to do. */
function median(work: () => unknown): number {
  work()
  const times = Array.from({ length: RUNS }, () => {
    const began = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  })
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0
}

function report(
  name: string,
  value: number,
  unit: string,
  target: number | null = null,
  peer?: [string, number],
): void {
  const beside =
    peer === undefined
      ? {}
      : { peer: peer[0], peerValue: Math.round(peer[1]), ratio: Number((value / peer[1]).toFixed(2)) }
  // Every measure with a target is a rate.
  const bound = target === null ? {} : { target: `>= ${target}` }
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit, ...bound, ...beside }))
}
