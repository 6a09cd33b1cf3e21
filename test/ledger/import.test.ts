import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import type { HoldView } from '../../src/api/privacy.ts'
import type { EntryPage } from '../../src/api/views.ts'
import { bookAt, expectSound } from '../support/book.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'

const JANE = 'jane.doe@example.com'

describe('a database that went back', { timeout: 180_000 }, () => {
  test('is given what it lacks by an export, as it was signed; the ledger says so, and nothing is erased meanwhile', async () => {
    const { place, size } = await wentBack()
    expectRefusal(await declare(place, 'late', 9), /it is an older copy/, /log import/)
    const imported = await place.run(['log', 'import', 'export'])
    expect(imported).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^300 entries put behind the 3 that were there/),
    })
    expect(imported.err).toMatch(
      /1 values that identify persons are not in tiles: they are withheld .*, and were not erased/,
    )
    const [incident] = await newest(place, 2)
    expect(incident).toMatchObject({
      type: 'incident',
      body: { act: 'went-back', before: 3, size, withheld: 1 },
    })
    const { holds } = (await place.json(['hold', 'list', '--json'])) as { holds: HoldView[] }
    expect(holds).toMatchObject([{ hold: 'went-back-3', kind: 'freeze', by: 'portreeve', scope: {} }])
    const { entries } = (await place.json([
      'log',
      'list',
      '--type',
      'declaration',
      '--limit',
      '1',
      '--json',
    ])) as {
      entries: { index: number }[]
    }
    const last = await shown(place, entries[0]?.index ?? 0)
    expect([last.withheld, last.lost]).toEqual([['/spec/purpose'], ['/spec/purpose']])
    expect(await declare(place, 'late', 9)).toMatchObject({ code: 0 })
    const book = await bookAt(place.data)
    expect(await expectSound(book)).toBe(size + 3)
    await book.close()
    expectRefusal(await place.run(['log', 'import', 'export']), /nothing to take from it/)
  })

  test('is given it by a mirror over HTTP, as by the folder', async () => {
    const { place, size } = await wentBack()
    const url = await mirror(join(place.folder, 'export'))
    expect(await place.run(['log', 'import', url])).toMatchObject({ code: 0 })
    const [incident] = await newest(place, 2)
    expect(incident?.body).toMatchObject({ act: 'went-back', size })
    expectRefusal(await place.run(['log', 'import', url.replace('/ledger', '/nothing')]), /has no checkpoint/)
    expectRefusal(await place.run(['log', 'import', 'http://127.0.0.1:1/ledger']), /nobody answers/)
  })

  test.each<[string, (folder: string) => void, RegExp]>([
    ['a bit of an entry', (folder) => flip(join(folder, 'tile/entries/000')), /do not continue the entries/],
    [
      'a bit of the signature',
      (folder) => flip(join(folder, 'checkpoint')),
      /signed its checkpoint|note|none/,
    ],
    ['a bundle', (folder) => rmSync(join(folder, 'tile/entries/000')), /is not there/],
  ])('takes nothing from a source that lacks or changed %s', async (_, spoil, reason) => {
    const { place } = await wentBack()
    spoil(join(place.folder, 'export'))
    expectRefusal(await place.run(['log', 'import', 'export']), reason)
    expect(sizeOf(place)).toBe(3)
  })

  test('takes nothing from another log', async () => {
    const { place } = await wentBack()
    const other = workplace()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await declare(other, name, 80)
    await other.run(['log', 'export', join(place.folder, 'other')])
    expectRefusal(await place.run(['log', 'import', 'other']), /log|key|root/)
    expect(sizeOf(place)).toBe(3)
  })
})

describe('a log that cannot go on', { timeout: 120_000 }, () => {
  test('is followed by another, whose genesis names its last head and whose first entry holds every head that is known', async () => {
    const old = workplace()
    await declare(old, 'a', 80)
    await old.run(['log', 'export', 'export'])
    const first = old.put('first', readFileSync(join(old.folder, 'export/checkpoint')))
    await declare(old, 'b', 81)
    await old.run(['log', 'export', 'export'])
    const key = /^log (\S+)$/m.exec((await old.run(['log', 'trust'])).out)?.[1] ?? ''
    const place = workplace()
    const last = place.put('last', readFileSync(join(old.folder, 'export/checkpoint')))
    const succeed = (...files: string[]) =>
      place.run([
        'log',
        'succeed',
        ...files,
        '--log-key',
        key,
        '--reason',
        'The disk and its mirrors are gone',
      ])
    const forged = place.put('forged', readFileSync(last, 'utf8').replace(/\n\d+\n/, '\n99\n'))
    expectRefusal(await succeed(last, forged), /did not sign|signature/)
    expect(existsSync(join(place.data, 'head.pin'))).toBe(false)
    expect((await succeed(last, first)).out).toMatch(
      /^log portreeve\.local\/\S+ begins after the 3 entries of portreeve\.local/,
    )
    expectRefusal(await succeed(last), /holds a book already/)
    const previous = {
      log: expect.stringMatching(/^portreeve\.local/) as string,
      size: 3,
      root: expect.any(String) as string,
    }
    expect((await shown(place, 0)).body).toMatchObject({ previous })
    expect((await shown(place, 1)).body).toMatchObject({
      act: 'succeeds',
      previous,
      heads: [readFileSync(last, 'utf8'), readFileSync(first, 'utf8')],
    })
    await declare(place, 'a', 80)
    place.put('trust.txt', (await place.run(['log', 'trust'])).out)
    await place.run(['prove', 'a', '-o', 'pack'])
    const judged = await place.run(['verify', 'pack', '--trust', 'trust.txt'])
    expect(judged).toMatchObject({
      code: 0,
      out: expect.stringMatching(/follows 3 entries of portreeve\.local/),
    })
  })
})

describe.skipIf(postgresMissing !== null)(
  `a standby of PostgreSQL that was promoted before it had everything${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  { timeout: 180_000 },
  () => {
    let server: TestPostgres
    beforeAll(async () => void (server = await startPostgres()))
    afterAll(() => server.stop())

    test('is refused, and goes on once it was given what it lacks', async () => {
      const place = workplace()
      const primary = await server.createDatabase()
      expect(await declare(place, 'a', 80, primary)).toMatchObject({ code: 0 })
      const standby = await server.standby()
      onTestFinished(() => standby.stop())
      await standby.until(primary, 'SELECT size FROM log_head', '2')
      await standby.halt()
      expect(await declare(place, 'b', 81, primary)).toMatchObject({ code: 0 })
      await place.run(['log', 'export', 'export', '--database', primary])
      const promoted = await standby.promote(primary)
      expectRefusal(
        await declare(place, 'c', 82, promoted),
        /holds 2 entries, but 3 were signed/,
        /log import/,
      )
      expect(await place.run(['log', 'import', 'export', '--database', promoted])).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^1 entries put behind the 2/),
      })
      expect(await declare(place, 'c', 82, promoted)).toMatchObject({ code: 0 })
      const book = await bookAt(place.data, { database: promoted })
      expect(await expectSound(book)).toBe(6)
      const { documents } = await book.desk.call('listDocuments', { kind: 'Port' })
      expect(documents.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c'])
      await book.close()
    })
  },
)

/** A book of 303 entries whose database was put back to its third; `export` in its folder holds all of them. */
async function wentBack(): Promise<{ place: Workplace; size: number }> {
  const place = workplace()
  await declare(place, 'a', 80)
  await declare(place, 'b', 81)
  const old = join(place.folder, 'old.sqlite')
  copyFileSync(join(place.data, 'book.sqlite'), old)
  const many = Array.from({ length: 299 }, (_, n) => portDocument(`p${n}`, 100 + n))
  place.put(
    'many.portreeve.yaml',
    [...many, portDocument('jane', 99, { purpose: `Ask ${JANE}` })].join('---\n'),
  )
  expect(await place.run(['declare', 'many.portreeve.yaml'])).toMatchObject({ code: 0 })
  expect(await place.run(['log', 'export', 'export'])).toMatchObject({ code: 0 })
  for (const beside of ['-wal', '-shm']) rmSync(join(place.data, `book.sqlite${beside}`), { force: true })
  cpSync(old, join(place.data, 'book.sqlite'))
  return { place, size: 303 }
}

/** Read past every guard: what stands in the file. */
function sizeOf(place: Workplace): number {
  const database = new DatabaseSync(join(place.data, 'book.sqlite'), { readOnly: true })
  const { size } = database.prepare('SELECT size FROM log_head').get() as { size: number }
  database.close()
  return size
}

async function declare(place: Workplace, name: string, port: number, database?: string) {
  const path = place.put(`${name}.portreeve.yaml`, portDocument(name, port))
  return place.run(['declare', path, ...(database === undefined ? [] : ['--database', database])])
}

/** A web server that knows nothing but files. */
async function mirror(folder: string): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const path = join(folder, url.replace(/^\/ledger\//, ''))
    if (!url.startsWith('/ledger/') || !existsSync(path)) response.writeHead(404).end()
    else response.writeHead(200).end(readFileSync(path))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ledger`
}

async function newest(place: Workplace, count: number): Promise<EntryPage[]> {
  const { size } = (await place.json(['log', 'list', '--limit', '1', '--json'])) as { size: number }
  const indexes = Array.from({ length: count }, (_, n) => size - count + n)
  return Promise.all(indexes.map((index) => shown(place, index)))
}

async function shown(place: Workplace, index: number): Promise<EntryPage> {
  return (await place.json(['log', 'show', String(index), '--json'])) as EntryPage
}

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] as number) ^ 1
  writeFileSync(path, bytes)
}
