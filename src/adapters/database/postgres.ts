import { Kysely, PostgresDialect, sql, type PostgresPoolClient } from 'kysely'
import { Pool, types, type CustomTypesConfig } from 'pg'
import { NO_VAULT, type Vault } from '../../ledger/vault.ts'
import { Refusal } from '../../model/refusal.ts'
import { createDerived, dropDerived } from './derived.ts'
import { PROJECTIONS } from './book-writes.ts'
import { migrate, run } from './migrate.ts'
import { postgresConnection } from './postgres-connection.ts'
import { explainCommit, explainPostgres } from './postgres-faults.ts'
import { inTurn } from './queue.ts'
import { type FrozenReads, frozenReads, storeAt, storeReads, storeWrites, type Store } from './store.ts'
import type { Connection } from './connection.ts'
import type { Tables } from './tables.ts'

/**
 * Opens the book in a PostgreSQL database (15 or later, UTF-8), making its tables where there are none. Any number
 * of processes may share it. Throws `Refusal` unreachable, unsupported, book-newer, conflict.
 */
export async function openPostgres(url: string, vault: Vault = NO_VAULT): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: explained(poolOf(url)) }) })
  try {
    await requireServer(db)
    await within(db, async (connection) => {
      // Two servers that start at once: the second waits here, and finds the tables made.
      await sql`SELECT pg_advisory_xact_lock(hashtext('portreeve migration'))`.execute(connection.db)
      await migrate(connection, vault)
    })
  } catch (error) {
    await db.destroy()
    throw error
  }
  const queue = inTurn()
  const transact: Store['transact'] = (work) =>
    queue(() => within(db, (connection) => work(storeWrites(connection, vault))))
  const pooled = postgresConnection(db)
  return {
    read: storeReads(pooled, vault, transact),
    asOf: (index) => storeAt(pooled, index),
    frozen: (work) => frozen(db, work),
    transact,
    bulk: (work) =>
      queue(() =>
        within(db, async (connection) => {
          // Indexes are dropped in another order than a frozen reader comes to their tables: it ends first.
          await sql`SELECT pg_advisory_xact_lock(hashtext(${FROZEN}))`.execute(connection.db)
          // Before any table is locked: another server that appends has the head first, and these tables then.
          await storeWrites(connection, vault).lockHead()
          await run(connection.db, dropDerived('postgres'))
          const result = await work(storeWrites(connection, vault))
          await run(connection.db, createDerived('postgres'))
          return result
        }),
      ),
    // FULL writes a new file and removes the old one; a plain VACUUM leaves the bytes of dead rows where they are.
    scrub: () =>
      queue(() =>
        run(
          db,
          SCRUBBED.map((table) => `VACUUM (FULL) ${table}`),
        ),
      ),
    close: () => queue(() => db.destroy()),
  }
}

const SCRUBBED = ['sealed', ...PROJECTIONS]

function poolOf(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    types: { getTypeParser },
  })
  // A connection that ends says so by an event besides failing its question, and an event that nobody hears would
  // end the process. An idle one is replaced at the next question.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const CONNECT_MS = 10_000

/** The pool, with errors that say what they mean. */
function explained(pool: Pool): {
  connect(): Promise<PostgresPoolClient>
  end(): Promise<void>
  options: object
} {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await explainPostgres(() => pool.connect())
      const query = (text: string, values: readonly unknown[]): Promise<unknown> =>
        explainPostgres(() => client.query(text, [...values]))
      return { query, release: (destroy?: boolean) => client.release(destroy) } as PostgresPoolClient
    },
  }
}

// Indexes and counts stay far below 2^53; bytes arrive as what the ledger works with.
const getTypeParser: CustomTypesConfig['getTypeParser'] = (type, format) => {
  if (type === types.builtins.INT8) return Number
  if (type === types.builtins.BYTEA)
    return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
  return types.getTypeParser(type, format)
}

async function requireServer(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ version: string; encoding: string }>`SELECT
    current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`.execute(
    db,
  )
  const { version = '', encoding = '' } = rows[0] ?? {}
  if (Number(version) < OLDEST) {
    throw new Refusal(
      'unsupported',
      `the database server is PostgreSQL ${version}, and the book needs 15 or later`,
      {
        hint: 'use a newer server, or the embedded store (no --database)',
      },
    )
  }
  if (encoding !== 'UTF8') {
    throw new Refusal('unsupported', `the database holds text as ${encoding}, and the book needs UTF8`, {
      hint: 'make it with: createdb --encoding=UTF8 --template=template0',
    })
  }
}

const OLDEST = 150_000

/** One transaction on a connection of its own. */
async function within<T>(db: Kysely<Tables>, work: (connection: Connection) => Promise<T>): Promise<T> {
  return db.connection().execute(async (own) => {
    await sql.raw(BEGIN).execute(own)
    try {
      const result = await work(postgresConnection(own))
      await commit(own)
      return result
    } catch (error) {
      // Where the connection is gone, the server has rolled back by itself.
      await sql`ROLLBACK`.execute(own).catch(() => {})
      throw error
    }
  })
}

/** The lock first: the moment is that of the transaction's first statement. */
async function frozen<T>(db: Kysely<Tables>, work: (read: FrozenReads) => Promise<T>): Promise<T> {
  return db.connection().execute(async (own) => {
    await sql`SELECT pg_advisory_lock_shared(hashtext(${FROZEN}))`.execute(own)
    try {
      await sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`.execute(own)
      return await work(frozenReads(postgresConnection(own)))
    } finally {
      // Where the connection is gone, so is the lock.
      await sql`ROLLBACK`.execute(own).catch(() => {})
      await sql`SELECT pg_advisory_unlock_shared(hashtext(${FROZEN}))`.execute(own).catch(() => {})
    }
  })
}

const FROZEN = 'portreeve frozen'

// What is acknowledged is on the disk, whatever the server's own setting.
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`

/** The commit point: from here the entries are on the ledger. */
async function commit(own: Kysely<Tables>): Promise<void> {
  const { rows } = await explainCommit(() => sql<{ command: string }>`COMMIT`.execute(own))
  // So PostgreSQL answers a COMMIT where an earlier statement failed and the work went on regardless.
  if (rows[0]?.command === 'ROLLBACK')
    throw new Error('the transaction held a failed statement and was rolled back')
}
