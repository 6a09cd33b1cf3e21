import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { openBook } from '../../src/actions/book.ts'
import { Observer } from '../../src/actions/observe.ts'
import { type Append, StateSnapshots } from '../../src/actions/state-snapshots.ts'
import { STATE_VERSION } from '../../src/ledger/state-snapshot.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { hostOf, listening } from '../support/host.ts'
import { filesHolding } from '../support/person-bytes.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'

const JANE = 'jane.doe@example.com'
const BASIS = 'GDPR Art. 17(1)(b)'

interface Engine {
  readonly data: string
  open(snapshotEvery?: number): Promise<OpenBook>
}

function snapshots(engine: () => Engine): void {
  let book: OpenBook
  beforeEach(async () => (book = await engine().open()))
  afterEach(() => book.close())

  test('is made each time the log has grown by so many entries, and the newest three are kept', async () => {
    for (let n = 0; n < 5; n++) await declareMore(book, n)
    const made = await snapshotsOf(book)
    expect(made.map(({ size }) => size)).toEqual([11, 22, 33, 44, 55])
    expect(made.map(({ index }) => index)).toEqual([11, 22, 33, 44, 55])
    expect(sizesOfFiles(engine())).toEqual([33, 44, 55])
    expect(await book.desk.call('rebuild', {})).toMatchObject({
      identical: true,
      entries: 56,
      from: { entry: 55, size: 55 },
      passedOver: [],
    })
    expect(await book.desk.call('rebuild', { fromStart: true })).toMatchObject({
      identical: true,
      from: null,
    })
    await expectSound(book)
  })

  test.each<[string, (path: string, other: string) => void, RegExp]>([
    ['missing', (path) => rmSync(path), /not here/],
    ['empty', (path) => writeFileSync(path, ''), /damaged: it ends too early/],
    ['changed in a byte', (path) => spoil(path, (bytes) => flip(bytes, bytes.length >> 1)), /damaged/],
    ['changed in its first line', (path) => spoil(path, (bytes) => flip(bytes, 3)), /begins with another/],
    ['cut off', (path) => spoil(path, (bytes) => bytes.subarray(0, -1)), /damaged: it ends too early/],
    ['cut off behind a frame', (path) => spoil(path, (bytes) => bytes.subarray(0, -20)), /ends too early/],
    ['longer', (path) => spoil(path, (bytes) => Buffer.concat([bytes, bytes])), /behind its end/],
    ['an older one', (path, other) => cpSync(other, path), /damaged: frame 0/],
  ])('whose file is %s is passed over for the one before it, and made anew', async (_, harm, why) => {
    for (let n = 0; n < 3; n++) await declareMore(book, n)
    const [older = '', newest = ''] = filesOf(engine()).slice(-2)
    harm(newest, older)
    expect(await book.desk.call('rebuild', {})).toMatchObject({
      identical: true,
      from: { size: 22 },
      passedOver: [{ entry: 33, size: 33, why: expect.stringMatching(why) }],
    })
    await book.book.snapshots.settle()
    expect(await book.desk.call('rebuild', {})).toMatchObject({ from: { size: 34 }, passedOver: [] })
    await expectSound(book)
  })

  test('that somebody forged who has its key is passed over, down to the first entry', async () => {
    await declareMore(book, 0)
    const [snapshot] = await snapshotsOf(book)
    const { files } = book.env.snapshots
    const name = `${snapshot?.size}-${snapshot?.key}`
    const key = book.env.vault.key(snapshot?.key ?? '') ?? new Uint8Array()
    const pieces: string[] = []
    for await (const piece of files.read(name, key))
      pieces.push(piece.replaceAll('team/billing', 'team/killing'))
    expect(pieces.join('')).toContain('team/killing')
    await files.write(name, key, from(pieces))
    expect(await book.desk.call('rebuild', {})).toMatchObject({
      identical: true,
      from: null,
      passedOver: [{ why: 'its file holds another state than its entry commits to' }],
    })
  })

  test('holds no value in clear, and an erasure takes it, its key and its file', async () => {
    await declareMore(book, 0)
    await declareMore(book, 1, `Ask ${JANE} first`)
    await declareMore(book, 2)
    expect(sizesOfFiles(engine())).toEqual([11, 22, 33])
    const folder = join(engine().data, 'snapshots')
    expect(filesHolding([folder], [JANE, 'team/billing'])).toEqual([])
    const copy = mkdtempSync(join(tmpdir(), 'portreeve-copy-'))
    cpSync(folder, copy, { recursive: true })

    const [kept, ...gone] = await snapshotsOf(book)
    expect(await book.desk.call('erase', { text: JANE, basis: BASIS })).toMatchObject({ values: 10 })
    await book.book.snapshots.settle()
    // What was made before the first value went in stays; one of the book without them follows the erasure.
    expect(sizesOfFiles(engine())).toEqual([11, 35])
    for (const { key } of gone) expect(book.env.vault.key(key)).toBeNull()
    expect(book.env.vault.key(kept?.key ?? '')).not.toBeNull()
    const erasure = await book.desk.call('showEntry', { index: 34 })
    expect(erasure.body['keys']).toEqual(expect.arrayContaining(gone.map(({ key }) => key)))
    for (const name of await book.env.snapshots.files.list())
      expect(await textOf(book, name)).not.toContain(JANE)
    expect(await book.desk.call('rebuild', {})).toMatchObject({ from: { size: 35 }, passedOver: [] })
    await expectSound(book)

    // A copy of the files, put back, opens nothing, and is not taken for damage.
    cpSync(copy, folder, { recursive: true })
    rmSync(copy, { recursive: true })
    expect(await book.desk.call('rebuild', {})).toMatchObject({
      identical: true,
      from: { size: 35 },
      passedOver: [],
    })
  })

  test('is not made of a book that still holds what an erasure took', async () => {
    await declareMore(book, 0, `Ask ${JANE} first`)
    const { env } = book
    const store = { ...env.store, bulk: () => Promise.reject(new Error('the process ended here')) }
    const { erase } = await import('../../src/actions/erase.ts')
    const input = { text: JANE, basis: BASIS, dryRun: false }
    const operator = { id: 'operator', capabilities: [] }
    await expect(erase({ ...env, store }, book.book, input, operator)).rejects.toThrow('ended here')
    const before = (await snapshotsOf(book)).length
    book.book.snapshots.renew()
    await book.book.snapshots.settle()
    expect(await snapshotsOf(book)).toHaveLength(before)
    await book.close()
    book = await engine().open()
    await book.book.snapshots.resume()
    await book.book.snapshots.settle()
    expect(await snapshotsOf(book)).toHaveLength(before + 1)
    for (const name of await book.env.snapshots.files.list())
      expect(await textOf(book, name)).not.toContain(JANE)
    await expectSound(book)
  })

  test('that was begun before an erasure is thrown away', async () => {
    await book.close()
    book = await engine().open(1_000)
    await declareMore(book, 0, `Ask ${JANE} first`)
    const gate = Promise.withResolvers<void>()
    const { making, reached } = heldUp(book, gate.promise, 'entry')
    making.renew()
    await reached
    // Another server's erasure: this one's knows of the snapshot that it makes.
    await book.desk.call('erase', { text: JANE, basis: BASIS })
    gate.resolve()
    await making.settle()
    expect(await snapshotsOf(book)).toEqual([])
    expect(sizesOfFiles(engine())).toEqual([])
  })

  test('is of one moment, whatever is written while it is made, and nobody waits for it', async () => {
    await book.close()
    book = await engine().open(1_000)
    await declareMore(book, 0)
    const gate = Promise.withResolvers<void>()
    const { making, reached } = heldUp(book, gate.promise, 'file')
    making.renew()
    await reached
    await declareMore(book, 1)
    gate.resolve()
    await making.settle()
    expect(await snapshotsOf(book)).toMatchObject([{ index: 21, size: 11 }])
    expect(await book.desk.call('rebuild', {})).toMatchObject({ identical: true, from: { size: 11 } })
    await expectSound(book)
  })

  test('that a process which ended had not made is made when a server opens the book', async () => {
    await book.close()
    book = await engine().open(1_000)
    await declareMore(book, 0)
    await book.close()
    book = await engine().open()
    expect(await snapshotsOf(book)).toEqual([])
    await book.book.snapshots.resume()
    await book.book.snapshots.settle()
    expect(await snapshotsOf(book)).toMatchObject([{ size: 11 }])
    await book.book.snapshots.resume()
    await book.book.snapshots.settle()
    expect(await snapshotsOf(book)).toHaveLength(1)
  })
}

describe('a snapshot of the state, on SQLite', { timeout: 60_000 }, () => {
  let data: string
  beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'portreeve-snapshot-'))))
  afterEach(() => rmSync(data, { recursive: true }))
  snapshots(() => ({ data, open: (snapshotEvery = 10) => bookAt(data, { snapshotEvery }) }))

  test('is asked for and passed over on the command line', async () => {
    const place = workplace()
    const config = place.put('c.yaml', 'ledger: { snapshotEntries: 5 }\n')
    place.put('a.portreeve.yaml', documents(0, 10))
    expect(await place.run(['declare', 'a.portreeve.yaml', '--config', config])).toMatchObject({ code: 0 })
    const [file = ''] = readdirSync(join(place.data, 'snapshots'))
    expect(file).toMatch(/^11-[0-9a-f]{32}\.state$/)
    expect((await place.run(['log', 'show', '11'])).out).toContain('the state of 11 entries')
    expect((await place.run(['rebuild'])).out).toMatch(
      /^1 entries behind the snapshot of 11 folded in \d+ ms; the projection is identical\n$/,
    )
    expect((await place.run(['rebuild', '--from-start'])).out).toMatch(/^12 entries folded/)
    rmSync(join(place.data, 'snapshots', file))
    expect(await place.run(['rebuild'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^passed over the snapshot of 11 entries in entry 11: its file is not here\n12 entries folded/,
      ),
    })
  })

  test('stands on a log whose pack and whole replay verify without it', async () => {
    const place = workplace()
    const config = place.put('c.yaml', 'ledger: { snapshotEntries: 5 }\n')
    const options = { env: { PORTREEVE_CONFIG: config } }
    place.put('a.portreeve.yaml', documents(0, 10))
    expect(await place.run(['declare', 'a.portreeve.yaml'], options)).toMatchObject({ code: 0 })
    const [pack, log, trust] = ['pack', 'log', 'trust.txt'].map((name) => join(place.folder, name))
    expect(await place.run(['prove', 'record-0-0', '--out', pack ?? ''], options)).toMatchObject({ code: 0 })
    expect(await place.run(['log', 'export', log ?? ''], options)).toMatchObject({ code: 0 })
    place.put('trust.txt', (await place.run(['log', 'trust'], options)).out)
    const types = (await place.json(['log', 'list', '--json'], options)) as { entries: { type: string }[] }
    expect(types.entries.map(({ type }) => type)).toContain('snapshot')
    const verified = await place.run(['verify', pack ?? '', '--trust', trust ?? '', '--replay', log ?? ''])
    expect(verified).toMatchObject({ code: 0 })
    expect(verified.out).toMatch(/entries, of them \d+ about keys/)
  })

  // A fold that yields other rows for old entries, or writes them down otherwise, must not begin at snapshots of
  // before: where this digest changes, raise STATE_VERSION (src/ledger/state-snapshot.ts), and say it in its format page.
  test('is of a version that stands for what the fold yields', async () => {
    const settings = await readSettings({ data: workplace().data }, {})
    const env = await openEnvironment(settings, { readOnly: false })
    const clock = { at: Date.parse('2026-01-01T00:00:00.000Z') }
    const now = () => new Date(clock.at).toISOString()
    const book = await openBook({ ...env, now }, 'portreeve/test')
    const { deskOf } = await import('../../src/actions/desk.ts')
    const desk = deskOf({ ...env, now }, book)
    const declare = (text: string) => desk.call('declare', { files: [{ name: 'a.portreeve.yaml', text }] })
    await declare(`${portDocument('a', 5432)}---\n${portDocument('b', 8080, { host: 'db-2' })}`)
    const observer = new Observer(
      { ...env, now },
      hostOf({ sightings: [listening({ port: 5432 }), listening({ port: 22 })] }),
      book,
      1000,
    )
    clock.at += 1000
    await observer.pass()
    clock.at += 1000
    await observer.stop()
    await declare(portDocument('a', 5433))
    await desk.call('closeRecord', { kind: 'Port', name: 'b', reason: 'gone' })
    const fingerprint = await env.store.transact((tx) => tx.fingerprint())
    await book.close()
    await env.store.close()
    expect({ STATE_VERSION, fingerprint }).toEqual({
      STATE_VERSION: 1,
      fingerprint: 'sha256:42fc1d3977aed04ec5a3aa9fc22e3c39400f0253cfbeefdaa374732267fdc28a',
    })
  })
})

describe.skipIf(postgresMissing !== null)(
  `a snapshot of the state, on PostgreSQL${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  { timeout: 60_000 },
  () => {
    let server: TestPostgres
    let data: string
    let database: string
    beforeAll(async () => void (server = await startPostgres()))
    afterAll(() => server.stop())
    beforeEach(async () => {
      data = mkdtempSync(join(tmpdir(), 'portreeve-snapshot-'))
      database = await server.createDatabase()
    })
    afterEach(() => rmSync(data, { recursive: true }))
    snapshots(() => ({ data, open: (snapshotEvery = 10) => bookAt(data, { database, snapshotEvery }) }))

    test('that was made on SQLite is where a rebuild on PostgreSQL begins, and the other way round', async () => {
      const [place, back] = [workplace(), workplace()]
      const config = place.put('c.yaml', 'ledger: { snapshotEntries: 5 }\n')
      place.put('a.portreeve.yaml', documents(0, 10, `Ask ${JANE} first`))
      place.put('b.portreeve.yaml', documents(1, 10))
      expect(await place.run(['declare', 'a.portreeve.yaml', '--config', config])).toMatchObject({ code: 0 })
      const served = { env: { PORTREEVE_DATABASE: await server.createDatabase() } }
      const move = async (
        name: string,
        of: typeof served | object,
        to: string,
        into: typeof served | object,
      ) => {
        const dir = join(place.folder, name)
        expect(await place.run(['backup', dir], of)).toMatchObject({ code: 0 })
        for (const each of ['log.key', 'sealed-keys', 'snapshots'].filter(
          (each) => !existsSync(join(to, each)),
        ))
          cpSync(join(place.data, each), join(to, each), { recursive: true })
        expect(await place.run(['restore', dir, '--data', to], into)).toMatchObject({ code: 0 })
      }
      await move('one', {}, place.data, served)
      expect(await place.json(['rebuild', '--json'], served)).toMatchObject({
        identical: true,
        from: { size: 11 },
        passedOver: [],
      })
      expect(await place.run(['declare', 'b.portreeve.yaml', '--config', config], served)).toMatchObject({
        code: 0,
      })
      await move('two', served, back.data, {})
      expect(await back.json(['rebuild', '--json'])).toMatchObject({
        identical: true,
        from: { size: 22 },
        passedOver: [],
      })
    })
  },
)

/** Ten Port documents in one wish. */
async function declareMore({ desk, book }: OpenBook, round: number, purpose?: string): Promise<void> {
  const text = documents(round, 10, purpose)
  await desk.call('declare', { files: [{ name: 'a.portreeve.yaml', text }] })
  await book.snapshots.settle()
}

function documents(round: number, count: number, purpose?: string): string {
  return Array.from({ length: count }, (_, n) =>
    portDocument(`record-${round}-${n}`, 1000 + 100 * round + n, purpose === undefined ? {} : { purpose }),
  ).join('---\n')
}

async function snapshotsOf({ env }: OpenBook) {
  const { snapshotsIn } = await import('../../src/actions/state-snapshots.ts')
  return (await snapshotsIn(env.store.read)).toReversed()
}

function filesOf({ data }: Engine): string[] {
  const folder = join(data, 'snapshots')
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.toSorted((a, b) => parseInt(a) - parseInt(b)).map((name) => join(folder, name))
}

function sizesOfFiles(engine: Engine): number[] {
  return filesOf(engine).map((path) => parseInt(path.slice(path.lastIndexOf('/') + 1)))
}

async function textOf({ env }: OpenBook, name: string): Promise<string> {
  const key = env.vault.key(name.split('-')[1] ?? '')
  const pieces: string[] = []
  for await (const piece of env.snapshots.files.read(name, key ?? new Uint8Array())) pieces.push(piece)
  return pieces.join('')
}

/** Snapshots of the same book that are held up at the gate, with their moment fixed: as file or entry is written. */
function heldUp({ env, book }: OpenBook, gate: Promise<void>, at: 'file' | 'entry') {
  const reached = Promise.withResolvers<void>()
  const wait = (where: typeof at) => {
    if (where !== at) return null
    reached.resolve()
    return gate
  }
  const { files } = env.snapshots
  const write: typeof files.write = (name, key, text) =>
    files.write(
      name,
      key,
      after(() => wait('file'), text),
    )
  const held = { ...env, snapshots: { ...env.snapshots, files: { ...files, write } } }
  const append: Append = async (decide) => {
    await wait('entry')
    return book.append(decide)
  }
  const making = new StateSnapshots(held, append, { made: () => undefined, failed: unexpected })
  return { making, reached: reached.promise }
}

function unexpected(reason: string): void {
  throw new Error(reason)
}

async function* after(wait: () => Promise<void> | null, text: AsyncIterable<string>): AsyncGenerator<string> {
  await wait()
  yield* text
}

async function* from(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces
}

function spoil(path: string, change: (bytes: Buffer) => Uint8Array): void {
  writeFileSync(path, change(readFileSync(path)))
}

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}
