import { sql, type RawBuilder } from 'kysely'
import type { JsonObject } from '../../model/entry.ts'
import type { KeptPage, KeptRow, KeptTable } from '../../model/kept.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Connection } from './connection.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { CHECKPOINTS, type ColumnType, COSIGNATURES, SEALED, type Shape, TIMESTAMP_TOKENS } from './shapes.ts'
import type { Tables } from './tables.ts'

/** A column may be null where the schema says so. */
type Value = string | number | Uint8Array | null
type Row = Readonly<Record<string, Value>>

interface KeptShape {
  readonly table: KeptTable
  readonly columns: Readonly<Record<string, ColumnType>>
  readonly key: readonly string[]
}

const KEPT: Record<KeptTable, KeptShape> = {
  sealed: SEALED,
  checkpoint: CHECKPOINTS,
  cosignature: COSIGNATURES,
  timestamp_token: TIMESTAMP_TOKENS,
}

/** What becomes of each table in a backup; the compiler asks for every new one. */
export const IN_A_BACKUP = {
  entry: 'kept',
  sealed: 'kept',
  checkpoint: 'kept',
  cosignature: 'kept',
  timestamp_token: 'kept',
  // How witnesses and authorities fared last: asked anew. Sessions and links: people sign in anew.
  anchor_state: 'left',
  desk: 'left',
  migration: 'left',
  log_head: 'made again',
  entry_time: 'made again',
  document: 'made again',
  document_reference: 'made again',
  place: 'made again',
  place_term: 'made again',
  source: 'made again',
  sighting: 'made again',
  coverage: 'made again',
  port: 'made again',
  port_mark: 'made again',
  finding: 'made again',
} as const satisfies Record<keyof Tables, 'kept' | 'left' | 'made again'>

export async function keptRows(
  { db }: Connection,
  table: KeptTable,
  after: string | null,
  limit: number,
): Promise<KeptPage> {
  const { columns, key } = KEPT[table]
  const like = key.map((name) => (columns[name] === 'bigint' ? 0 : ''))
  const beyond =
    after === null ? sql`` : sql`WHERE (${list(key)}) > (${sql.join([...readCursor(after, table, like)])})`
  const { rows } = await sql<Row>`SELECT ${list(Object.keys(columns))} FROM ${sql.table(table)} ${beyond}
    ORDER BY ${list(key)} LIMIT ${limit + 1}`.execute(db)
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    rows: rows.slice(0, limit).map(asJson),
    next:
      last === undefined
        ? null
        : writeCursor(
            table,
            key.map((name) => last[name] as string | number),
          ),
  }
}

export async function putKeptRows(
  connection: Connection,
  table: KeptTable,
  rows: readonly KeptRow[],
): Promise<void> {
  const shape = KEPT[table]
  const read = rows.map((row) => fromJson(shape, row))
  await connection.put(shape as unknown as Shape<'sealed'>, read as unknown as Tables['sealed'][])
}

function list(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)))
}

function asJson(row: Row): KeptRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  )
}

/** A file from outside: every column there, of its type, and none more. */
function fromJson({ table, columns }: KeptShape, row: JsonObject): Row {
  const names = Object.keys(columns)
  if (Object.keys(row).length !== names.length) throw misshapen(table)
  return Object.fromEntries(names.map((name) => [name, valueOf(row[name], columns[name], table)]))
}

function valueOf(value: unknown, type: ColumnType | undefined, table: KeptTable): Value {
  if (value === null) return null
  if (type === 'bigint' && Number.isSafeInteger(value)) return value as number
  if (type === 'text' && typeof value === 'string') return value
  if (type === 'bytea' && typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'))
  throw misshapen(table)
}

function misshapen(table: KeptTable): Refusal {
  return new Refusal('bad-input', `a row of ${table} in the backup has not the columns of this version`, {
    hint: 'restore it with the version that made it, then start this one, which brings the book up to date',
  })
}
