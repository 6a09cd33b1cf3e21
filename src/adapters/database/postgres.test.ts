import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { entriesAfter, portRow } from '../../../test/support/book-rows.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../../../test/support/postgres.ts'
import { Fatal } from '../../model/refusal.ts'
import { subjectKeys } from '../keyfile/subject-keys.ts'
import { SCHEMA_VERSION } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import {
  expectBookOfVersionOne,
  foundAnew,
  MORE_OF_VERSION_ONE,
  storeContract,
  type TestBook,
} from './store.contract.ts'

const FIXTURE = 'test/fixtures/book-v1.postgres.sql'

describe.skipIf(postgresMissing !== null)(
  `on PostgreSQL${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  () => {
    let server: TestPostgres
    let keys: string
    beforeEach(() => (keys = mkdtempSync(join(tmpdir(), 'portreeve-keys-'))))
    afterEach(() => rmSync(keys, { recursive: true }))
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.stop())

    storeContract(async (): Promise<TestBook> => {
      const url = await server.createDatabase()
      const vault = subjectKeys(join(keys, 'sealed-keys'))
      return { open: () => openPostgres(url, vault), appendLoop: ['postgres', url], remove: async () => {} }
    })

    test('two servers that start on an empty database at once both get the book', async () => {
      const url = await server.createDatabase()
      const stores = await Promise.all([openPostgres(url), openPostgres(url), openPostgres(url)])
      for (const store of stores) {
        expect(await store.read.head()).toBeNull()
        await store.close()
      }
    })

    test('a database from a newer version is refused', async () => {
      const url = await server.createDatabase()
      await (await openPostgres(url)).close()
      await ask(url, `INSERT INTO migration VALUES (${SCHEMA_VERSION + 1}, 'later')`)
      await expect(openPostgres(url)).rejects.toMatchObject({ code: 'book-newer' })
    })

    test('a database of something else is refused', async () => {
      const url = await server.createDatabase()
      await ask(url, 'CREATE TABLE song (title text)')
      await expect(openPostgres(url)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('a database of version 1 opens', async () => {
      const url = await server.createDatabase()
      await ask(url, readFileSync(FIXTURE, 'utf8'))
      const store = await openPostgres(url, subjectKeys(keys))
      expect((await store.read.head())?.size).toBe(3)
      await expectBookOfVersionOne(store)
      await store.close()
    })

    test('a database of version 1 finds a host by its short name, and who names a zone', async () => {
      const url = await server.createDatabase()
      await ask(url, readFileSync(FIXTURE, 'utf8') + MORE_OF_VERSION_ONE)
      const store = await openPostgres(url, subjectKeys(keys))
      expect(await foundAnew(store)).toEqual(['web-1.example.com', 'Port web'])
      await store.close()
    })

    test('a server or database that is not there is unreachable, and the password stays unsaid', async () => {
      const url = await server.createDatabase()
      for (const wrong of [url.replace(/test_\d+$/, 'nowhere'), 'postgres://ann:secret@127.0.0.1:1/book']) {
        const failure: unknown = await openPostgres(wrong).catch((error: unknown) => error)
        expect(failure).toMatchObject({
          code: 'unreachable',
          message: expect.not.stringContaining('secret') as string,
        })
      }
    })

    test('a connection that ends before the commit has changed nothing; the store goes on', async () => {
      const url = await server.createDatabase()
      const store = await openPostgres(url)
      const work = store.transact(async (tx) => {
        await tx.putPorts([portRow({ id: 'a' })])
        await endConnections(url)
        await tx.head()
      })
      await expect(work).rejects.toMatchObject({ code: 'unreachable' })
      expect(await store.read.port('a')).toBeNull()
      await store.transact((tx) => tx.putPorts([portRow({ id: 'b' })]))
      expect(await store.read.port('b')).not.toBeNull()
      await store.close()
    })

    test('a connection that ends while it commits is fatal: nobody knows whether it did', async () => {
      const url = await server.createDatabase()
      const store = await openPostgres(url)
      const work = store.transact(async (tx) => {
        await tx.putPorts([portRow({ id: 'a' })])
        await endConnections(url)
      })
      await expect(work).rejects.toThrow(Fatal)
      await store.close()
    })

    test.skipIf(process.getuid?.() !== 0)(
      'a full disk is fatal; what was acknowledged is there',
      async () => {
        const { uid, gid } = server.account
        const mount = mkdtempSync(join(tmpdir(), 'portreeve-full-'))
        const options = `size=12m,uid=${uid},gid=${gid},mode=700`
        expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount]).status).toBe(0)
        const url = await server.createDatabase(mount)
        const ballast = join(mount, 'ballast')
        writeFileSync(ballast, Buffer.alloc(500_000))
        const store = await openPostgres(url)
        let acknowledged = 0
        const fill = async (): Promise<never> => {
          for (;;) {
            const old = await store.read.head()
            const { entries, next } = entriesAfter(old, 1_000)
            await store.transact((tx) => tx.append(entries, new Map(), old, next))
            acknowledged = next.size
          }
        }
        await expect(fill()).rejects.toThrow(Fatal)
        await store.close()
        // PostgreSQL takes no new connection to a database that has not one free page.
        rmSync(ballast)
        const again = await openPostgres(url)
        expect((await again.read.head())?.size).toBe(acknowledged)
        expect(await again.read.leafHashes(0, acknowledged + 1_000)).toHaveLength(acknowledged)
        await again.close()
        await ask(url.replace(/[^/]+$/, 'postgres'), `DROP DATABASE ${url.replace(/^.*[/]/, '')}`)
        spawnSync('umount', [mount])
        rmSync(mount, { recursive: true })
      },
      // 5 s alone, 30 s behind the other tests of this file on a machine with a load of ten.
      120_000,
    )

    test('a statement that failed cannot be committed around', async () => {
      const url = await server.createDatabase()
      const store = await openPostgres(url)
      const { entries, next } = entriesAfter(null, 2, () => 'same')
      const work = store.transact((tx) => tx.append(entries, new Map(), null, next).catch(() => {}))
      await expect(work).rejects.toThrow('rolled back')
      expect(await store.read.head()).toBeNull()
      await store.close()
    })
  },
)

async function endConnections(url: string): Promise<void> {
  await ask(
    url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
}

async function ask(url: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}
