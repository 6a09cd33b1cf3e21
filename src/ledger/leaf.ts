import { toBase64 } from '../lib/base64.ts'
import { CanonicalError, canonicalJson, MAX_DEPTH } from '../lib/canonical-json.ts'
import { leafHash } from '../lib/merkle.ts'
import type { Draft, Entry, EntryType, JsonObject, Sealed } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { commitment, type Commitment, openSealed, SALT_SIZE } from './commitment.ts'
import { parsePointers, putAt, tokensOf, valueAt, withoutAt } from './pointer.ts'
import { isEntryId, isInstant, isOrigin, RECORD_LINE, readRecord } from './record.ts'
import { type Base, baseText, isPseudonym, STATEMENT_LINE } from './statement.ts'

/** Entries of both kinds: docs/formats/ledger-entry-v1.md and ledger-statement-v1.md. */

/** Below what a bundle could hold, so that a statement's signatures and later kinds have room. */
export const MAX_LEAF = 32 * 1024
/** The record and its body are the first two containers. */
const BODY_DEPTH = MAX_DEPTH - 1

export interface SealedLeaf {
  readonly id: string
  readonly type: EntryType
  readonly at: Instant
  /** The bytes that are hashed, stored and never encoded again. */
  readonly leaf: Uint8Array
  readonly leafHash: Uint8Array
  readonly sealed: readonly Sealed[]
}

export interface SealContext {
  readonly origin: string
  readonly random: (bytes: number) => Uint8Array
}

/** What a statement says beyond a record: who speaks, and the checkpoint that they saw. */
export interface Speaker {
  readonly by: string
  readonly base: Base
}

/** Turns a wish into the bytes of its record. Throws `Refusal('leaf-invalid')` for what an entry cannot hold. */
export function sealDraft(draft: Draft, context: SealContext): SealedLeaf {
  const { text, sealed } = draftText(draft, context, null)
  const leaf = Buffer.from(text)
  refuseLarge(leaf)
  return { id: draft.id, type: draft.type, at: draft.at, leaf, leafHash: leafHash(leaf), sealed }
}

/** The text that the signers of a statement sign, and the values that it commits to. Throws as `sealDraft`. */
export function draftStatement(
  draft: Draft,
  context: SealContext,
  speaker: Speaker,
): { readonly text: string; readonly sealed: readonly Sealed[] } {
  if (!isPseudonym(speaker.by)) throw refuse(`${JSON.stringify(speaker.by)} is not a pseudonym`)
  return draftText(draft, context, speaker)
}

/**
 * The entry of a statement that is signed already; `sealed` holds every value that it commits to. Whether the
 * signatures count is for `ledger/authority.ts`. Throws `Refusal('leaf-invalid')`.
 */
export function sealStatement(leaf: Uint8Array, sealed: readonly Sealed[]): SealedLeaf {
  refuseLarge(leaf)
  const { id, type, at, statement } = readRecord(leaf)
  if (statement === null) throw refuse('nobody signed this entry')
  const { withheld } = openLeaf(0, leaf, sealed)
  if (withheld.length > 0) throw refuse(`the value of ${withheld.join(', ')} is missing`)
  return { id, type, at, leaf, leafHash: leafHash(leaf), sealed }
}

/**
 * Reads an entry back. Sealed values are checked against their commitments and put in their places; what has no
 * sealed value (erased, or not disclosed) is named in `withheld`. Throws `Refusal('leaf-invalid')` for bytes that are
 * not a canonical record or statement, and for a sealed value that is not the one committed to.
 */
export function openLeaf(index: number, leaf: Uint8Array, sealed: readonly Sealed[]): Entry {
  const { body, commitments, statement, ...record } = readRecord(leaf)
  const withheld = reveal(body, commitments, sealed)
  if (sealed.length > commitments.length - withheld.length)
    throw refuse(`entry ${index} has a sealed value that it does not commit to`)
  const { id, type, at } = record
  return { index, id, type, at, by: statement?.by ?? null, body, withheld }
}

function draftText(draft: Draft, context: SealContext, speaker: Speaker | null) {
  if (!isEntryId(draft.id)) throw refuse('the id of an entry is 32 hexadecimal digits')
  if (!isInstant(draft.at)) throw refuse('the time of an entry is RFC 3339 in UTC with milliseconds')
  if (!isOrigin(context.origin)) throw refuse(`${JSON.stringify(context.origin)} cannot name a log`)
  const sealed = sealValues(draft, context)
  const body = withoutAt(
    draft.body,
    sealed.map(({ pointer }) => pointer),
  )
  return { text: leafText(draft, body, sealed, context.origin, speaker), sealed }
}

function refuseLarge(leaf: Uint8Array): void {
  if (leaf.length <= MAX_LEAF) return
  const size = `an entry of ${leaf.length} bytes is larger than the ${MAX_LEAF} that the ledger takes`
  throw new Refusal('leaf-invalid', size, { hint: 'write it as several entries' })
}

function sealValues({ body, personal }: Draft, { random }: SealContext): Sealed[] {
  if (personal.length === 0) return []
  const pointers = parsePointers(personal)
  const salts = random(SALT_SIZE * pointers.length)
  return pointers.map((pointer, i) => {
    const value = valueAt(body, pointer)
    if (value === undefined) throw refuse(`the body has nothing at ${pointer}`)
    const salt = salts.subarray(i * SALT_SIZE, (i + 1) * SALT_SIZE)
    return { pointer, salt, value: canonical(value, BODY_DEPTH - tokensOf(pointer).length) }
  })
}

function leafText(
  { at, id, type }: Draft,
  body: JsonObject,
  sealed: readonly Sealed[],
  origin: string,
  speaker: Speaker | null,
): string {
  const priv = sealed
    .map((value) => `{"c":"${toBase64(commitment(value))}","p":"${value.pointer}"}`)
    .join(',')
  const [line, base, by] =
    speaker === null
      ? [RECORD_LINE, '', '']
      : [STATEMENT_LINE, `"base":${baseText(speaker.base)},`, `"by":"${speaker.by}",`]
  return (
    `${line}{"at":"${at}",${base}"body":${canonical(body, BODY_DEPTH)},${by}"id":"${id}","log":${canonical(origin, 0)}` +
    `${priv === '' ? '' : `,"priv":[${priv}]`},"t":"${type}"}\n`
  )
}

/** Puts values back into `body`, which is nobody else's yet, and answers which are missing. */
function reveal(body: JsonObject, commitments: readonly Commitment[], sealed: readonly Sealed[]): string[] {
  const values = new Map(sealed.map((value) => [value.pointer, value]))
  const withheld: string[] = []
  for (const { pointer, digest } of commitments) {
    const value = values.get(pointer)
    if (value === undefined) withheld.push(pointer)
    else putAt(body, pointer, openSealed(value, digest, BODY_DEPTH - tokensOf(pointer).length))
  }
  return withheld
}

function canonical(value: unknown, maxDepth: number): string {
  try {
    return canonicalJson(value, { maxDepth })
  } catch (error) {
    if (error instanceof CanonicalError) throw refuse(error.message)
    throw error
  }
}

function refuse(detail: string): Refusal {
  return new Refusal('leaf-invalid', detail)
}
