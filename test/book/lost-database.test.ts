import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Fatal, Refusal } from '../../src/model/refusal.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { type Cut, cutLine, type CutLine } from '../support/cut-line.ts'
import { portDocument } from '../support/documents.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'

const SOAK = process.env['PORTREEVE_SOAK'] !== undefined
/** Statements of a declaration at which the server is lost, besides each COMMIT. */
const SAMPLE = SOAK ? 400 : 2

describe.skipIf(postgresMissing !== null)(
  `PostgreSQL stopped at once${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  { timeout: 120_000 + SAMPLE * 30_000 },
  () => {
    let server: TestPostgres
    let line: CutLine
    beforeAll(async () => {
      server = await startPostgres()
      line = await cutLine(server.port, () => server.crash())
    })
    afterAll(async () => {
      await line.close()
      await server.stop()
    })

    test('at any statement: all of the change is there or none of it, and nothing acknowledged is missing', async () => {
      const { data } = workplace()
      const direct = await server.createDatabase()
      const cut = direct.replace(`:${server.port}/`, `:${line.port}/`)
      const acknowledged = new Map<string, number>()
      const outcomes: string[] = []

      const first = await bookAt(data, { database: cut })
      await first.book.checkpoint()
      line.arm(NEVER)
      await declare(first, 'whole', acknowledged)
      await first.book.checkpoint()
      const statements = line.seen().length
      expect(line.seen().filter((each) => each === 'COMMIT')).toHaveLength(2)
      await first.close()

      for (const [round, where] of cuts(statements).entries()) {
        const book = await bookAt(data, { database: cut })
        // What was committed before is signed before.
        await book.book.checkpoint()
        const { lost } = line.arm(where)
        const name = `round-${round}`
        const asked = await declare(book, name, acknowledged).then(nothing, namesItself)
        // The signature is what follows an acknowledgement.
        const signed =
          asked === 'done' ? await book.book.checkpoint().then(nothing, namesItself) : 'not asked for'
        // Only a statement that the server was lost at says anything.
        expect({ where, lost: lost() }).toEqual({ where, lost: true })
        // A process ends here. In this one, what it would still sign goes nowhere.
        await book.book.close().catch(namesItself)
        await book.env.store.close()
        await server.start()
        outcomes.push(asked === 'done' ? `acknowledged, ${signed}` : asked)
        expect(outcomes.at(-1)).toMatch(toldAt(where))

        const again = await bookAt(data, { database: direct })
        await expectSound(again)
        await expectAcknowledged(again, acknowledged)
        const there = await countOf(again, name)
        expect(heldAfter(where)).toContain(there)
        // Whoever was not told asks again, and it stands once.
        await declare(again, name, acknowledged)
        expect(await countOf(again, name)).toBe(DOCUMENTS)
        await again.close()
      }
      expect(outcomes).toHaveLength(4 + SAMPLE)
      // Before the commit, nothing was changed and the answer says so.
      expect(outcomes).toContain('unreachable')
    })

    test('at the commit of a command: it ends with 75, and asked again it stands once', async () => {
      const place = workplace()
      const direct = { env: { PORTREEVE_DATABASE: await server.createDatabase() } }
      const cut = {
        env: {
          PORTREEVE_DATABASE: direct.env.PORTREEVE_DATABASE.replace(`:${server.port}/`, `:${line.port}/`),
        },
      }
      place.put('a.portreeve.yaml', documents('first'))
      expect(await place.run(['declare', 'a.portreeve.yaml'], direct)).toMatchObject({ code: 0 })
      place.put('b.portreeve.yaml', documents('second'))
      // The first COMMIT of a process is that of the look at the schema.
      const { lost } = line.arm({ of: 'COMMIT', nth: 2, when: 'after' })
      const ran = await place.run(['declare', 'b.portreeve.yaml'], cut)
      expect({ ...ran, lost: lost() }).toMatchObject({ code: 75, out: '', lost: true })
      expect(ran.err).toMatch(/^portreeve: error: .*durable state is not known/)
      await server.start()
      expect(await place.run(['declare', 'b.portreeve.yaml'], direct)).toMatchObject({ code: 0 })
      const book = await bookAt(place.data, { database: direct.env.PORTREEVE_DATABASE })
      expect(await countOf(book, 'second')).toBe(DOCUMENTS)
      await expectSound(book)
      await book.close()
    })
  },
)

const DOCUMENTS = 3
const NEVER: Cut = { of: '', nth: Number.MAX_SAFE_INTEGER, when: 'before' }

/** Both sides of the commit of the entries and of that of the checkpoint; and statements by chance. */
function cuts(statements: number): readonly Cut[] {
  const commits = [1, 2].flatMap((nth): Cut[] => [
    { of: 'COMMIT', nth, when: 'before' },
    { of: 'COMMIT', nth, when: 'after' },
  ])
  const others = Array.from({ length: SAMPLE }, (_, n): Cut => {
    // One in front of the commit at least.
    const nth = n === 0 ? 2 : randomInt(1, statements + 1)
    return { of: '', nth, when: n % 2 === 0 ? 'before' : 'after' }
  })
  return [...commits, ...others]
}

/** Nobody knows of a commit that was not answered; of the second one the entries are behind the first. */
function toldAt({ of, nth }: Cut): RegExp {
  if (of !== 'COMMIT') return /^(?:acknowledged, )?(?:unreachable|Fatal|done)$/
  return nth === 1 ? /^Fatal$/ : /^acknowledged, Fatal$/
}

/** How many of the documents may be there: all or none, and at the commit it is known which. */
function heldAfter({ of, nth, when }: Cut): readonly number[] {
  if (of !== 'COMMIT') return [0, DOCUMENTS]
  return [nth === 1 && when === 'before' ? 0 : DOCUMENTS]
}

function documents(name: string): string {
  return Array.from({ length: DOCUMENTS }, (_, n) => portDocument(`${name}-${n}`, 1000 + n)).join('---\n')
}

async function declare({ desk }: OpenBook, name: string, acknowledged: Map<string, number>): Promise<void> {
  const files = [{ name: 'a.portreeve.yaml', text: documents(name) }]
  const { declared } = await desk.call('declare', { files, idempotencyKey: name })
  for (const { name, index } of declared) if (index !== null) acknowledged.set(name, index)
}

function nothing(): string {
  return 'done'
}

/** What a server that is lost may be told as; anything else is a bug. */
function namesItself(error: unknown): string {
  if (error instanceof Fatal) return 'Fatal'
  if (error instanceof Refusal && error.code === 'unreachable') return 'unreachable'
  throw error
}

async function expectAcknowledged(
  { desk }: OpenBook,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [name, index] of acknowledged)
    expect((await desk.call('showEntry', { index })).body).toMatchObject({ name })
}

/** Entries that declare a document of this name; each document may have one. */
async function countOf({ env }: OpenBook, name: string): Promise<number> {
  const entries = await env.store.read.entries({ from: 0, limit: 1_000_000, types: ['declaration'] })
  return entries.filter(({ leaf }) => Buffer.from(leaf).includes(`"name":"${name}-`)).length
}
