import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { bookAt, expectSound } from '../support/book.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { SS_TEXT } from '../support/scans.ts'
import { startServer } from '../support/server.ts'

const MAIL = 'jane.doe@example.com'

describe('a backup', { timeout: 240_000 }, () => {
  test('is made while the server writes, holds no key, and gives the same book in another folder', async () => {
    const place = workplace()
    const server = await startServer(place, ['--observe', '0'])
    await fill(place)
    const dir = join(place.folder, 'backup')
    const writing = declareMany(place, 10)
    const made = await place.run(['backup', dir])
    await writing
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/entries of portreeve\.local/) })
    const acknowledged = await place.json(['ports', '--json', '--search', 'before'])
    expect(await server.stop()).toBe(0)
    for (const path of filesIn(dir)) {
      expect(readFileSync(path, 'utf8')).not.toContain('PRIVATE KEY')
      expect(statSync(path).mode & 0o077).toBe(0)
    }

    const other = workplace()
    takeSealedKeys(place, other)
    expect(await other.run(['restore', dir])).toMatchObject({ code: 0 })
    expectRefusal(await other.run(['ports']), /key/)
    const key = ['--key', join(place.data, 'log.key')]
    const restored = (await other.json(['ports', '--json', '--search', 'before', ...key])) as {
      ports: unknown
    }
    expect(restored.ports).toEqual((acknowledged as { ports: unknown }).ports)
    const book = await bookAt(other.data, { key: join(place.data, 'log.key') })
    await expectSound(book)
    const { documents } = await book.desk.call('listDocuments', {})
    expect(JSON.stringify(documents)).toContain(MAIL)
    await book.close()
  })

  test('is refused when one byte of one of its files changed, and nothing is left of the attempt', async () => {
    const { dir } = await backedUp()
    const wrong: string[] = []
    const read = filesIn(dir).filter((path) => !path.includes('/tile/0') && !path.includes('checkpoints'))
    for (const path of read) {
      const bytes = readFileSync(path)
      for (const at of new Set(bytes.length === 0 ? [] : [0, bytes.length >> 1, bytes.length - 1])) {
        writeFileSync(path, Buffer.from(bytes).fill((bytes[at] ?? 0) ^ 4, at, at + 1))
        const other = workplace()
        const { code, err } = await other.run(['restore', dir])
        const isRefused = code === 2 && /^portreeve: hint: /m.test(err) && !existsSync(other.data)
        if (!isRefused) wrong.push(`${path} at ${at}: ${code} ${err}`)
      }
      writeFileSync(path, bytes)
    }
    expect(read.length).toBeGreaterThan(5)
    // A manifest with another time in it says the same of the book.
    expect(wrong.filter((what) => !/manifest\.json at \d+: 0 /.test(what))).toEqual([])
  })

  test('whose manifest was made to fit changed entries is refused by the tree, and one that climbs by its list', async () => {
    const { dir } = await backedUp()
    const bundle = filesIn(join(dir, 'log', 'tile', 'entries'))[0] ?? ''
    const manifest = join(dir, 'manifest.json')
    const bytes = readFileSync(bundle)
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(bundle, bytes.toString('latin1').replace('billing', 'killing'), 'latin1')
    writeFileSync(manifest, text.replace(sha256(bytes), sha256(readFileSync(bundle))))
    expectRefusal(await workplace().run(['restore', dir]), /do not give the root/)
    writeFileSync(bundle, bytes)
    writeFileSync(manifest, text.replace('"log/checkpoint"', '"../../etc/passwd"'))
    expectRefusal(await workplace().run(['restore', dir]), /does not list the files/)
    writeFileSync(manifest, text)
    expect(await workplace().run(['restore', dir])).toMatchObject({ code: 0 })
  })

  test('is not put over a book, and not written over another backup', async () => {
    const { place, dir } = await backedUp()
    expectRefusal(await place.run(['restore', dir]), /holds a book of \d+ entries/, /empty/)
    expectRefusal(await place.run(['backup', dir]), /holds a backup already/)
    expectRefusal(await place.run(['restore', place.folder]), /no manifest\.json/)
    expect(existsSync(join(place.folder, 'log'))).toBe(false)
  })
})

describe('a restored older copy beside a newer pin', { timeout: 120_000 }, () => {
  test('is refused, and is brought up to the pin by the tiles of the log', async () => {
    const { place, dir } = await backedUp()
    await declareMany(place, 2)
    const tiles = join(place.folder, 'tiles')
    expect(await place.run(['log', 'export', tiles])).toMatchObject({ code: 0 })
    const ports = (await place.json(['ports', '--json'])) as { ports: unknown }
    const other = workplace()
    cpSync(place.data, other.data, { recursive: true, filter: (path) => !path.includes('book.sqlite') })
    const refused = await other.run(['restore', dir])
    expectRefusal(refused, /were signed from this data folder/, /--tiles DIR/)
    // Nothing was left of it, so the next attempt meets an empty store.
    expect(await other.run(['restore', dir, '--tiles', tiles])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/the last \d+ from the tiles/),
    })
    expect(((await other.json(['ports', '--json'])) as { ports: unknown }).ports).toEqual(ports.ports)
    const book = await bookAt(other.data)
    await expectSound(book)
    await book.close()
  })

  test('and tiles of another history are told apart', async () => {
    const { place, dir } = await backedUp()
    const copy = workplace()
    cpSync(place.data, copy.data, { recursive: true })
    await declareMany(copy, 2)
    await declareMany(place, 3)
    const tiles = join(copy.folder, 'tiles')
    expect(await copy.run(['log', 'export', tiles])).toMatchObject({ code: 0 })
    const other = workplace()
    cpSync(place.data, other.data, { recursive: true, filter: (path) => !path.includes('book.sqlite') })
    expectRefusal(await other.run(['restore', dir, '--tiles', tiles]), /signed from this data folder/)
    // The tiles alone are sound: the pin of the other history is what tells them apart.
    const fresh = workplace()
    expect(await fresh.run(['restore', dir, '--tiles', tiles])).toMatchObject({ code: 0 })
  })
})

describe('a head that a crash left unsigned', { timeout: 60_000 }, () => {
  test('is signed when the book is opened again', async () => {
    const place = workplace()
    const env = await openEnvironment(await readSettings({ data: place.data }, {}), { readOnly: false })
    // The process is taken to end between commit and signature.
    const key = { ...env.key, pin: () => new Promise<never>(() => undefined) }
    const desk = deskOf(env, await openBook({ ...env, key }, 'portreeve/test'))
    await desk.call('declare', { files: [{ name: 'a.portreeve.yaml', text: portDocument('a', 1) }] })
    const { size } = await desk.call('listEntries', { limit: 1 })
    expect(await env.store.read.checkpoint()).toBeNull()
    await env.store.close()
    const again = await bookAt(place.data)
    await again.book.close()
    expect(await again.desk.call('showCheckpoint', {})).toMatchObject({ size })
    await again.env.store.close()
  })
})

describe.skipIf(postgresMissing !== null)('a backup of one engine', { timeout: 240_000 }, () => {
  let postgres: TestPostgres
  beforeAll(async () => void (postgres = await startPostgres()))
  afterAll(async () => postgres.stop())

  test('is restored on the other, and back', async () => {
    const { place, dir } = await backedUp()
    const ports = (await place.json(['ports', '--json'])) as { ports: unknown }
    const served = workplace()
    const database = ['--database', await postgres.createDatabase()]
    const key = ['--key', join(place.data, 'log.key')]
    takeSealedKeys(place, served)
    expect(await served.run(['restore', dir, ...database])).toMatchObject({ code: 0 })
    const there = (await served.json(['ports', '--json', ...database, ...key])) as { ports: unknown }
    expect(there.ports).toEqual(ports.ports)
    const second = join(served.folder, 'backup')
    expect(await served.run(['backup', second, ...database, ...key])).toMatchObject({ code: 0 })
    const back = workplace()
    takeSealedKeys(place, back)
    expect(await back.run(['restore', second])).toMatchObject({ code: 0 })
    expect(((await back.json(['ports', '--json', ...key])) as { ports: unknown }).ports).toEqual(ports.ports)
  })
})

/** Whoever restores has them from another place than the backup. */
function takeSealedKeys(from: Workplace, to: Workplace): void {
  cpSync(join(from.data, 'sealed-keys'), join(to.data, 'sealed-keys'), { recursive: true })
}

async function backedUp(): Promise<{ readonly place: Workplace; readonly dir: string }> {
  const place = workplace()
  await fill(place)
  const dir = join(place.folder, 'backup')
  expect(await place.run(['backup', dir])).toMatchObject({ code: 0 })
  return { place, dir }
}

/** Documents, one with a person in it, and a scan. */
async function fill(place: Workplace): Promise<void> {
  place.put('db.portreeve.yaml', portDocument('before', 5432, { purpose: `Ask ${MAIL} before closing it` }))
  place.put('db-2.ss', SS_TEXT)
  expect(await place.run(['declare', 'db.portreeve.yaml'])).toMatchObject({ code: 0 })
  expect(await place.run(['scan', '--record', 'db-2.ss'])).toMatchObject({ code: 0 })
}

async function declareMany(place: Workplace, runs: number): Promise<void> {
  for (let n = 0; n < runs; n++) {
    const path = place.put(`later-${n}.portreeve.yaml`, portDocument(`later-${n}`, 6000 + n))
    expect(await place.run(['declare', path])).toMatchObject({ code: 0 })
  }
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
