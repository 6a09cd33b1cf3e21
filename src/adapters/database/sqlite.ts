import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { Refusal } from '../../model/refusal.ts'
import { createDerived, dropDerived } from './derived.ts'
import { migrate, requireCurrent, run } from './migrate.ts'
import { inTurn } from './queue.ts'
import { sqliteConnection, type SqliteConnection } from './sqlite-connection.ts'
import { explainSqlite } from './sqlite-faults.ts'
import { storeReads, storeWrites, type Store, type StoreWrites } from './store.ts'

export interface SqliteOptions {
  readonly path: string
  /** For a thread that only reads, beside one that writes. */
  readonly readOnly?: boolean
}

/**
 * Opens the book in one file, creating it (mode 0600) where there is none. Blocks its thread while the disk works.
 * Throws `Refusal` file-unreadable, book-busy, book-newer, conflict; `Fatal` where the file is damaged.
 */
export async function openSqlite(at: string | SqliteOptions): Promise<Store> {
  const { path, readOnly = false } = typeof at === 'string' ? { path: at } : at
  return readOnly ? openReader(path) : openWriter(path)
}

async function openReader(path: string): Promise<Store> {
  if (!existsSync(path)) {
    throw new Refusal('file-unreadable', `there is no book at ${path}`, { hint: 'portreeve up makes one' })
  }
  const reader = connect(path, { readOnly: true })
  await orClose(reader, () => requireCurrent(reader))
  return {
    read: storeReads(reader, notWritable),
    transact: notWritable,
    bulk: notWritable,
    close: async () => reader.close(),
  }
}

async function notWritable(): Promise<never> {
  throw new Error('this store was opened for reading')
}

async function openWriter(path: string): Promise<Store> {
  createPrivate(path)
  const writer = connect(path, { readOnly: false })
  await orClose(writer, async () => {
    // One fsync at each commit: an acknowledged entry survives a loss of power.
    writer.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA busy_timeout = 0`,
    )
    await within(writer, () => migrate(writer))
  })
  // A handle of its own: what a transaction has not committed is not seen.
  const reader = connect(path, { readOnly: true })
  const queue = inTurn()
  const transact: Store['transact'] = (work) => queue(() => within(writer, work))
  return {
    read: storeReads(reader, transact),
    transact,
    bulk: (work) => queue(() => inBulk(writer, work)),
    close: () =>
      queue(async () => {
        reader.close()
        writer.close()
      }),
  }
}

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

async function orClose(connection: SqliteConnection, opening: () => Promise<void>): Promise<void> {
  try {
    await opening()
  } catch (error) {
    connection.close()
    throw error
  }
}

async function within<T>(writer: SqliteConnection, work: (tx: StoreWrites) => Promise<T>): Promise<T> {
  await begin(writer)
  try {
    const result = await work(storeWrites(writer))
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

async function inBulk<T>(writer: SqliteConnection, work: (tx: StoreWrites) => Promise<T>): Promise<T> {
  writer.exec(`PRAGMA cache_size = -${BULK_CACHE_KIB}`)
  try {
    return await within(writer, async (tx) => {
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
