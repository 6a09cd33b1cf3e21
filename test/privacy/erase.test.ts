import { chownSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inclusionProof, subtreesOf, verifyInclusion } from '../../src/lib/merkle.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { filesHolding } from '../support/person-bytes.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { getOver, startServer } from '../support/server.ts'

const BASIS = 'GDPR Art. 17(1)(b)'
const JANE = 'jane.doe@example.com'
const BOB = 'bob.roe@example.com'

/** One engine: where a book is, and what of it is on the disk. */
interface Engine {
  open(): Promise<OpenBook>
  /** Folders whose files must not hold what was erased. */
  settled(): Promise<readonly string[]>
  /** Copies the database, without the keys, and puts it back, while the book is closed. */
  copy(): { restore: () => Promise<void> }
  /** Of a command on this book. */
  readonly data: string
  readonly flags: readonly string[]
}

function erasure(engine: () => Engine): void {
  let book: OpenBook
  beforeEach(async () => (book = await engine().open()))
  afterEach(() => book.close())

  test('takes a value out of every file, row, answer and index, and every proof still verifies', async () => {
    await declare(book, {
      'home/janet/db.portreeve.yaml': portDocument('db', 5432, { purpose: `Ask ${JANE} before closing it` }),
      'cache.portreeve.yaml': portDocument('cache', 6379, { purpose: `Ask ${BOB} or ${JANE}` }),
      'web.portreeve.yaml': portDocument('web', 8080, { purpose: `Ask ${BOB}` }),
    })
    const before = await proofsOf(book)
    const going = (await sealedValues(book)).filter(({ value }) => value.includes(JANE))
    expect(going).toHaveLength(2)
    expect(filesHolding(await engine().settled(), [JANE])).not.toEqual([])
    expect(
      filesHolding(
        await engine().settled(),
        going.map(({ salt }) => salt),
      ),
    ).toEqual([])

    const report = await book.desk.call('erase', { text: JANE.toUpperCase(), basis: BASIS })
    expect(report).toMatchObject({ values: 2, entries: 2, obstacles: [] })

    expect(filesHolding(await engine().settled(), [JANE, ...going.map(({ salt }) => salt)])).toEqual([])
    expect(JSON.stringify(await everything(book))).not.toContain(JANE)
    expect((await book.desk.call('listPorts', { q: 'jane.doe' })).ports).toEqual([])
    expect((await book.desk.call('showEntry', { index: 1 })).withheld).toContain('/spec/purpose')
    const after = await proofsOf(book)
    expect(after.slice(0, before.length)).toEqual(before)
    await expectSound(book)
    // Whoever shares a value with somebody else loses it; everything else of theirs is there.
    expect(JSON.stringify(await everything(book))).toContain(BOB)
    expect(JSON.stringify(await everything(book))).toContain('home/janet')
  })

  test('is recorded by place and basis, and names nobody', async () => {
    await declare(book, { 'db.portreeve.yaml': portDocument('db', 5432, { purpose: `Ask ${JANE}` }) })
    const { index } = await book.desk.call('erase', { text: JANE, basis: BASIS, reason: `${JANE} asked` })
    const entry = await book.desk.call('showEntry', { index: index ?? -1 })
    expect(entry.body).toMatchObject({
      act: 'erased',
      basis: BASIS,
      by: 'operator',
      targets: [{ entry: 1, pointers: ['/spec/purpose'] }],
    })
    expect(entry.leaf).not.toContain('jane')
  })

  test('can be asked for by entry, and again finds nothing', async () => {
    await declare(book, {
      'a.portreeve.yaml': portDocument('a', 1, { purpose: `Ask ${JANE}` }),
      'b.portreeve.yaml': portDocument('b', 2, { purpose: `Ask ${JANE}` }),
    })
    expect(await book.desk.call('erase', { entries: [1], basis: BASIS, dryRun: true })).toMatchObject({
      values: 1,
      index: null,
    })
    expect(await book.desk.call('erase', { entries: [1], basis: BASIS })).toMatchObject({ values: 1 })
    // The same person's other value was under the same key, and stays.
    expect(await sealedValues(book)).toMatchObject([{ index: 2, value: `"Ask ${JANE}"` }])
    await expect(book.desk.call('erase', { entries: [1], basis: BASIS })).rejects.toMatchObject({
      code: 'not-found',
    })
    await book.close()
    book = await engine().open()
    expect(await sealedValues(book)).toMatchObject([{ index: 2, value: `"Ask ${JANE}"` }])
    await expectSound(book)
  })

  test('leaves a person free to come back: a new value is sealed under a new key', async () => {
    const document = { 'a.portreeve.yaml': portDocument('a', 1, { purpose: `Ask ${JANE}` }) }
    await declare(book, document)
    await book.desk.call('erase', { text: JANE, basis: BASIS })
    await declare(book, document)
    await book.close()
    book = await engine().open()
    expect(await sealedValues(book)).toMatchObject([{ value: `"Ask ${JANE}"` }])
    await expectSound(book)
  })

  test('that was cut off before the projection was folded anew is completed before the book is served', async () => {
    await declare(book, { 'a.portreeve.yaml': portDocument('a', 1, { purpose: `Ask ${JANE}` }) })
    const { env } = book
    const store = { ...env.store, bulk: () => Promise.reject(new Error('the process ended here')) }
    const { erase } = await import('../../src/actions/erase.ts')
    const input = { text: JANE, basis: BASIS, dryRun: false }
    const operator = { id: 'operator', capabilities: [] }
    await expect(erase({ ...env, store }, book.book, input, operator)).rejects.toThrow('ended here')
    expect(JSON.stringify(await everything(book))).toContain(JANE)
    await book.close()
    book = await engine().open()
    expect(JSON.stringify(await everything(book))).not.toContain(JANE)
    expect(filesHolding(await engine().settled(), [JANE])).toEqual([])
    await expectSound(book)
  })

  test('is not made of a value that a place or document is found by, and says so', async () => {
    await declare(book, { 'a.portreeve.yaml': portDocument('a', 1, { host: JANE }) })
    await expect(book.desk.call('erase', { text: JANE, basis: BASIS })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expectSound(book)
  })

  test(
    'of any choice of values leaves a book that can be folded again, without them',
    { timeout: 120_000 },
    async () => {
      const files = Object.fromEntries(
        Array.from({ length: 8 }, (_, n) => [
          `home/jane${n}/p${n}.portreeve.yaml`,
          portDocument(`p${n}`, n + 1, { purpose: `Ask person${n % 3}@example.com, or p${n}@example.org` }),
        ]),
      )
      await declare(book, files)
      await fc.assert(
        fc.asyncProperty(
          fc.subarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1, maxLength: 2 }),
          async (entries) => {
            const going = (await sealedValues(book)).filter(({ index }) => entries.includes(index))
            const staying = (await sealedValues(book)).filter(({ index }) => !entries.includes(index))
            fc.pre(going.length > 0)
            await book.desk.call('erase', { entries, basis: BASIS })
            expect((await sealedValues(book)).filter(({ index }) => index <= 8)).toEqual(staying)
            const left = staying.map(({ value }) => value)
            const gone = going
              .map(({ value }) => JSON.parse(value) as string)
              .filter((text) => !left.includes(`"${text}"`))
            expect(
              filesHolding(await engine().settled(), [...gone, ...going.map(({ salt }) => salt)]),
            ).toEqual([])
            await proofsOf(book)
            await expectSound(book)
          },
        ),
        { numRuns: 4, seed: 17 },
      )
    },
  )

  test('is made again on a database that was put back from before it, and its values stay shut', async () => {
    await declare(book, { 'a.portreeve.yaml': portDocument('a', 1, { purpose: `Ask ${JANE}` }) })
    await book.close()
    const { restore } = engine().copy()
    book = await engine().open()
    await book.desk.call('erase', { text: JANE, basis: BASIS })
    await book.close()
    await restore()
    book = await engine().open()
    expect(await sealedValues(book)).toEqual([])
    expect(JSON.stringify(await everything(book))).not.toContain(JANE)
    expect(filesHolding(await engine().settled(), [JANE])).toEqual([])
  })

  test('is made again before a server that was put back answers anybody', async () => {
    const files = Array.from({ length: 300 }, (_, n) => [
      `p${n}.portreeve.yaml`,
      portDocument(`p${n}`, n + 1, { purpose: `Ask ${JANE}` }),
    ])
    await declare(book, Object.fromEntries(files))
    await book.close()
    const { restore } = engine().copy()
    book = await engine().open()
    await book.desk.call('erase', { text: JANE, basis: BASIS })
    await book.close()
    await restore()
    const { data, flags } = engine()
    const place = workplace({ data })
    const starting = startServer(place, ['--observe', '0', ...flags])
    const isUp = { yet: false }
    void starting.finally(() => (isUp.yet = true))
    // From the first moment at which the socket answers, and for as long as it starts.
    const answers: unknown[] = []
    const ask = async () =>
      getOver(join(data, 'portreeve.sock'), '/api/v1/ports?limit=500').then(
        (answer) => answers.push(answer),
        () => undefined,
      )
    while (!isUp.yet) await ask()
    const server = await starting
    answers.push(await server.get('/api/v1/ports?limit=500'), await server.get('/api/v1/documents'))
    expect((answers[0] as { ports: unknown[] }).ports).toHaveLength(300)
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(JANE)
    await server.stop()
    book = await engine().open()
  })
}

// Snapshots of the state hold what is erased as well, and are made anew while the tests look.
describe.each([
  ['', {}],
  [', with snapshots of the state', { snapshotEvery: 2 }],
])('erasure on SQLite%s', { timeout: 60_000 }, (_, options) => {
  let data: string
  beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'portreeve-erase-'))))
  afterEach(() => rmSync(data, { recursive: true }))
  erasure(() => ({
    open: () => bookAt(data, options),
    settled: async () => [data],
    data,
    flags: [],
    copy: () => {
      const kept = mkdtempSync(join(tmpdir(), 'portreeve-copy-'))
      const files = ['book.sqlite', 'head.pin'].filter((name) => existsSync(join(data, name)))
      for (const name of files) cpSync(join(data, name), join(kept, name))
      return {
        restore: async () => {
          for (const name of files) cpSync(join(kept, name), join(data, name))
          for (const beside of ['-wal', '-shm']) rmSync(join(data, `book.sqlite${beside}`), { force: true })
          rmSync(kept, { recursive: true })
        },
      }
    },
  }))
})

describe.skipIf(postgresMissing !== null)(
  `erasure on PostgreSQL${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  { timeout: 60_000 },
  () => {
    let server: TestPostgres
    let data: string
    let files: string
    let database: string
    beforeAll(async () => void (server = await startPostgres()))
    afterAll(() => server.stop())
    beforeEach(async () => {
      data = mkdtempSync(join(tmpdir(), 'portreeve-erase-'))
      files = mkdtempSync(join(tmpdir(), 'portreeve-erase-'))
      chownSync(files, server.account.uid, server.account.gid)
      database = await server.createDatabase(files)
    })
    afterEach(() => rmSync(data, { recursive: true }))
    erasure(() => ({
      open: () => bookAt(data, { database, snapshotEvery: 2 }),
      // What a checkpoint has not written yet is in memory and in the server's WAL alone.
      settled: async () => {
        await ask(database, 'CHECKPOINT')
        return [data, files]
      },
      data,
      flags: ['--database', database],
      copy: () => {
        const kept = mkdtempSync(join(tmpdir(), 'portreeve-copy-'))
        server.dump(database, join(kept, 'book.dump'))
        cpSync(join(data, 'head.pin'), join(kept, 'head.pin'))
        return {
          restore: async () => {
            await server.putBack(database, join(kept, 'book.dump'))
            cpSync(join(kept, 'head.pin'), join(data, 'head.pin'))
            rmSync(kept, { recursive: true })
          },
        }
      },
    }))
  },
)

async function declare({ desk }: OpenBook, files: Readonly<Record<string, string>>): Promise<void> {
  await desk.call('declare', { files: Object.entries(files).map(([name, text]) => ({ name, text })) })
}

async function sealedValues({ env }: OpenBook) {
  const sealed = await env.store.read.sealedBetween(0, 1_000_000)
  return [...sealed].flatMap(([index, values]) => values.map((value) => ({ index, ...value })))
}

/** What the book answers to everything that can be asked without a name. */
async function everything({ desk }: OpenBook): Promise<unknown> {
  const { entries } = await desk.call('listEntries', { limit: 1000 })
  const { ports } = await desk.call('listPorts', { limit: 1000 })
  return [
    await desk.call('overview', {}),
    ports,
    await desk.call('listDocuments', {}),
    await desk.call('listFindings', { limit: 1000 }),
    await Promise.all(ports.map(({ id }) => desk.call('showPort', { port: id }))),
    await Promise.all(entries.map(({ index }) => desk.call('showEntry', { index }))),
  ]
}

/** Inclusion of every entry in the head, verified; the leaves' hashes. */
async function proofsOf({ env }: OpenBook): Promise<string[]> {
  const head = await env.store.read.head()
  if (head === null) throw new Error('there is no log')
  const hashes = await env.store.read.leafHashes(0, head.size)
  const subtrees = subtreesOf((index) => hashes[index] ?? new Uint8Array())
  for (const [index, leafHash] of hashes.entries()) {
    const proof = inclusionProof(index, head.size, subtrees)
    const at = { index: BigInt(index), size: BigInt(head.size) }
    expect(verifyInclusion({ leafHash, ...at, root: head.root, proof })).toBe(true)
  }
  return hashes.map((hash) => Buffer.from(hash).toString('hex'))
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
