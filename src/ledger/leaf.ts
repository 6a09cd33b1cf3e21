import { toBase64 } from '../lib/base64.ts'
import { CanonicalError, canonicalJson, MAX_DEPTH } from '../lib/canonical-json.ts'
import { leafHash } from '../lib/merkle.ts'
import type { Draft, Entry, EntryType, JsonObject, Sealed } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { commitment, type Commitment, openSealed, SALT_SIZE } from './commitment.ts'
import { parsePointers, putAt, tokensOf, valueAt, withoutAt } from './pointer.ts'
import { isEntryId, isInstant, isOrigin, RECORD_LINE, readRecord } from './record.ts'

/** Entries of kind `record/v1`: docs/formats/ledger-entry-v1.md. */

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

/** Turns a wish into the bytes of its entry. Throws `Refusal('leaf-invalid')` for what an entry cannot hold. */
export function sealDraft(draft: Draft, context: SealContext): SealedLeaf {
  if (!isEntryId(draft.id)) throw refuse('the id of an entry is 32 hexadecimal digits')
  if (!isInstant(draft.at)) throw refuse('the time of an entry is RFC 3339 in UTC with milliseconds')
  if (!isOrigin(context.origin)) throw refuse(`${JSON.stringify(context.origin)} cannot name a log`)
  const sealed = sealValues(draft, context)
  const pointers = sealed.map(({ pointer }) => pointer)
  const body = withoutAt(draft.body, pointers)
  const leaf = Buffer.from(recordText(draft, body, sealed, context.origin))
  if (leaf.length > MAX_LEAF)
    throw new Refusal(
      'leaf-invalid',
      `an entry of ${leaf.length} bytes is larger than the ${MAX_LEAF} that the ledger takes`,
      {
        hint: 'write it as several entries',
      },
    )
  return { id: draft.id, type: draft.type, at: draft.at, leaf, leafHash: leafHash(leaf), sealed }
}

/**
 * Reads an entry back. Sealed values are checked against their commitments and put in their places; what has no
 * sealed value (erased, or not disclosed) is named in `withheld`. Throws `Refusal('leaf-invalid')` for bytes that are
 * not a canonical record, and for a sealed value that is not the one committed to.
 */
export function openLeaf(index: number, leaf: Uint8Array, sealed: readonly Sealed[]): Entry {
  const { body, commitments, ...record } = readRecord(leaf)
  const withheld = reveal(body, commitments, sealed)
  if (sealed.length > commitments.length - withheld.length)
    throw refuse(`entry ${index} has a sealed value that it does not commit to`)
  return { index, id: record.id, type: record.type, at: record.at, body, withheld }
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

function recordText(
  { at, id, type }: Draft,
  body: JsonObject,
  sealed: readonly Sealed[],
  origin: string,
): string {
  const priv = sealed
    .map((value) => `{"c":"${toBase64(commitment(value))}","p":"${value.pointer}"}`)
    .join(',')
  return (
    `${RECORD_LINE}{"at":"${at}","body":${canonical(body, BODY_DEPTH)},"id":"${id}","log":${canonical(origin, 0)}` +
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
