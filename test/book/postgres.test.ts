import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { PortsReport, type PortView } from '../../src/api/views.ts'
import { bookAt, expectSound } from '../support/book.ts'
import { expectRefusal, workplace, type Ran, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { nmapXml } from '../support/scans.ts'
import { startServer } from '../support/server.ts'

describe.skipIf(postgresMissing !== null)('a book on PostgreSQL', { timeout: 240_000 }, () => {
  let postgres: TestPostgres
  beforeAll(async () => void (postgres = await startPostgres()))
  afterAll(async () => postgres.stop())

  test('holds and orders what the embedded one does', async () => {
    const [embedded, served] = [workplace(), workplace()]
    const options = { env: { PORTREEVE_DATABASE: await postgres.createDatabase() } }
    const told = [await tellStory(embedded, {}), await tellStory(served, options)]
    expect(told[1]).toEqual(told[0])
    expect(await served.json(['rebuild', '--json'], options)).toMatchObject({ identical: true })
  })

  test('is written by several servers at once, each entry once and in one order', async () => {
    const url = await postgres.createDatabase()
    const [one, two] = [workplace(), workplace()]
    const database = ['--database', url]
    const first = await startServer(one, [...database, '--observe', '0'])
    const key = ['--key', join(one.data, 'log.key')]
    const second = await startServer(two, [...database, ...key, '--observe', '0'])

    const wishes = Array.from({ length: 6 }, (_, n) =>
      declareOne(n % 2 === 0 ? one : two, `db-${n}`, 6000 + n),
    )
    expect((await Promise.all(wishes)).map(({ code, err }) => ({ code, err }))).toEqual(
      wishes.map(() => ({ code: 0, err: '' })),
    )
    for (const server of [first, second]) {
      const { ports } = PortsReport.parse(await server.get('/api/v1/ports'))
      expect(ports.map(({ record }) => record)).toEqual(['db-0', 'db-1', 'db-2', 'db-3', 'db-4', 'db-5'])
    }
    expect([await first.stop(), await second.stop()]).toEqual([0, 0])
    const book = await bookAt(two.data, { database: url, key: join(one.data, 'log.key') })
    expect(await expectSound(book)).toBe(7)
    await book.close()
  })

  test('refuses a key that it was not begun with, and a data folder that saw it further on', async () => {
    const [one, stranger] = [workplace(), workplace()]
    const options = { env: { PORTREEVE_DATABASE: await postgres.createDatabase() } }
    expect(await one.run(['ports'], options)).toMatchObject({ code: 0 })
    expectRefusal(await stranger.run(['ports'], options), /log key/, /--key FILE/)
    expectRefusal(
      await stranger.run(['up', '--listen', '127.0.0.1:0', '--observe', '0'], options),
      /log key/,
      /--key FILE/,
    )

    one.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await one.run(['declare', '.'], options)).toMatchObject({ code: 0 })
    const older = { env: { PORTREEVE_DATABASE: await postgres.createDatabase() } }
    expectRefusal(await one.run(['ports'], older), /0 entries, but 2 were signed/, /newest database/)
  })

  test('that cannot be reached is refused, and says where it looked without the password', async () => {
    const place = workplace()
    const ran = await place.run(['ports', '--database', 'postgres://someone:secret@127.0.0.1:1/none'])
    expectRefusal(ran, /127\.0\.0\.1/, /./)
    expect(ran.err).not.toContain('secret')
  })

  test('keeps its key in the data folder, which a copy may share', async () => {
    const [one, copy] = [workplace(), workplace()]
    const options = { env: { PORTREEVE_DATABASE: await postgres.createDatabase() } }
    expect(await one.run(['ports'], options)).toMatchObject({ code: 0 })
    mkdirSync(copy.data, { mode: 0o700 })
    copyFileSync(join(one.data, 'log.key'), join(copy.data, 'log.key'))
    expect(await copy.run(['ports'], options)).toMatchObject({ code: 0 })
  })
})

function declareOne(place: Workplace, name: string, port: number): Promise<Ran> {
  place.put(`${name}.portreeve.yaml`, portDocument(name, port))
  return place.run(['declare', `${name}.portreeve.yaml`])
}

/** Declares, scans, closes; what the book says afterwards, without what differs between any two books. */
async function tellStory(place: Workplace, options: { env?: Record<string, string> }): Promise<unknown> {
  // Names on which a linguistic order and the order of bytes differ.
  const hosts = ['db-1', 'DB-2', 'a.b', 'a-b', 'a_b', 'Z', '10.0.3.7', '2.example.com']
  const documents = hosts.map((host, n) => portDocument(`p-${n}`, 5000 + n, { host }))
  place.put('portreeve.yaml', documents.join('---\n'))
  place.put('scan.xml', nmapXml({ at: 1_767_225_600, open: [5432, 6379] }))
  for (const args of [
    ['declare', '.'],
    ['scan', '--record', '--vantage', 'lan', 'scan.xml'],
    ['close', 'p-3', '--reason', 'gone'],
  ]) {
    expect(await place.run(args, options)).toMatchObject({ code: 0 })
  }
  const listed = async (...args: string[]): Promise<unknown[]> => {
    const { ports } = PortsReport.parse(await place.json(['ports', '--json', ...args], options))
    return ports.map((port) => comparable(place, port))
  }
  const log = (await place.json(['log', 'list', '--json'], options)) as {
    entries: { index: number; type: string; summary: string }[]
  }
  return {
    byId: await listed(),
    byOwner: await listed('--sort', 'owner', '--order', 'desc'),
    bySeverity: await listed('--sort', 'severity'),
    found: await listed('--search', 'b'),
    log: log.entries.map(({ index, type, summary }) => [index, type, summary.replaceAll(place.folder, '')]),
    check: (await place.run(['check'], options)).code,
  }
}

function comparable(place: Workplace, { id, record, observed, owner, sources, findings }: PortView): unknown {
  return {
    id,
    record,
    observed,
    owner,
    sources: sources.map((source) => source.replace(place.folder, '')),
    findings: findings.map((finding) => `${finding.rule} ${finding.severity} ${finding.port}`),
  }
}
