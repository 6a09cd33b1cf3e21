// A measurement: the book as of a time against the same page of now, over 100,000 ports of five versions each.
/**
 * `node bench/as-of.ts [ports…]`; with PORTREEVE_DATABASE on PostgreSQL. One JSON line a measure; the peer of each is
 * the same question about now. Every port changed four times, so that the book holds four ended rows to each that holds.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgres } from '../src/adapters/database/postgres.ts'
import { openSqlite } from '../src/adapters/database/sqlite.ts'
import type { Store, StoreWrites } from '../src/adapters/database/store.ts'
import type { BookAt, FindingRow, PortFilter, PortRow } from '../src/registry/book.ts'
import { findingsOf, ownerOf, placeName, PORTS_PER_PLACE, portsOf, putPorts } from './generated-book.ts'

const RUNS = 7
const VERSIONS = 5
/** Places that are written at a time. */
const AT_ONCE = 50
/** Questions that every row answers. */
const WHOLE = /^(?:count|facet|page sorted)/
const BY_ID = { by: 'id', descending: false } as const
const FIRST = { limit: 100, cursor: null }

const database = process.env['PORTREEVE_DATABASE']
const sizes = process.argv.slice(2).map(Number)
for (const ports of sizes.length > 0 ? sizes : [100_000]) await measure(ports)

async function measure(ports: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const store =
    database === undefined ? await openSqlite(join(folder, 'book.sqlite')) : await openPostgres(database)
  try {
    await store.bulk((tx) => putHistory(tx, ports))
    const places = ports / PORTS_PER_PLACE
    const moments = { first: places - 1, middle: Math.floor(2.5 * places), newest: VERSIONS * places - 2 }
    for (const [name, index] of Object.entries(moments)) await measureAt(store, ports, name, index)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
}

/** All ports, then all of them changed, again and again; every fourth has a finding in every other version. */
async function putHistory(tx: StoreWrites, ports: number): Promise<void> {
  await putPorts(tx, ports)
  const places = ports / PORTS_PER_PLACE
  for (let version = 1; version < VERSIONS; version++)
    for (let first = 0; first < places; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, places - first) }, (_, at) => first + at)
      const rows = some.flatMap((place) => changed(portsOf(place), version, version * places + place))
      await tx.putPorts(rows)
      const found = rows.filter((_, n) => n % 4 === 0).map(changedFinding)
      if (version % 2 === 1) await tx.putFindings(found)
      else for (const row of found) await tx.endFindings([row.fingerprint], row.fromIndex)
    }
}

function changed(rows: readonly PortRow[], version: number, fromIndex: number): PortRow[] {
  return rows.map((row) => ({
    ...row,
    fromIndex,
    purpose: `${row.purpose ?? 'None known'}, version ${version}`,
  }))
}

function changedFinding(row: PortRow): FindingRow {
  const [finding] = findingsOf({ ...row, rules: ['drift.stale'], severity: 'low' })
  if (finding === undefined) throw new Error('a port with a rule has a finding')
  return finding
}

async function measureAt(store: Store, ports: number, moment: string, index: number): Promise<void> {
  const then = store.asOf(index)
  const [row] = (await then.ports({}, BY_ID, { limit: 1, cursor: null })).items
  if (row === undefined) throw new Error(`the book has no port as of ${index}`)
  const asked: Record<string, (read: BookAt) => Promise<unknown>> = {
    'page, with its findings': pageWithFindings,
    'page by owner': (read) => page(read, { owner: ownerOf(131) }),
    'page of a place': (read) => page(read, { place: placeName(7) }),
    'page by severity': (read) => page(read, { finding: 'high' }),
    'page sorted by severity': (read) => page(read, {}, 'severity'),
    'count to 10,000': (read) => read.countPorts({}, 10_000),
    'facet by owner': (read) => read.facet('owner', {}, 50),
    'one port': async (read) => [await read.port(row.id), await read.findings({ port: row.id }, FIRST)],
    'one port, by its record': (read) => page(read, { record: row.record ?? '' }),
    'ports of a place': (read) => read.portsAt(placeName(7)),
    'page of findings': (read) => read.findings({}, FIRST),
    'findings of a rule': (read) => read.findings({ rule: 'drift.undeclared' }, FIRST),
    'counts of findings': (read) => read.findingCounts(),
  }
  for (const [name, ask] of Object.entries(asked)) {
    const [value, peerValue] = [await medianOf(() => ask(then)), await medianOf(() => ask(store.read))]
    print({
      name: `${ports.toLocaleString('en')} ports, as of the ${moment} version: ${name}`,
      value: round(value),
      unit: 'ms',
      ...(WHOLE.test(name) ? {} : { target: '<= 100' }),
      peer: 'the same of now',
      peerValue: round(peerValue),
      ratio: round(peerValue / value),
    })
  }
}

/** What `ports` asks for. */
async function pageWithFindings(read: BookAt): Promise<void> {
  const { items } = await page(read, {})
  for (const { id, record } of items) {
    await read.findings({ port: id }, FIRST)
    if (record !== null) await read.findings({ record }, FIRST)
  }
}

function page(read: BookAt, filter: PortFilter, by: 'id' | 'severity' = 'id') {
  return read.ports(filter, { by, descending: by === 'severity' }, FIRST)
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
    // A question that takes seconds is not asked seven times.
    if ((times[0] ?? 0) > 2_000) break
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
