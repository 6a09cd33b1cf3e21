import type { Migration } from './migration.ts'

/** When the ledger had grown how far, so that "as of a time" is found without a look at every entry. */
export const entryTimes: Migration = {
  number: 5,
  name: 'entry times',
  statements: (dialect) => {
    const { text, integer } = dialect === 'sqlite' ? SQLITE : POSTGRES
    return [
      `CREATE TABLE entry_time (idx ${integer} PRIMARY KEY, latest ${text} NOT NULL, earliest ${text} NOT NULL)`,
    ]
  },
}

const SQLITE = { text: 'TEXT', integer: 'INTEGER' }
const POSTGRES = { text: 'text COLLATE "C"', integer: 'bigint' }
