// A measurement: reading nmap's XML, against ndiff, which comes with nmap, and saxes, the strict parser of JavaScript.
/**
 * Each run is a process of its own, so that nothing is warm for one and cold for the other, and its memory is its own.
 * The rates count the processor time of the whole process, its start and its helper threads included: other work on
 * the machine lengthens that less than wall time. The readers take turns.
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Versions, writeScan } from './nmap-scan.ts'

const HOSTS = 65_000
const RUNS = 5
const NDIFF_RUNS = 3
/** ndiff holds both of its files in memory; of smaller ones its start would be a large part, of larger ones it is slower. */
const NDIFF_HOSTS = 8000

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
    const slice = join(folder, 'slice.xml')
    const ndiff = { file: slice, bytes: writeScan(slice, NDIFF_HOSTS) }
    const scan = join(folder, 'scan.xml')
    for (const hosts of [HOSTS / 100, HOSTS / 10]) compare(`${hosts}-hosts`, scan, hosts, 'usual', null)
    compare(`${HOSTS}-hosts-distinct`, scan, HOSTS, 'distinct', null)
    compare(`${HOSTS}-hosts`, scan, HOSTS, 'usual', ndiff)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Slice {
  readonly file: string
  readonly bytes: number
}

/** With targets only where ndiff is named: a short scan is mostly the start of the process. */
function compare(scan: string, file: string, hosts: number, versions: Versions, ndiff: Slice | null): void {
  const bytes = writeScan(file, hosts, versions)
  const ndiffs: number[] = []
  const runs = Array.from({ length: RUNS }, (_, n) => {
    if (ndiff !== null && n < NDIFF_RUNS) ndiffs.push(ndiffSeconds(ndiff.file))
    return { ours: start('ours', file), saxes: start('saxes', file) }
  })
  for (const { ours, saxes } of runs) requireSame(ours.counts, saxes.counts)
  const rate = (of: Reader) => bytes / 1e6 / median(runs.map((run) => run[of].seconds))
  const memory = (of: Reader) => Math.max(...runs.map((run) => run[of].megabytes))
  const name = `nmap.read.${scan}`
  const targets = ndiff !== null
  printAgainst(`${name}.saxes`, 'MB/s', targets ? '>= 2 x' : null, 'saxes', rate('ours'), rate('saxes'))
  // Both of the files that ndiff compares count: it reads both.
  if (ndiff !== null)
    printAgainst(
      `${name}.ndiff`,
      'MB/s',
      '>= 10 x',
      'ndiff',
      rate('ours'),
      (2 * ndiff.bytes) / 1e6 / median(ndiffs),
    )
  printAgainst(`${name}.memory`, 'MB', '<= 150', 'saxes', memory('ours'), memory('saxes'))
}

function printAgainst(
  name: string,
  unit: string,
  target: string | null,
  peer: string,
  value: number,
  peerValue: number,
): void {
  print({
    name,
    value: round(value),
    unit,
    target,
    peer,
    peerValue: round(peerValue),
    ratio: round(value / peerValue),
  })
}

function ndiffSeconds(file: string): number {
  const times = execFileSync('bash', ['-c', 'ndiff "$0" "$0" > /dev/null && times', file], {
    encoding: 'utf8',
  })
  return processorTime(times.split('\n')[1] ?? '')
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
  const counts = await (reader === 'ours' ? readOurs(file) : readSaxes(file))
  const { user, system } = process.cpuUsage()
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
  const { readNmap } = await import('../src/discovery/nmap.ts')
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
  const { SaxesParser } = await import('saxes')
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
