import { hash } from 'node:crypto'

import type { Actor } from '../api/operations.ts'
import { custodianForm } from '../evidence/custodian-form.ts'
import type { Bracket, Seen } from '../evidence/bracket.ts'
import { manifestOf, manifestText, packFiles, type Disclosure, type Pack } from '../evidence/pack.ts'
import { pageHtml, pageText, type Page } from '../evidence/page.ts'
import type { Period } from '../evidence/port-evidence.ts'
import { verifyText } from '../evidence/verify-text.ts'
import type { StoredTimestamp } from '../ledger/anchor-rows.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { StoredCheckpoint } from '../ledger/store.ts'
import { toBase64 } from '../lib/base64.ts'
import { consistencyProof, inclusionProof } from '../lib/merkle.ts'
import { ED25519_NOTE, formatNote, noteKeyId, parseNote } from '../lib/signed-note.ts'
import type { Entry, JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { overlapCheckpoints } from './overlap.ts'
import { proofHead, type ProofHead } from './proof-head.ts'
import type { Tiles } from './tiles.ts'

/** What makes a pack: the store and the key that signs its manifest, the writer of the book, and the log's tree. */
export interface Maker {
  readonly env: Environment
  readonly book: Book
  readonly tiles: Tiles
}

/** The checkpoint to which every proof of a pack leads. */
export type PackHead = ProofHead

export interface Contents {
  readonly at: Instant
  readonly question: JsonObject & { readonly text: string }
  readonly answer: JsonObject
  readonly population: JsonObject | null
  readonly page: Page
  /** Cited entries, in any order. */
  readonly entries: Iterable<number>
  readonly checkpoints: readonly StoredCheckpoint[]
  readonly stamps: readonly StoredTimestamp[]
  readonly disclose: boolean
}

/** `<size>.<n>`, by which a pack names a token among those over one checkpoint. */
export function stampNumber(
  stamps: readonly StoredTimestamp[],
  stamp: Pick<StoredTimestamp, 'size' | 'authority'>,
): string {
  const same = stamps.filter(({ size }) => size === stamp.size)
  return `${stamp.size}.${same.findIndex(({ authority }) => authority === stamp.authority) + 1}`
}

export interface PackedFile {
  readonly path: string
  readonly base64: string
}

/** Sealed values identify persons: whoever may read the book may not therefore hand them over. */
export function requireDisclosure(actor: Actor): void {
  if (actor.capabilities.includes('administer')) return
  throw new Refusal('forbidden', 'opening the values that identify persons is for administrators', {
    hint: 'leave disclose out: the pack proves the same, with these values withheld',
  })
}

/** Both ends of a stretch of time, or neither. */
export function periodOf({
  from,
  until,
}: {
  readonly from?: Instant | undefined
  readonly until?: Instant | undefined
}): Period | null {
  if (from === undefined && until === undefined) return null
  if (from !== undefined && until !== undefined && from < until) return { from, until }
  throw new Refusal('bad-input', 'a period has a beginning and, later, an end', {
    hint: '--period 2026-01-01T00:00:00Z..2026-02-01T00:00:00Z',
  })
}

/** The head that proofs can be given against: everything committed is under it. */
export async function packHead({ env, book }: Maker): Promise<PackHead> {
  await book.checkpoint()
  return proofHead(env.store.read)
}

/** The files of a pack with its signed manifest, and beside them an empty form for a custodian. */
export async function packOf(maker: Maker, head: PackHead, contents: Contents): Promise<PackedFile[]> {
  const { env, book } = maker
  const pack = await gatherPack(maker, head, contents)
  const files = packFiles(pack)
  const manifest = manifestOf(pack, files)
  const signature = await signManifest(env, head.origin, manifest)
  const form = custodianForm({
    origin: head.origin,
    at: contents.at,
    software: book.software,
    manifestSha256: hash('sha256', manifest, 'hex'),
    question: contents.question.text,
  })
  return [
    { path: 'manifest.json', bytes: manifest },
    { path: 'manifest.sig', bytes: Buffer.from(signature) },
    { path: 'custodian/certification.txt', bytes: Buffer.from(form) },
    ...files,
  ].map(({ path, bytes }) => ({ path, base64: toBase64(bytes) }))
}

/** An entry below the head, opened with its sealed values only where they may be seen. */
export async function entryUnder(
  read: StoreReads,
  head: PackHead,
  index: number,
  disclose: boolean,
): Promise<Entry> {
  const stored = index < head.size ? await read.entry(index) : null
  if (stored === null) throw new Error(`there is no entry ${index} under the checkpoint of ${head.size}`)
  return openLeaf(index, stored.leaf, disclose ? await read.sealed(index) : [])
}

/** Who vouches for the checkpoints on either side of an entry. */
export interface Vouching {
  readonly seen: readonly Seen[]
  /** The checkpoints next to the entry, and those that somebody vouches for. */
  readonly checkpoints: readonly StoredCheckpoint[]
  readonly stamps: readonly StoredTimestamp[]
}

export async function seenAround(
  read: StoreReads,
  head: Pick<PackHead, 'size'>,
  index: number,
): Promise<Vouching> {
  const before = { from: index, limit: LOOKED_AT, descending: true }
  const after = { from: index + 1, limit: LOOKED_AT }
  const under = ({ size }: { readonly size: number }) => size > 0 && size <= head.size
  const checkpoints = [...(await read.checkpoints(before)), ...(await read.checkpoints(after))].filter(under)
  const stamps = [...(await read.timestamps(before)), ...(await read.timestamps(after))].filter(under)
  const seen = [...checkpoints.flatMap(cosignedAt), ...stamps.flatMap((stamp) => stampedAt(stamp, head.size))]
  return { seen, checkpoints, stamps }
}

/** What of it goes into a pack: the checkpoints next to the entry, and what the bracket rests on. */
export async function restingOn(
  read: StoreReads,
  index: number,
  { checkpoints, stamps }: Vouching,
  bracket: Bracket,
): Promise<{
  readonly checkpoints: readonly StoredCheckpoint[]
  readonly stamps: readonly StoredTimestamp[]
}> {
  const ends = [bracket.notBefore, bracket.notAfter].filter((end) => end !== null)
  const used = stamps.filter((stamp) =>
    ends.some((end) => end.by !== 'cosignature' && end.size === stamp.size && end.at === stamp.at),
  )
  const sizes = new Set([...ends, ...used].map(({ size }) => size))
  const next = [
    checkpoints.filter(({ size }) => size <= index).toSorted((a, b) => b.size - a.size)[0],
    checkpoints.filter(({ size }) => size > index).toSorted((a, b) => a.size - b.size)[0],
  ].filter((checkpoint) => checkpoint !== undefined)
  const named = []
  for (const size of sizes) named.push(...(await read.checkpoints({ from: size, limit: 1 })))
  return { checkpoints: [...next, ...named], stamps: used }
}

/** Checkpoints on each side of an entry among which the best witnessed is looked for. */
const LOOKED_AT = 64

/** C2SP tlog-cosignature: eight bytes of time before the signature. What is stored was verified when it came. */
const COSIGNATURE_SIZE = 72

function cosignedAt({ size, note }: StoredCheckpoint): Seen[] {
  return parseNote(Buffer.from(note)).signatures.flatMap(({ name, signature }) => {
    if (signature.length !== COSIGNATURE_SIZE) return []
    const seconds = Buffer.from(signature).readBigUInt64BE()
    return [{ by: 'cosignature', name, size, at: new Date(Number(seconds) * 1000).toISOString() } as const]
  })
}

/** A token proves that its checkpoint was there; the entry that holds its digest came after it. */
function stampedAt({ size, authority, at, anchored }: StoredTimestamp, head: number): Seen[] {
  const stamp = { by: 'timestamp', name: authority, size, at } as const
  return anchored === null || anchored >= head
    ? [stamp]
    : [stamp, { by: 'anchor', index: anchored, size, at }]
}

async function gatherPack(maker: Maker, head: PackHead, contents: Contents): Promise<Pack> {
  const { env, book, tiles } = maker
  const { read } = env.store
  const indexes = await withAuthority(read, head, contents.entries)
  const overlaps = await overlapCheckpoints(read, await book.keys.at(read, head.size))
  const others = othersThan(head, [...contents.checkpoints, ...overlaps])
  const { stamps } = contents
  // Everything in one walk: the tiles that the proofs share are read once.
  const proofs = await tiles.over(head.size, (subtrees) => ({
    leaves: indexes.map((index) => inclusionProof(index, head.size, subtrees)),
    checkpoints: others.map(({ size }) => consistencyProof(size, head.size, subtrees)),
  }))
  const leaves = []
  const disclosed: Disclosure[] = []
  for (const [n, index] of indexes.entries()) {
    const stored = await read.entry(index)
    if (stored === null) throw new Error(`there is no entry ${index} under the checkpoint of ${head.size}`)
    leaves.push({ index, leaf: stored.leaf, proof: proofs.leaves[n] ?? [] })
    if (contents.disclose)
      for (const sealed of await read.sealed(index)) disclosed.push({ leaf: index, ...sealed })
  }
  return {
    at: contents.at,
    software: book.software,
    origin: head.origin,
    head,
    checkpoints: others.map((checkpoint, n) => ({ ...checkpoint, proof: proofs.checkpoints[n] ?? [] })),
    leaves,
    timestamps: stamps.map(({ size, note, token, chain }) => ({
      size,
      note: Buffer.from(note),
      response: token,
      chain,
    })),
    disclosed,
    question: contents.question,
    answer: contents.answer,
    population: contents.population,
    words: {
      text: pageText(contents.page),
      html: pageHtml(contents.page),
      verify: verifyText({
        origin: head.origin,
        size: head.size,
        leaf: indexes.at(-1) ?? 0,
        stamps: stamps.map((stamp) => stampNumber(stamps, stamp)),
      }),
    },
  }
}

/** Entry 0 names the log and its key, and every `key` entry says whose signatures count: no pack is without them. */
async function withAuthority(
  read: StoreReads,
  head: PackHead,
  cited: Iterable<number>,
): Promise<readonly number[]> {
  const all = new Set([0, ...cited])
  for (let from = 0; from < head.size;) {
    const page = await read.entries({ from, limit: PAGE, types: ['key'] })
    for (const { index } of page) if (index < head.size) all.add(index)
    if (page.length < PAGE) break
    from = (page.at(-1)?.index ?? 0) + 1
  }
  if (all.size > MOST_LEAVES)
    throw new Refusal('bad-input', `${all.size} entries are more than a pack takes (${MOST_LEAVES})`, {
      hint: 'ask for a shorter period, or draw a smaller sample',
    })
  return [...all].sort((a, b) => a - b)
}

const PAGE = 1_000
/** Two files each; a pack has at most 4,096. */
const MOST_LEAVES = 1_900

function othersThan(head: PackHead, checkpoints: readonly StoredCheckpoint[]): StoredCheckpoint[] {
  const bySize = new Map(checkpoints.map((checkpoint) => [checkpoint.size, checkpoint]))
  bySize.delete(head.size)
  return [...bySize.values()].sort((a, b) => a.size - b.size)
}

async function signManifest(env: Environment, origin: string, manifest: Uint8Array): Promise<string> {
  const text = manifestText(origin, manifest)
  const keyId = noteKeyId(origin, ED25519_NOTE, await env.key.publicKey())
  const signature = await env.key.sign(Buffer.from(text))
  return formatNote({ text, signatures: [{ name: origin, keyId, signature }] })
}
