import { CompiledQuery, sql, type Kysely } from 'kysely'
import type { Connection } from './connection.ts'
import { contains } from './contains.ts'
import type { Shape } from './shapes.ts'
import type { Tables } from './tables.ts'
import { waves } from './waves.ts'

/** Bulk writes as arrays, one statement for thousands of rows. `db` is a pool, or the connection of a transaction. */
export function postgresConnection(db: Kysely<Tables>): Connection {
  return {
    dialect: 'postgres',
    db,
    put: async (shape, rows) => {
      for (const wave of waves(shape, rows)) await putWave(db, shape, wave)
    },
    add: async (shape, rows) => {
      for (const wave of waves(shape, rows)) await db.executeQuery(insertQuery(shape, wave))
    },
    end: async (shape, keys, index) => {
      if (keys.length > 0) await db.executeQuery(endQuery(shape, keys, index))
    },
    elements: (column) => sql`jsonb_array_elements_text(${column}::jsonb)`,
    matches: async (text) => contains(sql`port.search`, text),
    unindexed: (column) => column,
  }
}

async function putWave<T extends keyof Tables>(
  db: Kysely<Tables>,
  shape: Shape<T>,
  rows: readonly Tables[T][],
): Promise<void> {
  if (shape.rows === 'held') await db.executeQuery(endEarlierQuery(shape, rows))
  await db.executeQuery(insertQuery(shape, rows))
}

function endEarlierQuery<T extends keyof Tables>(shape: Shape<T>, rows: readonly Tables[T][]): CompiledQuery {
  const columns = [...shape.key, 'from_index']
  const same = shape.key.map((column) => `held.${column} = next.${column}`).join(' AND ')
  const text = `UPDATE ${shape.table} AS held SET to_index = next.from_index FROM ${unnest(shape, columns)}
    WHERE ${same} AND held.to_index IS NULL AND held.from_index <> next.from_index`
  return CompiledQuery.raw(text, arrays(columns, rows))
}

function insertQuery<T extends keyof Tables>(shape: Shape<T>, rows: readonly Tables[T][]): CompiledQuery {
  const columns = Object.keys(shape.columns)
  const text = `INSERT INTO ${shape.table} (${columns.join(', ')}) SELECT * FROM ${unnest(shape, columns)} ${onConflict(shape, columns)}`
  return CompiledQuery.raw(text, arrays(columns, rows))
}

function onConflict<T extends keyof Tables>(shape: Shape<T>, columns: readonly string[]): string {
  if (shape.rows === 'kept') return ''
  const key: readonly string[] = shape.rows === 'held' ? [...shape.key, 'from_index'] : shape.key
  const changes = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
  return `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changes.join(', ')}`
}

function endQuery<T extends keyof Tables>(
  shape: Shape<T>,
  keys: readonly (readonly string[])[],
  index: number,
): CompiledQuery {
  const same = shape.key.map((column) => `held.${column} = ended.${column}`).join(' AND ')
  const values = shape.key.map((_, at) => keys.map((key) => key[at]))
  const text = `UPDATE ${shape.table} AS held SET to_index = $${values.length + 1}
    FROM ${unnest(shape, shape.key, 'ended')} WHERE ${same} AND held.to_index IS NULL`
  return CompiledQuery.raw(text, [...values, index])
}

function unnest<T extends keyof Tables>(shape: Shape<T>, columns: readonly string[], name = 'next'): string {
  const types = shape.columns as Readonly<Record<string, string>>
  const parameters = columns.map((column, at) => `$${at + 1}::${types[column]}[]`)
  return `unnest(${parameters.join(', ')}) AS ${name} (${columns.join(', ')})`
}

function arrays(columns: readonly string[], rows: readonly object[]): unknown[] {
  return columns.map((column) => rows.map((row) => (row as Readonly<Record<string, unknown>>)[column]))
}
