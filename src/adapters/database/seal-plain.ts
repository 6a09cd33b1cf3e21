import { sql } from 'kysely'
import type { Vault } from '../../ledger/vault.ts'
import type { Sealed } from '../../model/entry.ts'
import type { Connection } from './connection.ts'
import { sealedRows } from './sealed-rows.ts'
import { SEALED } from './shapes.ts'

/**
 * Seals what books of schema version 3 and before held in plain text, and drops the table that held it; within the
 * transaction that brings the schema to version 4, so that it happens as a whole or not at all.
 */
export async function sealPlain(connection: Connection, vault: Vault): Promise<void> {
  const { db } = connection
  const origin = (await db.selectFrom('log_head').select('origin').executeTakeFirst())?.origin
  for (let last: PlainRow | undefined; ;) {
    const after = last === undefined ? sql`` : sql`WHERE (idx, pointer) > (${last.idx}, ${last.pointer})`
    const { rows } =
      await sql<PlainRow>`SELECT idx, pointer, salt, value FROM sealed_plain ${after} ORDER BY idx, pointer LIMIT ${PAGE}`.execute(
        db,
      )
    if (origin !== undefined && rows.length > 0)
      await connection.put(
        SEALED,
        await sealedRows(
          vault,
          origin,
          Map.groupBy(rows, ({ idx }) => idx),
        ),
      )
    last = rows.at(-1)
    if (rows.length < PAGE) break
  }
  await sql`DROP TABLE sealed_plain`.execute(db)
}

interface PlainRow extends Sealed {
  readonly idx: number
}

const PAGE = 5_000
