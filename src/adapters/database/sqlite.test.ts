import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { entriesAfter, portRow } from '../../../test/support/book-rows.ts'
import { KEPT_TABLES } from '../../model/kept.ts'
import { Fatal } from '../../model/refusal.ts'
import { subjectKeys } from '../keyfile/subject-keys.ts'
import { IN_A_BACKUP } from './kept.ts'
import { SCHEMA_VERSION } from './migrate.ts'
import { openSqlite } from './sqlite.ts'
import {
  expectBookOfVersionOne,
  foundAnew,
  MORE_OF_VERSION_ONE,
  storeContract,
  type TestBook,
} from './store.contract.ts'

const FIXTURE = 'test/fixtures/book-v1.sqlite.sql'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portreeve-sqlite-'))
  path = join(folder, 'book.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('on SQLite', () => {
  storeContract(async (): Promise<TestBook> => {
    const at = path
    const vault = subjectKeys(join(folder, 'sealed-keys'))
    return { open: () => openSqlite({ path: at, vault }), appendLoop: ['sqlite', at], remove: async () => {} }
  })
})

describe('a book in a file', () => {
  test('has no table of which it is not said what becomes of it in a backup', async () => {
    await (await openSqlite(path)).close()
    const database = new DatabaseSync(path)
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    database.close()
    const own = tables.map(({ name }) => String(name)).filter((name) => !/^(sqlite_|port_text)/.test(name))
    expect(new Set(own)).toEqual(new Set(Object.keys(IN_A_BACKUP)))
    const kept = Object.entries(IN_A_BACKUP).filter(([, fate]) => fate === 'kept')
    // Entries are kept as tiles.
    expect(new Set(kept.map(([name]) => name))).toEqual(new Set(['entry', ...KEPT_TABLES]))
  })

  test('is for its owner alone', async () => {
    const store = await openSqlite(path)
    await store.transact((tx) => tx.putPorts([portRow({ id: 'a' })]))
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(path + suffix).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600, 0o600])
    await store.close()
  })

  test('is read by a second store while the first writes, and that one cannot write', async () => {
    const writer = await openSqlite(path)
    const reader = await openSqlite({ path, readOnly: true })
    await writer.transact((tx) => tx.putPorts([portRow({ id: 'a' })]))
    expect(await reader.read.port('a')).not.toBeNull()
    await expect(reader.transact(async (tx) => tx.endPorts(['a'], 1))).rejects.toThrow('opened for reading')
    await reader.close()
    await writer.close()
  })

  test('that is not there is not made by a reader', async () => {
    await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  test('cannot be made in a folder that is not there', async () => {
    await expect(openSqlite(join(folder, 'no', 'book'))).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  test('from a newer version is refused and not touched', async () => {
    await (await openSqlite(path)).close()
    sqliteExec(path, `INSERT INTO migration VALUES (${SCHEMA_VERSION + 1}, 'later')`)
    const before = readFileSync(path)
    await expect(openSqlite(path)).rejects.toMatchObject({ code: 'book-newer' })
    await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'book-newer' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test('of version 1 opens', async () => {
    sqliteExec(path, readFileSync(FIXTURE, 'utf8'))
    const store = await openSqlite({ path, vault: subjectKeys(join(folder, 'sealed-keys')) })
    expect((await store.read.head())?.size).toBe(3)
    await expectBookOfVersionOne(store)
    await store.close()
  })

  test('of version 1 holds what identified a person no longer in plain text, in any byte of its files', async () => {
    sqliteExec(path, readFileSync(FIXTURE, 'utf8'))
    expect(readFileSync(path).includes('"Ann"')).toBe(true)
    await expect(openSqlite(path)).rejects.toThrow('without the keys')
    expect(readFileSync(path).includes('"Ann"')).toBe(true)
    const store = await openSqlite({ path, vault: subjectKeys(join(folder, 'sealed-keys')) })
    for (const file of [path, `${path}-wal`]) {
      expect(readFileSync(file).includes('"Ann"')).toBe(false)
      expect(readFileSync(file).includes(Buffer.alloc(32, 7))).toBe(false)
    }
    expect(await store.read.sealed(1)).toMatchObject([{ pointer: '/who', value: '"Ann"' }])
    await store.close()
  })

  test('of version 1 finds a host by its short name, and who names a zone', async () => {
    sqliteExec(path, readFileSync(FIXTURE, 'utf8') + MORE_OF_VERSION_ONE)
    const store = await openSqlite({ path, vault: subjectKeys(join(folder, 'sealed-keys')) })
    expect(await foundAnew(store)).toEqual(['web-1.example.com', 'Port web'])
    await store.close()
  })

  test('of version 1 and a new one have the same tables and indexes', async () => {
    const old = join(folder, 'old.sqlite')
    sqliteExec(old, readFileSync(FIXTURE, 'utf8'))
    await (await openSqlite({ path: old, vault: subjectKeys(join(folder, 'sealed-keys')) })).close()
    await (await openSqlite(path)).close()
    expect(schemaOf(path)).toEqual(schemaOf(old))
  })

  test('is refused where the file is something else', async () => {
    writeFileSync(path, 'apiVersion: portreeve.dev/v1\n'.repeat(1000))
    await expect(openSqlite(path)).rejects.toMatchObject({ code: 'file-unreadable' })
    const other = join(folder, 'other.sqlite')
    sqliteExec(other, 'CREATE TABLE song (title TEXT)')
    await expect(openSqlite(other)).rejects.toMatchObject({ code: 'conflict' })
    mkdirSync(join(folder, 'folder'))
    await expect(openSqlite(join(folder, 'folder'))).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  test('whose pages were overwritten is fatal, and not silently empty', async () => {
    const store = await openSqlite(path)
    const { entries, next } = entriesAfter(null, 2_000)
    await store.transact((tx) => tx.append(entries, new Map(), null, next))
    await store.close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xa5, 4_096))
    await expect(openSqlite(path)).rejects.toThrow(Fatal)
  })

  test('that another process is writing to for long is busy', { timeout: 20_000 }, async () => {
    const store = await openSqlite(path)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const put = store.transact((tx) => tx.putPorts([portRow({ id: 'a' })]))
    await expect(put).rejects.toMatchObject({ code: 'book-busy' })
    other.close()
    await store.close()
  })
})

describe.skipIf(process.getuid?.() !== 0)('a full disk (a small file system of the test needs root)', () => {
  let mount: string
  beforeEach(() => {
    mount = join(folder, 'small')
    mkdirSync(mount)
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
    if (status !== 0) throw new Error('the test cannot mount a small file system')
  })
  afterEach(() => {
    spawnSync('umount', [mount])
  })

  test('is fatal; the book opens again, and holds what was acknowledged', async () => {
    const small = join(mount, 'book.sqlite')
    const store = await openSqlite(small)
    let acknowledged = 0
    const fill = async (): Promise<never> => {
      for (;;) {
        const old = await store.read.head()
        const { entries, next } = entriesAfter(old, 50)
        await store.transact((tx) => tx.append(entries, new Map(), old, next))
        acknowledged = next.size
      }
    }
    await expect(fill()).rejects.toThrow(Fatal)
    await store.close()
    const again = await openSqlite(small)
    expect(acknowledged).toBeGreaterThan(0)
    expect((await again.read.head())?.size).toBe(acknowledged)
    expect(await again.read.leafHashes(0, acknowledged + 50)).toHaveLength(acknowledged)
    await again.close()
  })
})

function sqliteExec(path: string, statements: string): void {
  const database = new DatabaseSync(path)
  database.exec(statements)
  database.close()
}

function schemaOf(path: string): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()
  database.close()
  return rows.map(({ type, name, sql }) => [
    type,
    name,
    String(sql)
      .replaceAll(/ IF NOT EXISTS|\s+/g, ' ')
      .replaceAll(/ +/g, ' '),
  ])
}
