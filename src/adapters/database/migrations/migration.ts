import type { Dialect } from '../connection.ts'

/** A step of the schema. Once released it never changes; the next one does. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: (dialect: Dialect) => readonly string[]
}
