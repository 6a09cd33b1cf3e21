import type { Instant } from './port.ts'

/**
 * What stands on the ledger. All types exist from the first version, so that no later one has to change the
 * bytes of an earlier: reference "ledger" §2.3.
 */
export const ENTRY_TYPES = [
  'genesis',
  'key',
  'policy',
  'declaration',
  'sighting',
  'coverage',
  'proposal',
  'decision',
  'withdrawal',
  'grant',
  'revocation',
  'deviation',
  'position',
  'contract',
  'delegation',
  'anchor',
  'snapshot',
  'erasure',
  'freeze',
  'hold',
  'tombstone',
  'incident',
] as const
export type EntryType = (typeof ENTRY_TYPES)[number]

/** Types of entry that a holder's key may be enrolled for; keys themselves are the root keys' business. */
export const KEY_SCOPES = ENTRY_TYPES.filter((type) => type !== 'genesis' && type !== 'key')

/** Who holds a key. */
export const HOLDER_KINDS = ['person', 'machine'] as const
export type HolderKind = (typeof HOLDER_KINDS)[number]

/** What profiled JCS can hold: integers of at most 15 digits, no fractions. Keys are `[a-z0-9_]{1,64}`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** An entry that somebody wants on the ledger; index, commitment salts and bytes are made when it is sealed. */
export interface Draft {
  /** Client id, 32 hexadecimal digits: the same id twice is the same wish (idempotency). */
  readonly id: string
  readonly type: EntryType
  /** When it happened, as claimed by who says so. */
  readonly at: Instant
  readonly body: JsonObject
  /** JSON Pointers (RFC 6901) into `body` whose values identify a person: committed with salt, kept in the sealed store. */
  readonly personal: readonly string[]
}

/** A member that is committed in the leaf and kept in the sealed store. */
export interface Sealed {
  readonly pointer: string
  /** 32 random bytes. */
  readonly salt: Uint8Array
  /** The JSON text of the value. */
  readonly value: string
}

/** An entry as read back: `body` with the sealed values that are still there put back in their places. */
export interface Entry {
  readonly index: number
  readonly id: string
  readonly type: EntryType
  readonly at: Instant
  /** Pseudonym of who signed it; null where it stands on the log's word alone. */
  readonly by: string | null
  readonly body: JsonObject
  /** Pointers whose value is gone or withheld. */
  readonly withheld: readonly string[]
}
