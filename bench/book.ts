// A measurement: pages, filters, search and bulk writing of a book of up to 1,000,000 ports on SQLite.
/**
 * Reads of the book on SQLite, as it grows to a million ports: `node bench/book.ts [ports…]`. One JSON line a
 * measure. The peer of the substring search is SQLite's own LIKE over the same rows.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../src/adapters/database/sqlite.ts'
import type { Store } from '../src/adapters/database/store.ts'
import type { PortFilter, PortSort } from '../src/registry/book.ts'
import {
  numberOf,
  ownerOf,
  placeName,
  PORTS_PER_PLACE,
  portsOf,
  putPorts,
  systemOf,
} from './generated-book.ts'

const RUNS = 15

const sizes = process.argv.slice(2).map(Number)
for (const ports of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) await measure(ports)

async function measure(ports: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const path = join(folder, 'book.sqlite')
  try {
    const store = await openSqlite(path)
    await measureBuild(store, ports)
    print(ports, 'bytes a port', statSync(path).size / ports, 'B')
    await measurePages(store, ports)
    await measureSearch(store, path, ports)
    await measureCounts(store, ports)
    await measureWrites(store, ports)
    await store.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measureBuild(store: Store, ports: number): Promise<void> {
  const start = performance.now()
  let put = 0
  await store.bulk(async (tx) => {
    await putPorts(tx, ports)
    put = performance.now() - start
  })
  print(ports, 'bulk put, rows', ports / (put / 1000), 'ports/s')
  print(ports, 'bulk put, with indexes', ports / ((performance.now() - start) / 1000), 'ports/s', {
    target: '>= 30000',
  })
}

async function measurePages(store: Store, ports: number): Promise<void> {
  const filters: Record<string, (run: number) => PortFilter> = {
    unfiltered: () => ({}),
    owner: (run) => ({ owner: ownerOf(run * 131) }),
    system: (run) => ({ system: systemOf(run * 31) }),
    place: (run) => ({ place: placeName((run * 7) % (ports / PORTS_PER_PLACE)) }),
    'observed open': () => ({ observed: 'open' }),
    'observed unknown': () => ({ observed: 'unknown' }),
    'documented none': () => ({ documented: 'none' }),
    'transport sctp': () => ({ transport: 'sctp' }),
    'transport and port': (run) => ({ transport: 'tcp', port: numberOf(run) }),
    'finding, a rule': () => ({ finding: 'drift.undeclared' }),
    'finding, a severity': () => ({ finding: 'high' }),
    'owner and finding': (run) => ({ owner: ownerOf(run * 131), finding: 'info' }),
    'owner and observed': (run) => ({ owner: ownerOf(run * 131), observed: 'open' }),
  }
  for (const [name, filter] of Object.entries(filters)) {
    print(ports, `page by ${name}`, await medianOf((run) => page(store, filter(run))), 'ms', {
      target: '<= 50',
    })
  }
  for (const by of ['port', 'owner', 'since', 'severity'] as const) {
    print(ports, `page sorted by ${by}`, await medianOf(() => page(store, {}, by, true)), 'ms', {
      target: '<= 50',
    })
    const observed = await medianOf(() => page(store, { observed: 'open' }, by, true))
    print(ports, `page of open ports sorted by ${by}`, observed, 'ms', { target: '<= 50' })
  }
  const { next } = await page(store, {})
  print(ports, 'second page', await medianOf(() => page(store, {}, 'id', false, next)), 'ms', {
    target: '<= 50',
  })
  print(ports, 'page as of an earlier entry', await medianOf(() => page(store, { asOf: 1 })), 'ms')
}

async function measureSearch(store: Store, path: string, ports: number): Promise<void> {
  const place = placeName(ports / PORTS_PER_PLACE - 1)
  const texts = {
    'one place, the last': place,
    'a tenth, all at the end': place.slice(0, -Math.log10(ports / 1000)),
    'one owner': ownerOf(777),
    'every tenth': 'postgres',
    'every port': 'net:1',
    'two characters, everywhere': 'ht',
    'two characters, nowhere': 'q~',
    nothing: 'no such text',
    'nothing, of common parts': 'netnetnet',
  }
  const like = new DatabaseSync(path, { readOnly: true })
  const scan = like.prepare(
    "SELECT * FROM port WHERE to_index IS NULL AND search LIKE ? ESCAPE '\\' ORDER BY id LIMIT 101",
  )
  for (const [name, text] of Object.entries(texts)) {
    const value = await medianOf(() => page(store, { text }))
    const peerValue = await medianOf(async () => scan.all(`%${text}%`), 3)
    const peer = { peer: 'SQLite LIKE', peerValue: round(peerValue), ratio: round(peerValue / value) }
    print(ports, `search: ${name}`, value, 'ms', { target: '<= 300', ...peer })
  }
  like.close()
}

async function measureCounts(store: Store, ports: number): Promise<void> {
  const counted = { unfiltered: {}, 'open ports': { observed: 'open' }, text: { text: 'postgres' } } as const
  for (const [name, filter] of Object.entries(counted)) {
    print(
      ports,
      `count to 10,000, ${name}`,
      await medianOf(() => store.read.countPorts(filter, 10_000)),
      'ms',
    )
  }
  for (const facet of [
    'owner',
    'system',
    'place',
    'observed',
    'documented',
    'transport',
    'finding',
  ] as const) {
    print(ports, `facet by ${facet}`, await medianOf(() => store.read.facet(facet, {}, 50), 5), 'ms')
  }
  const open = await medianOf(() => store.read.facet('owner', { observed: 'open' }, 50), 3)
  print(ports, 'facet by owner, of open ports', open, 'ms')
}

async function measureWrites(store: Store, ports: number): Promise<void> {
  let index = 10
  const value = await medianOf(async () => {
    index += 1
    const rows = portsOf(index).map((row) => ({ ...row, fromIndex: index, observed: 'closed' as const }))
    await store.transact((tx) => tx.putPorts(rows))
  })
  print(ports, 'a transaction that changes 100 ports', value, 'ms')
}

function page(
  store: Store,
  filter: PortFilter,
  by: PortSort = 'id',
  descending = false,
  cursor: string | null = null,
) {
  return store.read.ports(filter, { by, descending }, { limit: 100, cursor })
}

async function medianOf(work: (run: number) => Promise<unknown>, runs = RUNS): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now()
    await work(run)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN
}

function print(ports: number, name: string, value: number, unit: string, more: object = {}): void {
  console.log(
    JSON.stringify({
      name: `book of ${ports.toLocaleString('en')}: ${name}`,
      value: round(value),
      unit,
      ...more,
    }),
  )
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
