import type { Kysely, RawBuilder } from 'kysely'
import type { Shape } from './shapes.ts'
import type { Tables } from './tables.ts'

export type Dialect = 'sqlite' | 'postgres'

/** One connection to an engine: questions through Kysely, rows by the thousand, and the words that differ. */
export interface Connection {
  readonly dialect: Dialect
  readonly db: Kysely<Tables>
  /** Writes the rows one after the other, as the shape says. */
  put<T extends keyof Tables>(shape: Shape<T>, rows: readonly Tables[T][]): Promise<void>
  /** As `put`, for rows before which nothing of their key holds: whoever asks knows, and it is not looked for. */
  add<T extends keyof Tables>(shape: Shape<T>, rows: readonly Tables[T][]): Promise<void>
  /** Ends the rows of these keys that hold: from `index` they no longer do. */
  end<T extends keyof Tables>(
    shape: Shape<T>,
    keys: readonly (readonly string[])[],
    index: number,
  ): Promise<void>
  /** True where `port.search` of a port that holds contains `text`: through the search index where that is faster. */
  matches(text: string): Promise<RawBuilder<unknown>>
  /** The texts of a JSON list, as a table with a column `value`. */
  elements(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** The column, in a filter that should not choose the index. */
  unindexed(column: RawBuilder<unknown>): RawBuilder<unknown>
}
