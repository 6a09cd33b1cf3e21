import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { PortsReport, ScanReport } from '../../src/api/views.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { finishedNmapXml, MANIFESTS, nmapHost, nmapXml, SS_TEXT, wideNmapXml } from '../support/scans.ts'
import { startServer } from '../support/server.ts'

const SHARED = process.env['PORTREEVE_SHARED'] ?? '../shared'
const COMPOSE = join(process.cwd(), SHARED, 'conformance/compose')

/** The members of a port in the interface's description; more may be there, none may be missing. */
const MEMBERS = [
  'id',
  'record',
  'service',
  'host',
  'workload',
  'transport',
  'address',
  'family',
  'port',
  'process',
  'reach',
]
const STATES = ['observed', 'documented', 'approval', 'enforcement', 'opened', 'findings']

/** One JSON document, of exactly the shape that the API describes. */
async function scan(place: Workplace, args: readonly string[], input?: string): Promise<ScanReport> {
  const raw = await place.json(['scan', '--json', ...args], input === undefined ? {} : { input })
  const report = ScanReport.parse(raw)
  expect(raw).toEqual(report)
  for (const port of report.ports)
    expect(Object.keys(port)).toEqual(expect.arrayContaining([...MEMBERS, ...STATES]))
  expect(new Set(report.ports.map(({ id }) => id)).size).toBe(report.ports.length)
  return report
}

describe('scan', { timeout: 120_000 }, () => {
  test.skipIf(process.platform !== 'linux')('without a path lists what listens on this host', async () => {
    const report = await scan(workplace(), [])
    expect(report.sources.map(({ kind }) => kind)).toEqual(['linux-host'])
    expect(report.sources[0]?.vantage).toBe('on-host')
    for (const port of report.ports)
      expect(port).toMatchObject({ documented: 'none', approval: 'none', findings: [] })
    // A folded UDP client stands for no port of its own.
    const ports = report.ports.filter(({ port }) => port !== 0)
    expect(ports.filter(({ reach }) => reach === null || reach.accessible.length === 0)).toEqual([])
  })

  test('of a folder reads whatever formats are recognised there, and names the rest', async () => {
    const place = workplace()
    place.put('shop/compose.yaml', 'services:\n  web:\n    image: x\n    ports: ["8080:80"]\n')
    place.put('manifests.yaml', MANIFESTS)
    place.put('db-2.ss', SS_TEXT)
    place.put('scan.xml', nmapXml({ at: 1_767_225_600, open: [5432] }))
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    place.put('notes.txt', 'buy milk')
    place.put('broken/compose.yaml', 'services: [')
    const report = await scan(place, ['.', '--vantage', 'office-lan'])
    expect(report.sources.map(({ kind }) => kind).toSorted()).toEqual([
      'compose',
      'kubernetes',
      'nmap-xml',
      'ss-text',
    ])
    expect(report.sources.find(({ kind }) => kind === 'nmap-xml')).toMatchObject({
      vantage: 'office-lan',
      complete: true,
    })
    for (const source of report.sources) expect(source.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(report.files).toMatchObject({
      unrecognised: ['notes.txt'],
      unreadable: [{ path: 'broken/compose.yaml' }],
    })
    const numbers = report.ports.map(({ place: at, port, observed }) => `${at} ${port} ${observed}`)
    expect(numbers).toEqual(
      expect.arrayContaining([
        'shop 8080 unknown',
        'db-2 9090 open',
        'db-2 53 open',
        '10.0.3.7 5432 open',
        'db-1 5432 unknown',
      ]),
    )
    expect(report.ports.find(({ record }) => record === 'db')).toMatchObject({
      owner: 'team/billing',
      documented: 'documented',
    })
  })

  test('reads standard input, and a named format over a recognised one', async () => {
    const place = workplace()
    expect(
      (await scan(place, ['-'], SS_TEXT)).ports.map(({ port }) => port).toSorted((a, b) => a - b),
    ).toEqual([53, 6379, 9090])
    const report = await scan(
      place,
      ['-', '--vantage', 'lan'],
      nmapXml({ at: 1_767_225_600, open: [5432, 6379] }),
    )
    expect(report.ports.map(({ port, observed }) => [port, observed])).toEqual([
      [5432, 'open'],
      [6379, 'open'],
    ])
    expectRefusal(
      await place.run(['scan', '-', '--as', 'pcap'], { input: SS_TEXT }),
      /"pcap" is not a format/,
      /nmap-xml/,
    )
  })

  test('of an nmap scan needs the place it was made from', async () => {
    const place = workplace()
    place.put('scan.xml', nmapXml({ at: 1_767_225_600, open: [5432] }))
    const [read, recorded] = [
      await place.run(['scan', 'scan.xml']),
      await place.run(['scan', '--record', 'scan.xml']),
    ]
    expectRefusal(read, /scan\.xml is a scan/, /--vantage/)
    expect({ code: recorded.code, out: recorded.out }).toEqual({ code: 2, out: '' })
  })

  test('shows people a table, and what could not be read beside it', async () => {
    const place = workplace()
    place.put('db-2.ss', SS_TEXT)
    place.put('broken/compose.yaml', 'services: [')
    const { code, out, err } = await place.run(['scan', '.'])
    expect(code).toBe(0)
    expect(out).toMatch(/^PORT +SERVICE +PROCESS/)
    expect(out).toContain('redis-server')
    expect(err).toMatch(
      /^portreeve: warning: broken\/compose\.yaml could not be read: .*broken\/compose\.yaml:1:\d+: /m,
    )
    expect(out + err).not.toContain('\u001B')
  })

  test.skipIf(!existsSync(COMPOSE))(
    'of the conformance Compose files finds their 67 published ports',
    async () => {
      const report = await scan(workplace(), [COMPOSE])
      const published = report.ports.filter(({ flags }) => !flags.includes('internal'))
      expect(published).toHaveLength(67)
      expect(new Set(published.map(({ address }) => address))).toEqual(new Set(['*']))
      expect(report.files).toMatchObject({ read: 39, unreadable: [] })
    },
  )
})

describe('scan --record', { timeout: 120_000 }, () => {
  test('writes a scan to the book once; only a later complete scan closes a port', async () => {
    const place = workplace()
    const first = nmapXml({ at: hour(0), open: [5432, 6379] })
    expect(await record(place, first)).toMatchObject({ places: 1, opened: 2, closed: 0, changed: 0 })
    expect(await openPorts(place)).toEqual([5432, 6379])

    expect(await record(place, first)).toMatchObject({ opened: 0, closed: 0, changed: 0 })
    expect(await record(place, nmapXml({ at: hour(1), open: [5432], finished: false }))).toMatchObject({
      closed: 0,
    })
    expect(await openPorts(place)).toEqual([5432, 6379])

    expect(await record(place, nmapXml({ at: hour(2), open: [5432] }))).toMatchObject({ closed: 1 })
    expect(await openPorts(place)).toEqual([5432])
    expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
  })

  test('gives the time that the scan says, not that of the reading', async () => {
    const place = workplace()
    await record(place, nmapXml({ at: hour(0), open: [5432] }))
    const { ports } = PortsReport.parse(await place.json(['ports', '--json']))
    expect(ports.map(({ opened }) => opened)).toMatchObject([
      { notBefore: null, notAfter: '2026-01-01T00:00:06.000Z' },
    ])
  })

  test('of standard input leaves nothing out, whoever writes the book', async () => {
    const place = workplace()
    const recorded = () => scan(place, ['--record', '--vantage', 'lan', '-'], wideNmapXml(1000))
    expect((await recorded()).recorded).toMatchObject({ places: 1000, opened: 1000, closed: 0 })
    const server = await startServer(place, ['--observe', '0'])
    const again = await recorded()
    expect(again.recorded).toMatchObject({ places: 1000, opened: 0, closed: 0 })
    expect(again.sources).toMatchObject([{ name: 'nmap:lan', vantage: 'lan', complete: true }])
    expect(await server.get('/api/v1/ports?limit=1')).toMatchObject({ total: { count: 1000 } })
  })

  test('takes a host whose open and closed ports alternate, and hosts with many long names', async () => {
    const place = workplace()
    const ports = Array.from({ length: 20_000 }, (_, n) => [n + 1, n % 2 === 0 ? 'open' : 'closed'] as const)
    const named = Array.from({ length: 64 }, (_, n) =>
      nmapHost(
        `10.0.1.${n}`,
        [[80, 'open']],
        Array.from({ length: 64 }, (_, k) => `h${n}-${k}.${'x'.repeat(200)}`),
      ),
    )
    const hosts = [nmapHost('10.0.0.1', ports, ['y'.repeat(60_000)]), ...named]
    expect(await record(place, finishedNmapXml('1-20000', hosts))).toMatchObject({
      places: 65,
      opened: 10_064,
    })
    expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
  })

  test('of a folder names a broken scan and records the others', async () => {
    const place = workplace()
    place.put('a.xml', nmapXml({ at: hour(0), open: [5432] }))
    place.put(
      'b.xml',
      nmapXml({ at: hour(0), open: [6379] }).replace('<!DOCTYPE nmaprun>', '<!DOCTYPE x [<!ENTITY x "y">]>'),
    )
    const args = ['--vantage', 'lan', '.']
    const reports = [await scan(place, args), await scan(place, ['--record', ...args])]
    for (const { files } of reports)
      expect(files.unreadable).toMatchObject([{ reason: expect.stringContaining('b.xml:2:') as string }])
    expect(await openPorts(place)).toEqual([5432])
  })

  test('of two files keeps their sources apart', async () => {
    const place = workplace()
    place.put('db-2.ss', SS_TEXT)
    place.put('db-3.ss', SS_TEXT)
    await scan(place, ['--record', '.'])
    const { sources, ports } = PortsReport.parse(await place.json(['ports', '--json']))
    expect(sources.map(({ name }) => name)).toEqual([
      join(place.folder, 'db-2.ss'),
      join(place.folder, 'db-3.ss'),
    ])
    expect(ports).toHaveLength(6)
  })
})

/** Seconds since 1970, as nmap writes them. */
function hour(n: number): number {
  return 1_767_225_600 + n * 3600
}

async function record(place: Workplace, xml: string): Promise<ScanReport['recorded']> {
  place.put('scan.xml', xml)
  const report = await scan(place, ['--record', '--vantage', 'office-lan', 'scan.xml'])
  return report.recorded
}

async function openPorts(place: Workplace): Promise<number[]> {
  const report = PortsReport.parse(await place.json(['ports', '--json']))
  return report.ports.filter(({ observed }) => observed === 'open').map(({ port }) => port)
}
