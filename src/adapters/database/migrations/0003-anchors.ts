import type { Dialect } from '../connection.ts'
import type { Migration } from './migration.ts'

/** What others vouch for: cosignatures and timestamps over checkpoints, and how each of those others fared last. */
export const anchors: Migration = { number: 3, name: 'anchors', statements }

function statements(dialect: Dialect): readonly string[] {
  const { text, integer, bytes } = TYPES[dialect]
  return [
    // Beside the log's own note, so that two servers that hear from two witnesses never overwrite each other.
    `CREATE TABLE cosignature (size ${integer} NOT NULL, name ${text} NOT NULL, key_id ${text} NOT NULL,
       line ${text} NOT NULL, PRIMARY KEY (size, name, key_id))`,
    `CREATE TABLE timestamp_token (size ${integer} NOT NULL, authority ${text} NOT NULL, at ${text} NOT NULL,
       note ${text} NOT NULL, token ${bytes} NOT NULL, chain ${text} NOT NULL, anchored ${integer}, PRIMARY KEY (size, authority))`,
    `CREATE TABLE anchor_state (kind ${text} NOT NULL, name ${text} NOT NULL, body ${text} NOT NULL,
       PRIMARY KEY (kind, name))`,
  ]
}

const TYPES = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', bytes: 'BLOB' },
  postgres: { text: 'text COLLATE "C"', integer: 'bigint', bytes: 'bytea' },
} as const
