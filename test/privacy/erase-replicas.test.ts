import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { gather, until } from '../support/cli.ts'
import { filesHolding } from '../support/person-bytes.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'

const JANE = 'jane.doe@example.com'
const BASIS = 'GDPR Art. 17(1)(b)'
const LOOP = fileURLToPath(new URL('../support/person-loop.ts', import.meta.url))

describe.skipIf(postgresMissing !== null)(
  `an erasure beside other servers${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  { timeout: 180_000 },
  () => {
    let server: TestPostgres
    beforeAll(async () => void (server = await startPostgres()))
    afterAll(() => server.stop())

    test('takes every value that stands before its entry, whoever writes meanwhile, and the last one takes the rest', async () => {
      const [one, two, three] = ['one', 'two', 'three'].map(folder) as [string, string, string]
      const database = await server.createDatabase()
      const flags = { database, key: join(one, 'log.key'), subjectKeys: join(one, 'sealed-keys') }
      const book = await bookAt(one, flags)
      onTestFinished(() => book.close())
      const loops = [two, three].map((data, n) => personLoop(data, n * 100_000, flags))
      await until('both write', () => (loops.every(({ count }) => count() > 5) ? true : null))
      const erasures: number[] = []
      const met: number[] = []
      for (let round = 0; round < 6; round++) {
        const { index, values } = await book.desk.call('erase', { text: JANE, basis: BASIS })
        erasures.push(index ?? -1)
        met.push(values)
        const last = Math.max(...(await readable(book)).filter((at) => at < (index ?? 0)), -1)
        expect(last, `entry ${last} is readable behind the erasure in ${index}`).toBe(-1)
        const before = loops.map(({ count }) => count())
        await until('both go on', () =>
          loops.every(({ count }, n) => count() > (before[n] ?? 0) + 2) ? true : null,
        )
      }
      for (const { stop } of loops) await stop()
      expect(met.every((values) => values > 0)).toBe(true)
      await book.desk.call('erase', { text: JANE, basis: BASIS })
      expect(await readable(book)).toEqual([])
      expect((await book.desk.call('listPorts', { q: 'jane.doe' })).ports).toEqual([])
      // Every document that was acknowledged is there, without the name, and the entries verify.
      const said = loops.flatMap(({ indexes }) => indexes())
      const { ports } = await book.desk.call('listPorts', { limit: 500 })
      expect(ports.length).toBeGreaterThanOrEqual(Math.min(said.length, 500))
      await expectSound(book)
      expect(filesHolding([one, two, three], [JANE])).toEqual([])
    })
  },
)

function folder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `portreeve-${name}-`))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Another server of the same database, in a process of its own. */
function personLoop(
  data: string,
  first: number,
  flags: { database: string; key: string; subjectKeys: string },
) {
  const { database, key, subjectKeys } = flags
  const args = ['--database', database, '--key', key, '--subject-keys', subjectKeys]
  const child: ChildProcess = spawn(process.execPath, [LOOP, data, String(first), JANE, ...args])
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  onTestFinished(() => void child.kill('SIGKILL'))
  const indexes = () => {
    if (child.exitCode !== null) throw new Error(`the other server ended: ${err()}`)
    return out().split('\n').slice(0, -1).map(Number)
  }
  return {
    indexes: () => out().split('\n').slice(0, -1).map(Number),
    count: () => indexes().length,
    stop: async () => {
      const gone = once(child, 'close')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Entries of which somebody who has every key can read the name. */
async function readable({ env }: OpenBook): Promise<number[]> {
  const sealed = await env.store.read.sealedBetween(0, 1_000_000)
  return [...sealed].flatMap(([index, values]) =>
    values.some(({ value }) => value.includes(JANE)) ? [index] : [],
  )
}
