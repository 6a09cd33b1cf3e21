import type { HostReader } from '../discovery/host-reader.ts'
import type { KeyHolder } from '../ledger/key.ts'
import type { AnchorReads, AnchorWrites } from '../ledger/anchor-rows.ts'
import type { LedgerReads, LedgerWrites } from '../ledger/store.ts'
import type { CheckpointRepository } from '../ledger/checkpoint-repository.ts'
import type { SnapshotFiles } from '../ledger/snapshot-files.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import type { Vault } from '../ledger/vault.ts'
import type { TrustPolicy } from '../ledger/trust-policy.ts'
import type { Web } from '../ledger/web.ts'
import type { Certificate } from '../lib/certificate.ts'
import type { DeskRows } from '../model/desk.ts'
import type { EntryType } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import type { BookAt, BookReads, BookWrites, StateReads } from '../registry/book.ts'
import type { FileSource } from './read-files.ts'

/** Everything an action may touch of the outside world. `src/wiring.ts` decides what answers. */
export interface Environment {
  readonly now: () => Instant
  readonly random: (bytes: number) => Uint8Array
  readonly store: Store
  readonly key: KeyHolder
  /** Keys of the sealed values. */
  readonly vault: Vault
  readonly tiles: TileFiles
  readonly snapshots: SnapshotSettings
  readonly outside: Outside
  /** Last pass of each source that observes in this process, newer than what the ledger says. */
  readonly pulse: ReadonlyMap<string, Instant>
  /** Null where this system cannot be observed. */
  readonly host: HostReader | null
  readonly files: FileSource
}

/** Where the state is kept, and after how many entries it is again. */
export interface SnapshotSettings {
  readonly files: SnapshotFiles
  readonly every: number
}

/** Who vouches for the log from outside this machine, and the way to them. */
export interface Outside {
  readonly policy: TrustPolicy
  readonly web: Web
  /** Where checkpoints are committed to; null: nowhere. */
  readonly repository: CheckpointRepository | null
  readonly timestamps: TimestampSettings
}

export interface TimestampSettings {
  readonly authorities: readonly TimestampAuthority[]
  /** At least this often where there is something new. */
  readonly everyMs: number
  /** Entries that are worth a stamp of their own. */
  readonly atOnce: readonly EntryType[]
}

/** RFC 3161. */
export interface TimestampAuthority {
  readonly name: string
  readonly url: string
  readonly roots: readonly Certificate[]
}

export interface StoreReads extends BookReads, LedgerReads, AnchorReads {
  readonly desk: DeskRows
}
export interface StoreWrites extends BookWrites, LedgerWrites, AnchorWrites {
  readonly desk: DeskRows
}

/** One moment of the book, whatever is written meanwhile. */
export type FrozenReads = Pick<LedgerReads, 'head'> & StateReads

export interface Store {
  readonly read: StoreReads
  /** The book as it stood behind a ledger entry. */
  asOf(index: number): BookAt
  /**
   * One durable transaction: what `work` wrote is on disk when the promise resolves, or nothing is. Throws `Fatal`
   * where the outcome is not known. Transactions of one process run one after the other.
   */
  transact<T>(work: (tx: StoreWrites) => Promise<T>): Promise<T>
  /** Answers from what was committed when `work` began. Nobody who writes waits for it, but for `bulk` and `scrub`. */
  frozen<T>(work: (read: FrozenReads) => Promise<T>): Promise<T>
  /** As `transact`, for `rebuild`: search indexes are dropped first and built at the end. */
  bulk<T>(work: (tx: StoreWrites) => Promise<T>): Promise<T>
  /** Writes the files anew: nothing that was deleted is left in them. */
  scrub(): Promise<void>
  close(): Promise<void>
}
