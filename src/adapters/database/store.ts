import type { AnchorReads, AnchorWrites } from '../../ledger/anchor-rows.ts'
import { NO_VAULT, type Vault } from '../../ledger/vault.ts'
import type { LedgerReads, LedgerWrites } from '../../ledger/store.ts'
import type { DeskRows } from '../../model/desk.ts'
import type { BookAt, BookReads, BookWrites, StateReads } from '../../registry/book.ts'
import { anchorReads, anchorWrites } from './anchors.ts'
import { bookAt, bookReads } from './book-reads.ts'
import { bookWrites } from './book-writes.ts'
import type { Connection } from './connection.ts'
import { deskRows } from './desk.ts'
import { ledgerReads } from './ledger-reads.ts'
import { ledgerWrites } from './ledger-writes.ts'
import { portReads } from './port-reads.ts'
import { stateText } from './state-text.ts'

export interface StoreReads extends BookReads, LedgerReads, AnchorReads {
  /** Its writes are transactions of their own: within `transact`, use the transaction's desk instead. */
  readonly desk: DeskRows
}

export interface StoreWrites extends BookWrites, LedgerWrites, AnchorWrites {
  readonly desk: DeskRows
}

/** One moment of the book, whatever is written meanwhile. */
export type FrozenReads = Pick<LedgerReads, 'head'> & StateReads

/** What `actions/environment` calls a Store. */
export interface Store {
  readonly read: StoreReads
  /** The book as it stood behind a ledger entry. */
  asOf(index: number): BookAt
  /** One durable transaction, or none of it; `Fatal` where that is not known. One after the other in a process. */
  transact<T>(work: (tx: StoreWrites) => Promise<T>): Promise<T>
  /** Answers from what was committed when `work` began. Nobody who writes waits for it, but for `bulk` and `scrub`. */
  frozen<T>(work: (read: FrozenReads) => Promise<T>): Promise<T>
  /** As `transact`, with the indexes that only questions need dropped first and built at the end. */
  bulk<T>(work: (tx: StoreWrites) => Promise<T>): Promise<T>
  /** Writes the files anew: nothing that was deleted is left in a free page, a dead row or the embedded store's WAL. */
  scrub(): Promise<void>
  close(): Promise<void>
}

/** Questions over a connection that sees what is committed; the desk writes by `transact`. */
export function storeReads(connection: Connection, vault: Vault, transact: Store['transact']): StoreReads {
  const desk = deskRows(connection)
  return {
    ...bookReads(connection),
    ...portReads(connection, null),
    ...ledgerReads(connection, vault),
    ...anchorReads(connection),
    desk: {
      get: (...row) => desk.get(...row),
      put: (...row) => transact((tx) => tx.desk.put(...row)),
      take: (...row) => transact((tx) => tx.desk.take(...row)),
      remove: (...row) => transact((tx) => tx.desk.remove(...row)),
    },
  }
}

/** Questions as of the moment behind a ledger entry. */
export function storeAt(connection: Connection, index: number): BookAt {
  return { ...bookAt(connection, index), ...portReads(connection, index) }
}

/** Questions over a connection whose transaction sees one moment. */
export function frozenReads(connection: Connection): FrozenReads {
  const ledger = ledgerReads(connection, NO_VAULT)
  return { head: () => ledger.head(), state: () => stateText(connection, FROZEN_PAGE) }
}

/** Rows in a few milliseconds: whoever shares the thread has its turn between them. */
const FROZEN_PAGE = 250

/** Questions and changes over the connection of a transaction. */
export function storeWrites(connection: Connection, vault: Vault): StoreWrites {
  return {
    ...bookReads(connection),
    ...portReads(connection, null),
    ...bookWrites(connection),
    ...ledgerReads(connection, vault),
    ...ledgerWrites(connection, vault),
    ...anchorReads(connection),
    ...anchorWrites(connection),
    desk: deskRows(connection),
  }
}
