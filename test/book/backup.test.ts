import { createHash, createPrivateKey, sign } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { rawEd25519PublicKey } from '../../src/lib/ed25519.ts'
import { noteKeyOf } from '../../src/lib/note-key.ts'
import { formatNote, parseNote } from '../../src/lib/signed-note.ts'
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

describe('a restored book whose log key was replaced', { timeout: 120_000 }, () => {
  test('names the keys that it lacks, and takes the one that its entries put in force', async () => {
    const { place } = await backedUp()
    expect(await place.run(['key', 'rotate-log'])).toMatchObject({ code: 0 })
    const overlap = join(place.folder, 'overlap')
    expect(await place.run(['backup', overlap])).toMatchObject({ code: 0 })
    const both = keptKeys(place)
    expect(await place.run(['key', 'rotate-log', '--end'])).toMatchObject({ code: 0 })
    const after = join(place.folder, 'after')
    expect(await place.run(['backup', after])).toMatchObject({ code: 0 })

    const one = workplace()
    both(one, ['log.key'])
    const lacking = (await one.json(['restore', overlap, '--json'])) as {
      logKeys: string[]
      lackingKeys: string[]
    }
    expect(lacking.logKeys).toHaveLength(2)
    expect(lacking.lackingKeys).toEqual([lacking.logKeys[1]])
    both(one, ['log.key.next'])
    expect(await one.run(['log', 'checkpoint'])).toMatchObject({ code: 0 })

    // Copies of both from before the old one ended: the entries say that it did.
    const late = workplace()
    both(late, ['log.key', 'log.key.next'])
    const settled = await late.run(['restore', after])
    expect(settled).toMatchObject({ code: 0, err: expect.not.stringContaining('put the log key') })
    expect(readFileSync(join(late.data, 'log.key'))).toEqual(readFileSync(join(place.data, 'log.key')))
    expect(existsSync(join(late.data, 'log.key.next'))).toBe(false)
    const book = await bookAt(late.data)
    await expectSound(book)
    await book.close()
  })

  test('is not taken from a checkpoint that a key signed behind its end', async () => {
    const { place } = await backedUp()
    const old = createPrivateKey(readFileSync(join(place.data, 'log.key')))
    for (const end of [[], ['--end']])
      expect(await place.run(['key', 'rotate-log', ...end])).toMatchObject({ code: 0 })
    const dir = join(place.folder, 'after')
    expect(await place.run(['backup', dir])).toMatchObject({ code: 0 })
    const path = join(dir, 'log', 'checkpoint')
    const note = parseNote(readFileSync(path))
    const origin = note.signatures[0]?.name ?? ''
    const { keyId } = noteKeyOf(origin, 'ed25519', rawEd25519PublicKey(old))
    const signature = sign(null, Buffer.from(note.text), old)
    const forged = Buffer.from(
      formatNote({ text: note.text, signatures: [{ name: origin, keyId, signature }] }),
    )
    const manifest = join(dir, 'manifest.json')
    const listed = JSON.parse(readFileSync(manifest, 'utf8')) as { files: { path: string }[] }
    const files = listed.files.map((file) =>
      file.path === 'log/checkpoint'
        ? { path: file.path, bytes: forged.length, sha256: sha256(forged) }
        : file,
    )
    writeFileSync(path, forged)
    writeFileSync(manifest, JSON.stringify({ ...listed, files }))
    expectRefusal(await workplace().run(['restore', dir]), /no key that signs a log of \d+ entries/)
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

/** Copies of the log's keys as they are now; puts some of them into another data folder. */
function keptKeys(from: Workplace): (to: Workplace, names: readonly string[]) => void {
  const kept = new Map(
    ['log.key', 'log.key.next'].map((name) => [name, readFileSync(join(from.data, name))] as const),
  )
  return (to, names) => {
    takeSealedKeys(from, to)
    for (const name of names) writeFileSync(join(to.data, name), kept.get(name) ?? '', { mode: 0o600 })
  }
}

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
