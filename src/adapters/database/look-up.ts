import { sql } from 'kysely'
import { toPlaceTerms, fromPlaceTable } from './book-rows.ts'
import type { Connection } from './connection.ts'
import { fromDocumentTable, toReferenceTable } from './document-rows.ts'
import { PLACE_TERMS, REFERENCES } from './shapes.ts'

/**
 * Writes anew by what places and documents are found. An older version may have found them by less, and what is not
 * written down is not found: a host under its short name, say. Every migration ends with it.
 */
export async function refillLookUp(connection: Connection): Promise<void> {
  await refillTerms(connection)
  await refillReferences(connection)
}

const PAGE = 5_000

async function refillTerms(connection: Connection): Promise<void> {
  const { db } = connection
  await db.deleteFrom('place_term').execute()
  const places = db.selectFrom('place').selectAll().where('to_index', 'is', null).orderBy('id').limit(PAGE)
  for (let after = ''; ;) {
    const page = await places.where('id', '>', after).execute()
    await connection.put(
      PLACE_TERMS,
      page.flatMap((row) => toPlaceTerms(fromPlaceTable(row))),
    )
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.id
  }
}

async function refillReferences(connection: Connection): Promise<void> {
  const { db } = connection
  await db.deleteFrom('document_reference').execute()
  const key = sql`(kind, name, from_index)`
  for (let after: readonly [string, string, number] = ['', '', -1]; ;) {
    const page = await db
      .selectFrom('document')
      .selectAll()
      .where(sql<boolean>`${key} > (${sql.join([...after])})`)
      .orderBy('kind')
      .orderBy('name')
      .orderBy('from_index')
      .limit(PAGE)
      .execute()
    await connection.put(
      REFERENCES,
      page.flatMap((row) => toReferenceTable(fromDocumentTable(row))),
    )
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = [last.kind, last.name, last.from_index]
  }
}
