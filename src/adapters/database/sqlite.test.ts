import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { storeContract, type TestBook } from './store.contract.ts'

describe('on SQLite', () => {
  storeContract(async (): Promise<TestBook> => {
    const folder = mkdtempSync(join(tmpdir(), 'portreeve-sqlite-'))
    const path = join(folder, 'book.sqlite')
    return {
      open: () => openSqlite(path),
      appendLoop: ['sqlite', path],
      remove: async () => rmSync(folder, { recursive: true }),
    }
  })
})
