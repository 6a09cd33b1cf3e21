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

/** The projection as text, the same on both engines: docs/formats/state-snapshot-v1.md, "The text". */

/** Pieces of at most `page` rows. */
export async function* stateText(connection: Connection, page: number): AsyncGenerator<string> {
  for (const shape of TABLES) yield* tableText(connection, shape, page)
}

/** Rows of such a text, which this version wrote, into the empty projection. */
export async function putStateText(connection: Connection, text: AsyncIterable<string>): Promise<void> {
  let table: Shape<keyof Tables> | undefined
  let rows: Row[] = []
  const put = async (): Promise<void> => {
    if (table !== undefined) await connection.put(table, rows as unknown as Tables[keyof Tables][])
    rows = []
  }
  for await (const piece of text) {
    for (const line of piece.split('\n').slice(0, -1)) {
      const values = JSON.parse(line) as Table | readonly Value[]
      if (Array.isArray(values)) rows.push(rowOf(table, values))
      else {
        await put()
        table = tableOf(values as Table)
      }
    }
    await put()
  }
}

/** In the order of the text; each by its key. */
const TABLES = [
  DOCUMENTS,
  REFERENCES,
  PLACES,
  PLACE_TERMS,
  SOURCES,
  SIGHTINGS,
  COVERAGE,
  PORTS,
  FINDINGS,
] as unknown as readonly Shape<keyof Tables>[]

type Value = string | number | null
type Row = Readonly<Record<string, Value>>
interface Table {
  readonly columns: readonly string[]
  readonly table: string
}

async function* tableText(
  { db }: Connection,
  shape: Shape<keyof Tables>,
  page: number,
): AsyncGenerator<string> {
  const columns = Object.keys(shape.columns)
  const key = keyOf(shape)
  const keySql = sql.join(key.map((column) => sql.ref(column)))
  const select = sql`SELECT ${sql.join(columns.map((column) => sql.ref(column)))} FROM ${sql.table(shape.table)}`
  let head = `${JSON.stringify({ columns, table: shape.table } satisfies Table)}\n`
  for (let last: Row | undefined; ;) {
    const after =
      last === undefined ? sql`` : sql`WHERE (${keySql}) > (${sql.join(key.map((column) => last?.[column]))})`
    const { rows } = await sql<Row>`${select} ${after} ORDER BY ${keySql} LIMIT ${page}`.execute(db)
    yield head + rows.map((row) => `${JSON.stringify(columns.map((column) => row[column]))}\n`).join('')
    if (rows.length < page) return
    head = ''
    last = rows.at(-1)
  }
}

function keyOf(shape: Shape<keyof Tables>): readonly string[] {
  return shape.rows === 'held' ? [...shape.key, 'from_index'] : shape.key
}

/** Rows as they stand, ended ones too: none of them ends another. */
function tableOf({ table, columns }: Table): Shape<keyof Tables> {
  const shape = TABLES.find((each) => each.table === table)
  if (shape === undefined || Object.keys(shape.columns).join() !== columns.join())
    throw new Error(`a snapshot of this version has a table ${table} of other columns`)
  return { ...shape, key: keyOf(shape) as typeof shape.key, rows: 'kept' }
}

function rowOf(table: Shape<keyof Tables> | undefined, values: readonly Value[]): Row {
  return Object.fromEntries(
    Object.keys(table?.columns ?? {}).map((column, at) => [column, values[at] ?? null]),
  )
}
