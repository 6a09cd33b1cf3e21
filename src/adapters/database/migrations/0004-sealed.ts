import type { Dialect } from '../connection.ts'
import type { Migration } from './migration.ts'

/** Sealed values under keys that are not in the database. What stood there in plain text is sealed by `seal-plain.ts`. */
export const sealed: Migration = { number: 4, name: 'sealed', statements }

function statements(dialect: Dialect): readonly string[] {
  const { text, integer, bytes } = TYPES[dialect]
  return [
    'ALTER TABLE sealed RENAME TO sealed_plain',
    `CREATE TABLE sealed (idx ${integer} NOT NULL REFERENCES entry, pointer ${text} NOT NULL,
       key ${text} NOT NULL, box ${bytes} NOT NULL, PRIMARY KEY (idx, pointer))`,
    'CREATE INDEX sealed_by_key ON sealed (key)',
  ]
}

const TYPES = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', bytes: 'BLOB' },
  postgres: { text: 'text COLLATE "C"', integer: 'bigint', bytes: 'bytea' },
} as const
