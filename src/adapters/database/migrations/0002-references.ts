import type { Migration } from './migration.ts'

/** Which documents name which, so that a document can go without a look at every other. */
export const references: Migration = {
  number: 2,
  name: 'references',
  statements: (dialect) => {
    const { text, integer } = dialect === 'sqlite' ? SQLITE : POSTGRES
    return [
      `CREATE TABLE document_reference (kind ${text} NOT NULL, name ${text} NOT NULL, by_kind ${text} NOT NULL,
         by_name ${text} NOT NULL, from_index ${integer} NOT NULL,
         PRIMARY KEY (kind, name, by_kind, by_name))`,
    ]
  },
}

const SQLITE = { text: 'TEXT', integer: 'INTEGER' }
const POSTGRES = { text: 'text COLLATE "C"', integer: 'bigint' }
