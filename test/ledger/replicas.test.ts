import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { frontierRoot, growFrontier } from '../../src/lib/merkle.ts'
import { toBase64 } from '../../src/lib/base64.ts'
import { bookAt, expectSound } from '../support/book.ts'
import { expectRefusal, until, workplace, type Ran, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { startServer } from '../support/server.ts'
import { logKeyOf, startWitness } from '../support/witness.ts'

describe.skipIf(postgresMissing !== null)('several servers on one PostgreSQL', { timeout: 240_000 }, () => {
  let postgres: TestPostgres
  beforeAll(async () => void (postgres = await startPostgres()))
  afterAll(async () => postgres.stop())

  test('race for every entry, are killed, and leave one history that every checkpoint agrees with', async () => {
    const url = await postgres.createDatabase()
    const [one, two] = [workplace(), workplace()]
    const logKey = await logKeyOf(one, { env: { PORTREEVE_DATABASE: url } })
    const witness = await startWitness(one, 'w1', [logKey])
    const policy = one.put('policy', `witness w1 ${witness.key} ${witness.url}\nquorum w1\n`)
    const config = one.put('c.yaml', `witnesses: ${policy}\n`)
    const args = ['--database', url, '--key', join(one.data, 'log.key'), '--observe', '0', '--config', config]
    const first = await startServer(one, args)
    const second = await startServer(two, args)

    const names = Array.from({ length: 24 }, (_, n) => `p-${n}`)
    const declared = await Promise.all(
      names.map((name, n) => declare(n % 2 === 0 ? one : two, name, 1000 + n)),
    )
    expect(declared.map(({ code, err }) => ({ code, err }))).toEqual(names.map(() => ({ code: 0, err: '' })))
    // One falls over in the middle of what comes next, and comes back.
    const more = Array.from({ length: 12 }, (_, n) => declare(one, `q-${n}`, 2000 + n))
    const lost = Array.from({ length: 4 }, (_, n) => declare(two, `r-${n}`, 3000 + n))
    await second.kill()
    expect((await Promise.all(more)).every(({ code }) => code === 0)).toBe(true)
    await Promise.all(lost)
    const again = await startServer(two, args)
    expect(await declare(two, 's', 4000)).toMatchObject({ code: 0 })
    const shown = await until('the newest is cosigned', async () => {
      const checkpoint = (await first.get('/api/v1/ledger/checkpoint')) as { size: number; quorum: string }
      const { size } = (await first.get('/api/v1/ledger/entries?limit=1')) as { size: number }
      return checkpoint.size === size && checkpoint.quorum === 'met' ? checkpoint : null
    })
    expect([await first.stop(), await again.stop()]).toEqual([0, 0])

    const book = await bookAt(two.data, { database: url, key: join(one.data, 'log.key') })
    onTestFinished(() => book.close())
    const size = await expectSound(book)
    expect(size).toBe(shown.size)
    const { documents } = await book.desk.call('listDocuments', { kind: 'Port' })
    const held = new Set(documents.map(({ name }) => name))
    for (const name of [...names, 's']) expect(held).toContain(name)
    const hashes = await book.env.store.read.leafHashes(0, size)
    const archived = await book.env.store.read.checkpoints({ from: 0, limit: 1000 })
    expect(archived.length).toBeGreaterThan(3)
    for (const { note } of archived) {
      const signed = verifyCheckpoint(Buffer.from(note), logKey)
      const root = frontierRoot(growFrontier(0, [], hashes.slice(0, signed.size)))
      expect(toBase64(signed.root)).toBe(toBase64(root))
    }
  })

  test('whose database goes back under them, as a standby that was promoted too early, sign no more', async () => {
    const url = await postgres.createDatabase()
    const [one, two] = [workplace(), workplace()]
    const database = ['--database', url, '--observe', '0']
    const first = await startServer(one, database)
    expect(await declare(one, 'a', 1)).toMatchObject({ code: 0 })
    await signed(first, 2)
    const restore = await remember(url)
    expect(await declare(one, 'b', 2)).toMatchObject({ code: 0 })
    expect(await declare(one, 'c', 3)).toMatchObject({ code: 0 })
    await signed(first, 4)
    await restore()

    // Another server, whose pin saw nothing of it, makes the log longer than it ever was.
    const second = await startServer(two, [...database, '--key', join(one.data, 'log.key')])
    for (const name of ['d', 'e', 'f', 'g']) expect(await declare(two, name, 9)).toMatchObject({ code: 0 })
    await signed(second, 6)
    expectRefusal(
      await declare(one, 'h', 4),
      /database lost entries while the book was open/,
      /newest database back/,
    )
    expectRefusal(await declare(one, 'i', 4), /database lost entries/)
    expect(await first.get('/api/v1/ledger/entries?limit=1')).toMatchObject({ size: 6 })
    await first.stop()
    expectRefusal(
      await one.run(['ports', '--database', url]),
      /first 4 entries of the database are not those that were signed/,
    )
  })

  test('are refused a database that lost what was committed and not yet signed', async () => {
    const url = await postgres.createDatabase()
    const one = workplace()
    const first = await startServer(one, ['--database', url, '--observe', '0'])
    expect(await declare(one, 'a', 1)).toMatchObject({ code: 0 })
    const restore = await remember(url)
    expect(await declare(one, 'b', 2)).toMatchObject({ code: 0 })
    await restore()
    expectRefusal(await declare(one, 'c', 3), /it holds 2, and 3 were committed/)
    expect(first.process.exitCode).toBeNull()
  })
})

async function signed(server: { get(path: string): Promise<unknown> }, size: number): Promise<void> {
  await until(`${size} entries are signed`, async () => {
    const shown = await server.get('/api/v1/ledger/checkpoint').catch(() => null)
    return (shown as { size: number } | null)?.size === size ? true : null
  })
}

/** Puts the ledger's tables back to what they are now: what a standby that lags behind would hold. */
async function remember(url: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  const { rows } = await client.query('SELECT * FROM log_head')
  const head = rows[0] as { size: string; root: Buffer; frontier: Buffer }
  return async () => {
    await client.query('BEGIN')
    await client.query('DELETE FROM checkpoint WHERE size > $1', [head.size])
    await client.query('DELETE FROM sealed WHERE idx >= $1', [head.size])
    await client.query('DELETE FROM entry WHERE idx >= $1', [head.size])
    await client.query('UPDATE log_head SET size = $1, root = $2, frontier = $3', [
      head.size,
      head.root,
      head.frontier,
    ])
    await client.query('COMMIT')
  }
}

function declare(place: Workplace, name: string, port: number): Promise<Ran> {
  return place.run(['declare', place.put(`${name}.portreeve.yaml`, portDocument(name, port))])
}
