/**
 * Reading nmap's XML against ndiff, which comes with nmap, and saxes, the strict parser of JavaScript. Each run is a
 * process of its own, so that nothing is warm for one and cold for the other, and its memory is its own; the rates
 * count processor time, which other work on the machine does not lengthen as it does wall time.
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { readNmap } from '../src/discovery/nmap.ts'
import { writeScan } from './nmap-scan.ts'

const HOSTS = 65_000
const RUNS = 5
const NDIFF_RUNS = 3
/** ndiff holds both of its files in memory. */
const NDIFF_HOSTS = 2000

type Reader = 'ours' | 'saxes'
interface Run {
  readonly seconds: number
  readonly megabytes: number
  readonly counts: Counts
}

const [, , reader, path] = process.argv
if ((reader === 'ours' || reader === 'saxes') && path !== undefined) await read(reader, path)
else bench()

function bench(): void {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-nmap-'))
  try {
    const ndiff = ndiffRate(join(folder, 'slice.xml'))
    for (const hosts of [HOSTS / 100, HOSTS / 10, HOSTS]) compare(join(folder, 'scan.xml'), hosts, ndiff)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function compare(file: string, hosts: number, ndiff: number): void {
  const bytes = writeScan(file, hosts)
  const runs = Array.from({ length: RUNS }, () => ({
    ours: start('ours', file),
    saxes: start('saxes', file),
  }))
  for (const { ours, saxes } of runs) requireSame(ours.counts, saxes.counts)
  const rate = (of: Reader) => round(bytes / 1e6 / median(runs.map((run) => run[of].seconds)))
  const value = rate('ours')
  const name = `nmap.read.${hosts}-hosts`
  // A short scan is mostly the start of the process: no target, but how the cost grows.
  const targets = hosts === HOSTS
  const against = (peer: string, peerValue: number, times: number) => ({
    name: `${name}.${peer}`,
    value,
    unit: 'MB/s',
    target: targets ? round(times * peerValue) : null,
    peer,
    peerValue,
    ratio: round(value / peerValue),
  })
  print(against('saxes', rate('saxes'), 2))
  print(against('ndiff', ndiff, 10))
  const memory = Math.max(...runs.map(({ ours }) => ours.megabytes))
  const peerMemory = Math.max(...runs.map(({ saxes }) => saxes.megabytes))
  print({
    name: `${name}.memory`,
    value: memory,
    unit: 'MB',
    target: 150,
    peer: 'saxes',
    peerValue: peerMemory,
    ratio: round(memory / peerMemory),
  })
}

/** Both of the files that ndiff compares count: it reads both. */
function ndiffRate(file: string): number {
  const bytes = writeScan(file, NDIFF_HOSTS)
  const seconds = Array.from({ length: NDIFF_RUNS }, () => {
    const times = execFileSync('bash', ['-c', 'ndiff "$0" "$0" > /dev/null && times', file], {
      encoding: 'utf8',
    })
    return processorTime(times.split('\n')[1] ?? '')
  })
  return round((2 * bytes) / 1e6 / median(seconds))
}

/** `0m1.510s 0m0.080s`, user and system, of the shell's children. */
function processorTime(line: string): number {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)]
  return parts.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}

function start(reader: Reader, file: string): Run {
  return JSON.parse(
    execFileSync(process.execPath, [import.meta.filename, reader, file], { encoding: 'utf8' }),
  ) as Run
}

async function read(reader: Reader, file: string): Promise<void> {
  const before = process.cpuUsage()
  const counts = await (reader === 'ours' ? readOurs(file) : readSaxes(file))
  const { user, system } = process.cpuUsage(before)
  print({ seconds: (user + system) / 1e6, megabytes: round(process.resourceUsage().maxRSS / 1024), counts })
}

/** What both readers must have found. */
interface Counts {
  hosts: number
  open: number
  unknown: number
  readonly services: Record<string, number>
}

async function readOurs(file: string): Promise<Counts> {
  const counts: Counts = { hosts: 0, open: 0, unknown: 0, services: {} }
  await readNmap(createReadStream(file), { name: file, vantage: 'bench' }, ({ sightings }) => {
    counts.hosts++
    for (const { state, service } of sightings) {
      if (state === 'open') counts.open++
      else if (state === 'unknown') counts.unknown++
      if (service !== null) counts.services[service.name] = (counts.services[service.name] ?? 0) + 1
    }
  })
  return counts
}

/** What a reader on top of saxes has to gather too: each host's address, names and ports, handed over when it ends. */
interface SaxesHost {
  address: string
  readonly names: string[]
  readonly closed: string[]
  readonly ports: { transport: string; port: number; state: string; service: string | null; detail: string }[]
}

async function readSaxes(file: string): Promise<Counts> {
  const counts: Counts = { hosts: 0, open: 0, unknown: 0, services: {} }
  let host: SaxesHost = { address: '', names: [], closed: [], ports: [] }
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    const text = (attribute: string) => attributes[attribute] ?? ''
    const port = host.ports.at(-1)
    if (name === 'host') host = { address: '', names: [], closed: [], ports: [] }
    else if (name === 'address') host.address = text('addr')
    else if (name === 'hostname') host.names.push(text('name'))
    else if (name === 'extrareasons') host.closed.push(text('ports'))
    else if (name === 'port') {
      host.ports.push({
        transport: text('protocol'),
        port: Number(text('portid')),
        state: '',
        service: null,
        detail: '',
      })
    } else if (port !== undefined && name === 'state') port.state = text('state')
    else if (port !== undefined && name === 'service') {
      port.service = text('name')
      port.detail = `${text('product')} ${text('version')}`
    }
  })
  parser.on('closetag', ({ name }) => {
    if (name !== 'host') return
    counts.hosts++
    for (const { state, service } of host.ports) {
      counts[state === 'open' ? 'open' : 'unknown']++
      if (service !== null) counts.services[service] = (counts.services[service] ?? 0) + 1
    }
  })
  parser.on('error', (error) => {
    throw error
  })
  for await (const text of createReadStream(file, { encoding: 'utf8' })) parser.write(String(text))
  parser.close()
  return counts
}

function requireSame(ours: Counts, saxes: Counts): void {
  const [one, other] = [ours, saxes].map((counts) =>
    JSON.stringify({
      ...counts,
      services: Object.entries(counts.services).toSorted(([a], [b]) => a.localeCompare(b)),
    }),
  )
  if (one !== other) throw new Error(`the readers disagree: ${one} and ${other}`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
