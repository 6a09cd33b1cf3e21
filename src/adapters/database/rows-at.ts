import { sql, type AliasedRawBuilder } from 'kysely'
import type { HeldTable, Tables } from './tables.ts'

type Held = { [T in keyof Tables]: Tables[T] extends HeldTable ? T : never }[keyof Tables]

/**
 * The rows of a table that held at a ledger index, under its own name: those that still do, and those that ended
 * since. Either half has indexes of its own, where one condition with OR has none; an order that both indexes give is
 * merged. For questions that such an index answers; a walk in order of the key is faster over the table itself.
 */
export function rowsAt<T extends Held>(table: T, index: number): AliasedRawBuilder<Tables[T], T> {
  const half = sql`SELECT * FROM ${sql.table(table)} WHERE from_index <= ${index}`
  return sql<Tables[T]>`(${half} AND to_index IS NULL UNION ALL ${half} AND to_index > ${index})`.as(table)
}
