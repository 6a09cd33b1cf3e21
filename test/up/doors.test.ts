import { DatabaseSync } from 'node:sqlite'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { expectRefusal, workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer } from '../support/server.ts'

const QUIET = ['--observe', '0']

describe('one process has a data folder', { timeout: 120_000 }, () => {
  test('while it runs, commands are answered by it, and a second server is refused', async () => {
    const place = workplace()
    const server = await startServer(place, QUIET)
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0, err: '' })
    expect(await server.get('/api/v1/ports?port=5432')).toMatchObject({ ports: [{ record: 'db' }] })
    expect((await place.run(['ports'])).out).toContain('db-1')

    expectRefusal(
      await place.run(['up', '--listen', '127.0.0.1:0', ...QUIET]),
      /another process works with the book/,
      /stop it/,
    )
    expect(await server.stop()).toBe(0)
    expect((await place.run(['ports'])).out).toContain('db-1')
  })

  test('a server that cannot listen says so and ends', async () => {
    const [place, other] = [workplace(), workplace()]
    const { origin } = await startServer(place, QUIET)
    const taken = new URL(origin).host
    expectRefusal(await other.run(['up', '--listen', taken, ...QUIET]), new RegExp(taken), /--listen/)
    // The folder is free again.
    expect(await other.run(['ports'])).toMatchObject({ code: 0 })
  })

  test('a killed server leaves nothing that stands in the way', async () => {
    const place = workplace()
    const server = await startServer(place, QUIET)
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    await server.kill()
    expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
    const again = await startServer(place, QUIET)
    expect(await again.get('/api/v1/ports')).toMatchObject({ ports: [{ record: 'db' }] })
  })

  test('commands that come at the same time take turns', async () => {
    const place = workplace()
    const names = ['one', 'two', 'three']
    for (const [n, name] of names.entries()) place.put(`${name}.portreeve.yaml`, portDocument(name, 6000 + n))
    const ran = await Promise.all(names.map((name) => place.run(['declare', `${name}.portreeve.yaml`])))
    expect(ran.map(({ code, err }) => ({ code, err }))).toEqual(names.map(() => ({ code: 0, err: '' })))
    expect(await place.json(['log', 'list', '--json'])).toMatchObject({ size: 4 })
  })
})

describe('the one-time link', { timeout: 120_000 }, () => {
  test('opens a session once; without one the API says nothing', async () => {
    const place = workplace()
    const server = await startServer(place, QUIET)
    expect(server.link.startsWith(`${server.origin}/enter#`)).toBe(true)
    expect((await fetch(`${server.origin}/api/v1/ports`)).status).toBe(401)

    const enter = () =>
      fetch(`${server.origin}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: server.origin },
        body: JSON.stringify({ link: new URL(server.link).hash.slice(1) }),
      })
    const entered = await enter()
    expect(entered.status).toBe(200)
    const set = entered.headers.get('set-cookie') ?? ''
    expect(set).toMatch(/HttpOnly/)
    expect(set).toMatch(/SameSite=Strict/)
    const listed = await fetch(`${server.origin}/api/v1/ports`, {
      headers: { cookie: set.split(';')[0] ?? '' },
    })
    expect(listed.status).toBe(200)
    expect(await listed.json()).toMatchObject({ version: 1, ports: [] })

    const second = await enter()
    expect([second.status, second.headers.get('content-type')]).toEqual([
      expect.any(Number),
      'application/problem+json',
    ])
    expect(second.ok).toBe(false)
    const { code, out } = await place.run(['link'])
    expect(code).toBe(0)
    expect(out.startsWith(`${server.origin}/enter#`)).toBe(true)
    expect(server.err()).not.toContain(new URL(server.link).hash.slice(1))
  })
})

describe('a book that is not the one it should be', { timeout: 120_000 }, () => {
  test('of a newer version is refused and left alone', async () => {
    const place = workplace()
    expect(await place.run(['ports'])).toMatchObject({ code: 0 })
    const database = new DatabaseSync(join(place.data, 'book.sqlite'))
    database.exec("INSERT INTO migration (number, name) VALUES (999, 'from the future')")
    database.close()
    expectRefusal(await place.run(['ports']), /newer Portreeve/, /install the newer/)
    expectRefusal(await place.run(['up', '--listen', '127.0.0.1:0', ...QUIET]), /newer Portreeve/)
  })

  test('restored from an older copy is refused: signing on would fork the ledger', async () => {
    const place = workplace()
    expect(await place.run(['ports'])).toMatchObject({ code: 0 })
    const book = join(place.data, 'book.sqlite')
    const backup = join(place.folder, 'backup.sqlite')
    copyFileSync(book, backup)
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    copyFileSync(backup, book)
    expectRefusal(await place.run(['ports']), /older copy/, /newest database/)
    expectRefusal(await place.run(['up', '--listen', '127.0.0.1:0', ...QUIET]), /older copy/)
  })

  test("of another key is refused: its checkpoints would be nobody's", async () => {
    const [place, other] = [workplace(), workplace()]
    expect(await place.run(['ports'])).toMatchObject({ code: 0 })
    mkdirSync(other.data, { mode: 0o700 })
    copyFileSync(join(place.data, 'book.sqlite'), join(other.data, 'book.sqlite'))
    expectRefusal(await other.run(['ports']), /log key/, /--key FILE/)
    expect(await other.run(['ports', '--key', join(place.data, 'log.key')])).toMatchObject({ code: 0 })
  })
})

test('a command that names another database is refused by the server of the data folder, not answered from its book', async () => {
  const place = workplace()
  await startServer(place, ['--observe', '0'])
  const ran = await place.run(['ports', '--database', 'postgres://127.0.0.1:1/other'])
  expect(ran.out).toBe('')
  expectRefusal(ran, /keeps another book/, /leave --database/)
})
