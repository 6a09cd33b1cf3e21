import type { EntryType, Sealed } from '../model/entry.ts'
import type { KeptPage, KeptRow, KeptTable } from '../model/kept.ts'
import type { Instant } from '../model/port.ts'

/** The log as it stands in the store. */
export interface LogHead {
  /** Schema-less URL, the log's name for ever. */
  readonly origin: string
  readonly size: number
  /** RFC 6962 root over the leaves 0..size-1. */
  readonly root: Uint8Array
  /** Roots of the perfect subtrees of the tree, largest first: all that an append needs. */
  readonly frontier: readonly Uint8Array[]
}

export interface StoredEntry {
  readonly index: number
  readonly id: string
  readonly type: EntryType
  readonly at: Instant
  /** The exact bytes that were hashed. Never re-encoded. */
  readonly leaf: Uint8Array
  readonly leafHash: Uint8Array
}

export interface EntryQuery {
  readonly from: number
  readonly limit: number
  readonly descending?: boolean
  readonly types?: readonly EntryType[]
  readonly about?: EntrySubject
}

/** What entries speak of: sightings of keys at a place (null: of all, and its coverage), and Port documents. */
export interface EntrySubject {
  readonly place: string
  readonly keys: readonly string[] | null
  /** Documents by their names, or by what they call their place. */
  readonly documents: { readonly named: readonly string[] } | { readonly at: readonly string[] }
}

export interface LedgerReads {
  head(): Promise<LogHead | null>
  entry(index: number): Promise<StoredEntry | null>
  entryById(id: string): Promise<StoredEntry | null>
  entries(query: EntryQuery): Promise<readonly StoredEntry[]>
  /** Leaf hashes of `from <= index < until`, in order. */
  leafHashes(from: number, until: number): Promise<readonly Uint8Array[]>
  /** The log at a time: docs/guide/as-of.md. */
  sizeAt(at: Instant): Promise<SizeAt>
  /** Those whose key is there; the others are withheld. */
  sealed(index: number): Promise<readonly Sealed[]>
  /** As `sealed` for a run of entries, in one question; used by `rebuild`. */
  sealedBetween(from: number, until: number): Promise<ReadonlyMap<number, readonly Sealed[]>>
  /** Sealed values of these entries, or under these keys, whether or not they can still be opened. */
  sealedRefs(
    of: { readonly entries: readonly number[] } | { readonly keys: readonly string[] },
  ): Promise<readonly SealedRef[]>
  /** The keys of all sealed values, whether or not they are there to open them. */
  sealedKeys(): Promise<readonly SealedKey[]>
  /** The newest signed checkpoint, a C2SP signed note with the cosignatures that came for it. */
  checkpoint(): Promise<string | null>
  /** Every checkpoint that was signed is kept, so that old proofs can be rebuilt with their cosignatures. */
  checkpoints(query: CheckpointQuery): Promise<readonly StoredCheckpoint[]>
  /** Rows for a backup, in the order of their key, whatever they mean. */
  keptRows(table: KeptTable, after: string | null, limit: number): Promise<KeptPage>
}

export interface SizeAt {
  /** How many entries stand before the first one that says a later time. */
  readonly size: number
  /** Whether entries behind those say the time or an earlier one: an older scan, or a clock that was set back. */
  readonly isContradicted: boolean
}

/** Checkpoints of `size >= from`, smallest first; descending, of `size <= from`, largest first. */
export interface CheckpointQuery {
  readonly from: number
  readonly limit: number
  readonly descending?: boolean
}

export interface StoredCheckpoint {
  readonly size: number
  readonly note: string
}

/** A key of sealed values, and how many are sealed under it. */
export interface SealedKey {
  readonly key: string
  readonly values: number
}

/** Where a sealed value stands, and the id of the key that it is sealed under. */
export interface SealedRef {
  readonly index: number
  readonly pointer: string
  readonly key: string
}

export interface LedgerWrites extends LedgerReads {
  /** As `head`, which nobody else moves before this transaction has ended. */
  lockHead(): Promise<LogHead | null>
  /**
   * Compare-and-append: inserts the entries with their sealed values and moves the head from `old` (null: there
   * is no log yet) to `next`. Throws `HeadMoved` and changes nothing if the stored head is not `old`.
   */
  append(
    entries: readonly StoredEntry[],
    sealed: ReadonlyMap<number, readonly Sealed[]>,
    old: LogHead | null,
    next: LogHead,
  ): Promise<void>
  /** Takes sealed values out; where none is there, it does nothing. */
  dropSealed(values: readonly Omit<SealedRef, 'key'>[]): Promise<void>
  /** Seals values that stay under the present keys of whom they identify. */
  resealed(values: readonly SealedRef[]): Promise<void>
  saveCheckpoint(size: number, note: string): Promise<void>
  /** Rows of a backup into an empty table. Throws `Refusal` bad-input for rows of another shape. */
  putKeptRows(table: KeptTable, rows: readonly KeptRow[]): Promise<void>
}

/** Somebody else appended since the head was read; read it again and decide again. */
export class HeadMoved extends Error {
  override readonly name = 'HeadMoved'
}
