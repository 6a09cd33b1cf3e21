import { describe, expect, test } from 'vitest'
import { NMAP_SCAN, readScan, runOf } from './nmap.fixture.ts'

test('a scan gives each host with its ports, and what was found closed', async () => {
  const { hosts, summary } = await readScan(NMAP_SCAN)
  expect(summary).toEqual({
    source: { name: 'scan.xml', kind: 'nmap-xml', vantage: 'lan', digest: null },
    at: '2026-11-23T17:00:19.000Z',
    complete: true,
    notes: ['1 host down, silent or without an address: of those ports nothing is known'],
  })
  expect(hosts.map(({ place }) => place)).toEqual([
    {
      kind: 'host',
      name: '10.0.3.7',
      identity: null,
      names: ['db-1.example.net'],
      addresses: ['10.0.3.7'],
      realm: 'default',
    },
    { kind: 'host', name: 'fd00::7', identity: null, names: [], addresses: ['fd00::7'], realm: 'default' },
  ])
  const [first, second] = hosts
  expect(
    first?.sightings.map(({ port, transport, state, service, detail }) => [
      `${port}/${transport}`,
      state,
      service,
      detail,
    ]),
  ).toEqual([
    ['22/tcp', 'open', { name: 'ssh', by: 'probed' }, 'OpenSSH 9.2p1 Debian 2'],
    ['25/tcp', 'closed', { name: 'smtp', by: 'guess' }, null],
    ['443/tcp', 'open', { name: 'http', by: 'probed' }, "Tom's <proxy> & co 1.0 over TLS"],
    ['5432/tcp', 'unknown', { name: 'postgresql', by: 'guess' }, 'filtered, no-response'],
    ['8461/tcp', 'open', null, null],
    ['53/udp', 'unknown', null, 'open|filtered, no-response'],
  ])
  expect(first?.sightings[0]).toMatchObject({
    net: 'net:1',
    address: '10.0.3.7',
    family: 'ipv4',
    span: { file: 'scan.xml', line: null },
  })
  expect(first?.absent).toEqual([
    {
      net: 'net:1',
      transport: 'tcp',
      ports: [
        { first: 25, last: 25 },
        { first: 80, last: 90 },
      ],
      addresses: ['10.0.3.7'],
    },
    { net: 'net:1', transport: 'udp', ports: [{ first: 54, last: 54 }], addresses: ['10.0.3.7'] },
  ])
  expect(second?.sightings[0]).toMatchObject({ address: 'fd00::7', family: 'ipv6', port: 80, state: 'open' })
})

describe('what absence proves', () => {
  const scaninfo = '<scaninfo type="syn" protocol="tcp" services="20-25,80"/>'
  const open22 = '<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/></port>'

  test('before output version 1.05: all that was asked for and not listed, where all of it was closed', async () => {
    const { hosts } = await readScan(
      runOf(`${scaninfo}${up(`<extraports state="closed" count="6"/>${open22}`)}`),
    )
    expect(hosts[0]?.absent[0]?.ports).toEqual([
      { first: 20, last: 21 },
      { first: 23, last: 25 },
      { first: 80, last: 80 },
    ])
  })

  test('nothing, where closed and silent ports are mixed and not told apart', async () => {
    const ports = '<extraports state="closed" count="3"/><extraports state="filtered" count="3"/>'
    expect((await readScan(runOf(`${scaninfo}${up(ports + open22)}`))).hosts[0]?.absent).toEqual([])
  })

  test('nothing, where all others are silent', async () => {
    const ports =
      '<extraports state="filtered" count="6"><extrareasons reason="no-response" proto="tcp" ports="20-21,23-25,80"/></extraports>'
    expect((await readScan(runOf(`${scaninfo}${up(ports + open22)}`))).hosts[0]?.absent).toEqual([])
  })

  test('nothing of ports, where IP protocols were scanned', async () => {
    const ports =
      '<extraports state="closed" count="9"><extrareasons reason="x" proto="ip" ports="1-9"/></extraports>'
    expect((await readScan(runOf(`${scaninfo}${up(ports)}`))).hosts[0]).toMatchObject({
      sightings: [],
      absent: [],
    })
  })
})

describe('hosts of which nothing is known are counted, not handed over', () => {
  const address = '<address addr="10.0.0.1" addrtype="ipv4"/>'
  const silent =
    '<ports><extraports state="filtered" count="9"/><port protocol="tcp" portid="22"><state state="filtered"/></port></ports>'
  test.each([
    ['down', `<host><status state="down" reason="no-response"/>${address}</host>`],
    ['only listed (-sL)', `<host><status state="unknown" reason="user-set"/>${address}</host>`],
    [
      'presumed up (-Pn) and never heard of',
      `<host><status state="up" reason="user-set"/>${address}${silent}</host>`,
    ],
    [
      'without an address',
      '<host><status state="up"/><address addr="02:42:ac:11:00:02" addrtype="mac"/></host>',
    ],
    [
      'with an address that is none',
      '<host><status state="up"/><address addr="../../etc" addrtype="ipv4"/></host>',
    ],
  ])('%s', async (_, host) => {
    const { hosts, summary } = await readScan(runOf(host))
    expect(hosts).toEqual([])
    expect(summary.notes[0]).toMatch(/^1 host down, silent or without an address/)
  })
})

test('the hint of a host is not a host', async () => {
  const hint =
    '<hosthint><status state="up" reason="arp-response"/><address addr="10.0.0.9" addrtype="ipv4"/></hosthint>'
  expect((await readScan(runOf(hint))).hosts).toEqual([])
})

test('hosts that nmap gave up on are said', async () => {
  const host =
    '<host timedout="true"><status state="up" reason="echo-reply"/><address addr="10.0.0.1" addrtype="ipv4"/></host>'
  const { hosts, summary } = await readScan(runOf(host))
  expect(hosts[0]?.absent).toEqual([])
  expect(summary.notes).toEqual(['nmap gave up on 1 host before all ports were tried'])
})

test('masscan is read: no status, a host for each answer, names that are no services, no exit', async () => {
  const { hosts, summary } = await readScan(
    `<?xml version="1.0"?>\r\n<!-- masscan v1.0 scan -->\r\n<nmaprun scanner="masscan" start="1795453203" version="1.0-BETA"  xmloutputversion="1.03">\r\n<scaninfo type="syn" protocol="tcp" />\r\n` +
      `<host endtime="1795453210"><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="443"><state state="open" reason="syn-ack" reason_ttl="53"/></port></ports></host>\r\n` +
      `<host endtime="1795453211"><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="443"><state state="open" reason="response" reason_ttl="53" /><service name="title" banner="x"></service></port></ports></host>\r\n` +
      `<runstats>\r\n<finished time="1795453212" timestr="2026-11-23 17:00:12" elapsed="9" />\r\n<hosts up="1" down="0" total="1" />\r\n</runstats>\r\n</nmaprun>\r\n`,
  )
  expect(summary).toMatchObject({ complete: true, at: '2026-11-23T17:00:12.000Z', notes: [] })
  expect(hosts.map(({ sightings, absent }) => [sightings[0]?.state, sightings[0]?.service, absent])).toEqual([
    ['open', null, []],
    ['open', null, []],
  ])
})

describe('a scan that broke off', () => {
  test('is not complete, says so, and is as of its last host', async () => {
    const { hosts, summary } = await readScan(NMAP_SCAN.slice(0, NMAP_SCAN.indexOf('<runstats>')))
    expect(hosts.length).toBe(2)
    expect(summary).toMatchObject({ complete: false, at: '2026-11-23T17:00:18.000Z' })
    expect(summary.notes[0]).toContain('broke off')
  })

  test('also where nmap itself says that it failed', async () => {
    expect(
      (await readScan(NMAP_SCAN.replace('exit="success"', 'exit="error" errormsg="x"'))).summary.complete,
    ).toBe(false)
  })

  test('without a host is as of its start', async () => {
    const { summary } = await readScan('<nmaprun start="1795453203" xmloutputversion="1.04">')
    expect(summary).toMatchObject({ complete: false, at: '2026-11-23T17:00:03.000Z' })
  })
})

test.each(['1.03', '1.04', '1.05', '1.06'])('output version %s is read', async (version) => {
  expect((await readScan(runOf('', version))).summary.complete).toBe(true)
})

function up(ports: string): string {
  return `<host><status state="up" reason="echo-reply"/><address addr="10.0.0.1" addrtype="ipv4"/><ports>${ports}</ports></host>`
}
