import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { NO_VAULT, type Vault } from '../../ledger/vault.ts'
import { Refusal } from '../../model/refusal.ts'
import { createDerived, dropDerived } from './derived.ts'
import { migrate, requireCurrent, run } from './migrate.ts'
import { inTurn } from './queue.ts'
import { sqliteConnection, type SqliteConnection } from './sqlite-connection.ts'
import { explainSqlite } from './sqlite-faults.ts'
import {
  type FrozenReads,
  frozenReads,
  storeAt,
  storeReads,
  storeWrites,
  type Store,
  type StoreWrites,
} from './store.ts'

export interface SqliteOptions {
  readonly path: string
  /** For a thread that only reads, beside one that writes. */
  readonly readOnly?: boolean
  /** Keys of the sealed values; without them none can be read or written. */
  readonly vault?: Vault
}

/**
 * Opens the book in one file, creating it (mode 0600) where there is none. Blocks its thread while the disk works.
 * Throws `Refusal` file-unreadable, book-busy, book-newer, conflict; `Fatal` where the file is damaged.
 */
export async function openSqlite(at: string | SqliteOptions): Promise<Store> {
  const { path, readOnly = false, vault = NO_VAULT } = typeof at === 'string' ? { path: at } : at
  return readOnly ? openReader(path, vault) : openWriter(path, vault)
}

async function openReader(path: string, vault: Vault): Promise<Store> {
  if (!existsSync(path)) {
    throw new Refusal('file-unreadable', `there is no book at ${path}`, { hint: 'portreeve up makes one' })
  }
  const reader = connect(path, { readOnly: true })
  await orClose(reader, () => requireCurrent(reader))
  return {
    read: storeReads(reader, vault, notWritable),
    asOf: (index) => storeAt(reader, index),
    frozen: (work) => frozen(path, work),
    transact: notWritable,
    bulk: notWritable,
    scrub: notWritable,
    close: async () => reader.close(),
  }
}

/** The plain values of older versions leave the file with the migration that seals them. */
async function migrateSealing(writer: SqliteConnection, vault: Vault): Promise<void> {
  // A process that ends before the scrub leaves zeros where the values stood: https://sqlite.org/pragma.html#pragma_secure_delete
  writer.exec('PRAGMA secure_delete = ON')
  const migrated = await within(writer, vault, () => migrate(writer, vault))
  writer.exec('PRAGMA secure_delete = OFF')
  if (migrated.sealed) await scrub(writer)
}

/** VACUUM writes every page anew; then the WAL, which holds the old ones, is emptied as soon as nobody reads from it. */
async function scrub(writer: SqliteConnection): Promise<void> {
  writer.exec('VACUUM')
  for (const until = Date.now() + BUSY_MS; ;) {
    if (writer.emptyWal()) return
    if (Date.now() > until)
      throw new Refusal('book-busy', 'somebody reads the book, so that deleted pages cannot leave its WAL', {
        hint: 'try again, or open the book once with nobody else reading it',
      })
    await wait(RETRY_MS)
  }
}

async function notWritable(): Promise<never> {
  throw new Error('this store was opened for reading')
}

async function openWriter(path: string, vault: Vault): Promise<Store> {
  createPrivate(path)
  const writer = connect(path, { readOnly: false })
  await orClose(writer, async () => {
    // One fsync at each commit: an acknowledged entry survives a loss of power.
    writer.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${WAL_PAGES}; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA busy_timeout = 0`,
    )
    await migrateSealing(writer, vault)
  })
  // A handle of its own: what a transaction has not committed is not seen.
  const reader = connect(path, { readOnly: true })
  const queue = inTurn()
  const transact: Store['transact'] = (work) => queue(() => within(writer, vault, work))
  return {
    read: storeReads(reader, vault, transact),
    asOf: (index) => storeAt(reader, index),
    frozen: (work) => frozen(path, work),
    transact,
    bulk: (work) => queue(() => inBulk(writer, vault, work)),
    scrub: () => queue(() => scrub(writer)),
    close: () =>
      queue(async () => {
        reader.close()
        writer.close()
      }),
  }
}

/**
 * 16 MB of WAL before it is moved into the database. Ids are random, so every batch of entries touches as many pages of
 * their index; with SQLite's own 1,000 the same pages are moved four times as often, and that was a fifth of the rate.
 */
const WAL_PAGES = 4_000

// SQLite gives the files beside it (-wal, -shm) the mode of the database.
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw new Refusal(
      'file-unreadable',
      `the book cannot be created at ${path}: ${(error as Error).message}`,
      {
        hint: 'check that the folder exists and that this account may write there',
        cause: error,
      },
    )
  }
}

function connect(path: string, { readOnly }: { readonly readOnly: boolean }): SqliteConnection {
  return explainSqlite(() => sqliteConnection(new DatabaseSync(path, { readOnly, timeout: BUSY_MS })))
}

const BUSY_MS = 5_000

/** A transaction that reads sees the moment of its first question: https://sqlite.org/isolation.html */
async function frozen<T>(path: string, work: (read: FrozenReads) => Promise<T>): Promise<T> {
  const reader = connect(path, { readOnly: true })
  try {
    reader.exec('BEGIN')
    return await work(frozenReads(reader))
  } finally {
    reader.close()
  }
}

async function orClose(connection: SqliteConnection, opening: () => Promise<void>): Promise<void> {
  try {
    await opening()
  } catch (error) {
    connection.close()
    throw error
  }
}

async function within<T>(
  writer: SqliteConnection,
  vault: Vault,
  work: (tx: StoreWrites) => Promise<T>,
): Promise<T> {
  await begin(writer)
  try {
    const result = await work(storeWrites(writer, vault))
    // The commit point: from here the entries are on the ledger.
    writer.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(writer)
    throw error
  }
}

// Another thread or process may be writing. SQLite would wait by blocking this thread, and whoever it waits for may
// need it; so the wait is here.
async function begin(writer: SqliteConnection): Promise<void> {
  for (const until = Date.now() + BUSY_MS; ;) {
    try {
      return writer.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'book-busy') || Date.now() > until) throw error
    }
    await wait(RETRY_MS)
  }
}

const RETRY_MS = 5

// SQLite has rolled back already after some errors (a full disk, say), and says so with another.
function rollBack(writer: SqliteConnection): void {
  if (writer.inTransaction()) writer.exec('ROLLBACK')
}

async function inBulk<T>(
  writer: SqliteConnection,
  vault: Vault,
  work: (tx: StoreWrites) => Promise<T>,
): Promise<T> {
  writer.exec(`PRAGMA cache_size = -${BULK_CACHE_KIB}`)
  try {
    return await within(writer, vault, async (tx) => {
      await run(writer.db, dropDerived('sqlite'))
      const result = await work(tx)
      await run(writer.db, createDerived('sqlite'))
      return result
    })
  } finally {
    writer.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_checkpoint(TRUNCATE)`)
  }
}

const CACHE_KIB = 65_536
const BULK_CACHE_KIB = 262_144
