import { createHash, type Hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Connection } from './connection.ts'
import {
  COVERAGE,
  DOCUMENTS,
  FINDINGS,
  PLACES,
  PLACE_TERMS,
  PORTS,
  REFERENCES,
  SIGHTINGS,
  SOURCES,
  type Shape,
} from './shapes.ts'
import type { Tables } from './tables.ts'

/**
 * `sha256:<hex>` over every row of the book's tables, each table by its key; `body` is sorted where it is
 * written. The same on both engines.
 */
export async function fingerprint(connection: Connection): Promise<string> {
  const hash = createHash('sha256')
  await addTable(connection, hash, DOCUMENTS)
  await addTable(connection, hash, REFERENCES)
  await addTable(connection, hash, PLACES)
  await addTable(connection, hash, PLACE_TERMS)
  await addTable(connection, hash, SOURCES)
  await addTable(connection, hash, SIGHTINGS)
  await addTable(connection, hash, COVERAGE)
  await addTable(connection, hash, PORTS)
  await addTable(connection, hash, FINDINGS)
  return `sha256:${hash.digest('hex')}`
}

async function addTable<T extends keyof Tables>(
  { db }: Connection,
  hash: Hash,
  shape: Shape<T>,
): Promise<void> {
  const columns = Object.keys(shape.columns)
  const key: readonly string[] = shape.rows === 'held' ? [...shape.key, 'from_index'] : shape.key
  const keySql = sql.join(key.map((column) => sql.ref(column)))
  hash.update(`${shape.table}\n`)
  const page = sql`SELECT ${sql.join(columns.map((column) => sql.ref(column)))} FROM ${sql.table(shape.table)}`
  for (let last: Row | undefined, rows: readonly Row[] = []; ; last = rows.at(-1)) {
    const after =
      last === undefined ? sql`` : sql`WHERE (${keySql}) > (${sql.join(key.map((column) => last?.[column]))})`
    rows = (await sql<Row>`${page} ${after} ORDER BY ${keySql} LIMIT ${PAGE}`.execute(db)).rows
    hash.update(rows.map((row) => rowText(columns, row)).join(''))
    if (rows.length < PAGE) return
  }
}

type Row = Readonly<Record<string, string | number | null>>

const PAGE = 5_000

/** Each value behind its length, so that no two rows share a text: bodies full of quotes are not escaped once more. */
function rowText(columns: readonly string[], row: Row): string {
  let text = ''
  for (const column of columns) {
    const value = String(row[column] ?? '')
    text += row[column] === null ? '-' : `${value.length}:${value}`
  }
  return `${text}\n`
}
