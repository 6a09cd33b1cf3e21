import { sql, type Kysely } from 'kysely'
import type { Vault } from '../../ledger/vault.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Connection } from './connection.ts'
import { createDerived, dropDerived } from './derived.ts'
import { refillLookUp } from './look-up.ts'
import { book } from './migrations/0001-book.ts'
import { references } from './migrations/0002-references.ts'
import { anchors } from './migrations/0003-anchors.ts'
import { sealed } from './migrations/0004-sealed.ts'
import { entryTimes } from './migrations/0005-entry-times.ts'
import { endedRows } from './migrations/0006-ended-rows.ts'
import { sealPlain } from './seal-plain.ts'
import type { Migration } from './migrations/migration.ts'
import type { Tables } from './tables.ts'

const MIGRATIONS: readonly Migration[] = [book, references, anchors, sealed, entryTimes, endedRows]
export const SCHEMA_VERSION = MIGRATIONS.length

/** Brings the database to this version; `sealed`: values that stood there in plain text no longer do. Within a transaction of the caller, who sees to it that nobody else does. */
export async function migrate(connection: Connection, vault: Vault): Promise<{ readonly sealed: boolean }> {
  const { db, dialect } = connection
  const version = await schemaVersion(connection)
  refuseNewer(version)
  const due = MIGRATIONS.filter((migration) => migration.number > version)
  if (due.length === 0) return { sealed: false }
  if (version === 0)
    await run(db, ['CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL)'])
  else await run(db, dropDerived(dialect))
  for (const { number, name, statements } of due) {
    await run(db, statements(dialect))
    if (number === sealed.number) await sealPlain(connection, vault)
    await db.insertInto('migration').values({ number, name }).execute()
  }
  if (version > 0) await refillLookUp(connection)
  await run(db, createDerived(dialect))
  return { sealed: version > 0 && version < sealed.number }
}

/** Refuses a database that this program may not read as it is, without touching it. */
export async function requireCurrent(connection: Connection): Promise<void> {
  const version = await schemaVersion(connection)
  refuseNewer(version)
  if (version < SCHEMA_VERSION) {
    throw new Refusal(
      'conflict',
      `the book is of schema version ${version}, and this reader needs ${SCHEMA_VERSION}`,
      {
        hint: 'open it once for writing, with portreeve up; that brings it to the present version',
      },
    )
  }
}

export async function run(db: Kysely<Tables>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/** Number of the newest migration; 0 in an empty database. */
async function schemaVersion({ db, dialect }: Connection): Promise<number> {
  const tables = await TABLE_NAMES[dialect].execute(db)
  if (tables.rows.some((table) => table.name === 'migration')) {
    const { newest } = await db
      .selectFrom('migration')
      .select((all) => all.fn.max('number').as('newest'))
      .executeTakeFirstOrThrow()
    return newest ?? 0
  }
  if (tables.rows.length === 0) return 0
  throw new Refusal('conflict', 'the database holds tables of something else', {
    hint: 'give Portreeve a database of its own',
  })
}

const TABLE_NAMES = {
  sqlite: sql<{ name: string }>`SELECT name FROM sqlite_schema WHERE type = 'table'`,
  postgres: sql<{
    name: string
  }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
}

function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return
  throw new Refusal(
    'book-newer',
    `the book was written by a newer Portreeve (schema version ${version}, this one knows ${SCHEMA_VERSION})`,
    {
      hint: 'install the newer Portreeve, or restore a backup that this one wrote',
    },
  )
}
