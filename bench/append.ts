// A measurement: durable appends by 64 callers and by one, on both engines.
/**
 * `node bench/append.ts [sqlite|postgres]`: entries of about 400 bytes that fold to nothing, through the book's one
 * writer as actions use it, acknowledged when they are on the disk. The peers are the machine's own limit in the same
 * run: a loop of write and fdatasync, and pgbench inserts of rows of that size by as many clients. Medians of three
 * runs of each, in turns with the peer.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { openBook, type Book } from '../src/actions/book.ts'
import { entryDraft } from '../src/actions/draft.ts'
import { draftId } from '../src/ledger/log.ts'
import type { Draft } from '../src/model/entry.ts'
import { openEnvironment } from '../src/wiring/environment.ts'
import { readSettings } from '../src/wiring/settings.ts'
import { startPostgres } from '../test/support/postgres.ts'

const CALLERS = 64
const RUNS = 3
const SECONDS = Number(process.env['PORTREEVE_BENCH_SECONDS'] ?? 4)
const TEXT = 'the invoices of every customer are written here by the billing system of the company '

const wanted = process.argv.slice(2)
if (wanted.length === 0 || wanted.includes('sqlite')) await onSqlite()
if (wanted.length === 0 || wanted.includes('postgres')) await onPostgres()

async function onSqlite(): Promise<void> {
  for (const callers of [CALLERS, 1]) {
    const { measured, peerValue } = await inTurns(() => appendRate(callers, null), syncRate)
    print('SQLite', callers, measured, callers === 1 ? '>= 400' : '>= 15000', {
      peer: 'write and fdatasync of 512 bytes',
      peerValue,
    })
  }
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres()
  try {
    for (const callers of [CALLERS, 1]) {
      const { measured, peerValue } = await inTurns(
        async () => appendRate(callers, await server.createDatabase()),
        async () => insertRate(await server.createDatabase(), callers),
      )
      print('PostgreSQL', callers, measured, callers === 1 ? '>= 400' : '>= 10000', {
        peer: 'pgbench, one insert a transaction',
        peerValue,
      })
    }
  } finally {
    await server.stop()
  }
}

interface Measured {
  /** Acknowledged entries a second by the clock. */
  readonly rate: number
  /** Of this process, for each entry; the database server's is its own. */
  readonly cpuMicroseconds: number
  readonly p99Ms: number
}

/** The run and the peer's value in the middle, of a few in turns: a busy moment of the machine slows both. */
async function inTurns(
  run: () => Promise<Measured>,
  peer: () => number | Promise<number>,
): Promise<{ measured: Measured; peerValue: number }> {
  const runs: Measured[] = []
  const peers: number[] = []
  for (let n = 0; n < RUNS; n++) {
    peers.push(await peer())
    runs.push(await run())
  }
  runs.sort((a, b) => a.rate - b.rate)
  peers.sort((a, b) => a - b)
  const middle = Math.floor(RUNS / 2)
  return { measured: runs[middle]!, peerValue: peers[middle]! }
}

async function appendRate(callers: number, database: string | null): Promise<Measured> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const env = await openEnvironment(
    await readSettings({ data, ...(database === null ? {} : { database }) }, {}),
    { readOnly: false },
  )
  try {
    const book = await openBook(env, 'portreeve/bench')
    await append(book, env.random, callers, 1)
    const cpu = process.cpuUsage()
    const began = performance.now()
    const waits = await append(book, env.random, callers, SECONDS)
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpu)
    await book.close()
    waits.sort((a, b) => a - b)
    return {
      rate: waits.length / seconds,
      cpuMicroseconds: (user + system) / waits.length,
      p99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0,
    }
  } finally {
    await env.store.close()
    rmSync(data, { recursive: true })
  }
}

type Random = (bytes: number) => Uint8Array

/** Each caller waits for its entry before it asks for the next. */
async function append(book: Book, random: Random, callers: number, seconds: number): Promise<number[]> {
  const waits: number[] = []
  const until = performance.now() + seconds * 1000
  const caller = async () => {
    for (let n = 0; performance.now() < until; n++) {
      const began = performance.now()
      await book.append(async () => [draftOf(n, random)])
      waits.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return waits
}

function draftOf(n: number, random: Random): Draft {
  const body = {
    act: 'measure',
    n,
    place: 'db-1',
    source: 'bench',
    text: TEXT,
    what: 'a record of the bench',
  }
  const at = new Date().toISOString()
  return entryDraft({ id: draftId(random), type: 'incident', at, body, more: false })
}

/** Serial, so it is the limit of one caller; a batch may share one. */
function syncRate(): number {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const file = openSync(join(folder, 'raw'), 'w')
  const block = randomBytes(512)
  const began = performance.now()
  let writes = 0
  for (; performance.now() - began < 1500; writes++) {
    writeSync(file, block)
    fdatasyncSync(file)
  }
  const rate = writes / ((performance.now() - began) / 1000)
  closeSync(file)
  rmSync(folder, { recursive: true })
  return rate
}

function insertRate(url: string, clients: number): number {
  const newest = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))[0] ?? ''
  const bin = (name: string) => join('/usr/lib/postgresql', newest, 'bin', name)
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const script = join(folder, 'insert.sql')
  writeFileSync(script, `INSERT INTO raw (leaf) VALUES (repeat('x', 400));\n`)
  const table = 'CREATE TABLE raw (id bigserial PRIMARY KEY, leaf text NOT NULL)'
  spawnSync(bin('psql'), ['-d', url, '-qc', table])
  const jobs = String(Math.min(clients, cpus().length))
  const args = ['-n', '-M', 'prepared', '-c', String(clients), '-j', jobs, '-T', '3', '-f', script, url]
  const { stdout, stderr } = spawnSync(bin('pgbench'), args, { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`pgbench: ${stderr}`)
  return Number(rate)
}

function print(
  engine: string,
  callers: number,
  { rate, cpuMicroseconds, p99Ms }: Measured,
  target: string,
  { peer, peerValue }: { peer: string; peerValue: number },
): void {
  const who = callers === 1 ? 'one serial caller' : `${callers} callers`
  const load = (loadavg()[0] ?? 0).toFixed(1)
  const rows = [
    {
      name: `${engine}, ${who} (load ${load})`,
      value: rate,
      unit: 'entries/s',
      target,
      peer,
      peerValue,
      ratio: rate / peerValue,
    },
    {
      name: `${engine}, ${who}: processor time of this process`,
      value: cpuMicroseconds,
      unit: 'µs an entry',
    },
    { name: `${engine}, ${who}: wait, 99th percentile`, value: p99Ms, unit: 'ms' },
  ]
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
}
