import type { Dialect } from '../connection.ts'
import type { Migration } from './migration.ts'

/** The ledger, the sealed store, the book and the desk. */
export const book: Migration = { number: 1, name: 'book', statements }

function statements(dialect: Dialect): readonly string[] {
  const { text, integer, bytes, row } = TYPES[dialect]
  const held = `from_index ${integer} NOT NULL, to_index ${integer}`
  return [
    `CREATE TABLE log_head (one ${integer} PRIMARY KEY CHECK (one = 1), origin ${text} NOT NULL,
       size ${integer} NOT NULL, root ${bytes} NOT NULL, frontier ${bytes} NOT NULL)`,
    // The leaf is last: a walk over ids and hashes does not read its overflow pages.
    `CREATE TABLE entry (idx ${integer} PRIMARY KEY, id ${text} NOT NULL UNIQUE, type ${text} NOT NULL,
       at ${text} NOT NULL, leaf_hash ${bytes} NOT NULL, leaf ${bytes} NOT NULL)`,
    `CREATE TABLE sealed (idx ${integer} NOT NULL REFERENCES entry, pointer ${text} NOT NULL,
       salt ${bytes} NOT NULL, value ${text} NOT NULL, PRIMARY KEY (idx, pointer))`,
    `CREATE TABLE checkpoint (size ${integer} PRIMARY KEY, note ${text} NOT NULL)`,
    `CREATE TABLE document (kind ${text} NOT NULL, name ${text} NOT NULL, ${held}, place ${text}, system ${text},
       body ${text} NOT NULL, PRIMARY KEY (kind, name, from_index))`,
    `CREATE TABLE place (id ${text} NOT NULL, ${held}, body ${text} NOT NULL, PRIMARY KEY (id, from_index))`,
    `CREATE TABLE place_term (term ${text} NOT NULL, id ${text} NOT NULL, PRIMARY KEY (term, id))`,
    `CREATE TABLE source (place ${text} NOT NULL, source ${text} NOT NULL, body ${text} NOT NULL,
       PRIMARY KEY (place, source))`,
    `CREATE TABLE sighting (place ${text} NOT NULL, source ${text} NOT NULL, key ${text} NOT NULL, ${held},
       body ${text} NOT NULL, PRIMARY KEY (place, key, source, from_index))`,
    `CREATE TABLE coverage (idx ${integer} NOT NULL, place ${text} NOT NULL, source ${text} NOT NULL,
       from_at ${text} NOT NULL, until_at ${text} NOT NULL, body ${text} NOT NULL,
       PRIMARY KEY (idx, place, source))`,
    `CREATE TABLE port (${row} id ${text} NOT NULL, ${held}, place ${text} NOT NULL, owner ${text} NOT NULL,
       system ${text} NOT NULL, record ${text} NOT NULL, observed ${text} NOT NULL, documented ${text} NOT NULL,
       transport ${text} NOT NULL, port ${integer} NOT NULL, since_at ${text} NOT NULL,
       severity ${integer} NOT NULL, marks ${text} NOT NULL, search ${text} NOT NULL, body ${text} NOT NULL,
       ${row === '' ? 'PRIMARY KEY' : 'UNIQUE'} (id, from_index))`,
    `CREATE TABLE port_mark (mark ${text} NOT NULL, id ${text} NOT NULL, PRIMARY KEY (mark, id))`,
    `CREATE TABLE finding (fingerprint ${text} NOT NULL, ${held}, gravity ${integer} NOT NULL, rule ${text} NOT NULL,
       port ${text}, record ${text}, place ${text}, body ${text} NOT NULL, PRIMARY KEY (fingerprint, from_index))`,
    `CREATE TABLE desk (space ${text} NOT NULL, key ${text} NOT NULL, value ${text} NOT NULL,
       until_at ${text} NOT NULL, PRIMARY KEY (space, key))`,
  ]
}

const TYPES = {
  // A row number of its own: the search index points at it, and VACUUM renumbers rows that have none.
  sqlite: { text: 'TEXT', integer: 'INTEGER', bytes: 'BLOB', row: 'row INTEGER PRIMARY KEY,' },
  postgres: { text: 'text COLLATE "C"', integer: 'bigint', bytes: 'bytea', row: '' },
} as const
