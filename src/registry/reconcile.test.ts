import { describe, expect, test } from 'vitest'

import { changedFindings, changedPorts } from './changed.ts'
import {
  binding,
  facts,
  owner,
  place,
  record,
  scan,
  sighting,
  sightingRow,
  source,
  T0,
  T1,
  T2,
} from './place.fixture.ts'
import { reconcilePlace } from './reconcile.ts'
import { silentSources } from './silence.ts'

const LATER = '2026-11-23T13:00:00.000Z'
const scanned = (
  address: string,
  port: number,
  values: Parameters<typeof sighting>[1] = {},
  since = { notBefore: null, notAfter: T1 },
) => sightingRow(sighting(port, { address, owners: [], ...values }), { source: 'scan.xml', since })
const pages = (values: Parameters<typeof facts>[0]) => reconcilePlace(facts(values)).ports

describe('a page of the book', () => {
  test('joins what the document says with who holds the socket', () => {
    const runs = sighting(5432, { service: { name: 'postgresql', by: 'guess' } })
    const [page] = pages({ records: [record('billing-db', [binding(5432)])], sightings: [sightingRow(runs)] })
    expect(page).toEqual({
      id: 'db-1/net:1/10.0.3.7:5432/tcp',
      place: 'db-1',
      host: 'db-1',
      workload: null,
      net: 'net:1',
      transport: 'tcp',
      address: '10.0.3.7',
      device: null,
      family: 'ipv4',
      port: 5432,
      last: 5432,
      service: { name: 'postgresql', by: 'declared' },
      processes: [owner()],
      record: 'billing-db',
      system: 'billing',
      owner: 'team/billing',
      environment: 'prod',
      purpose: 'The invoices of every customer',
      observed: 'open',
      documented: 'documented',
      approval: 'none',
      enforcement: 'none',
      since: { notBefore: T0, notAfter: T1 },
      flaps: null,
      flags: [],
      sources: ['linux-host:db-1'],
      rules: [],
      severity: null,
      fromIndex: 7,
      toIndex: null,
    })
  })

  test('is a draft while the document holds TODO', () => {
    expect(
      pages({
        records: [record('x', [binding(1)], { todos: ['spec.owner'] })],
        sightings: [sightingRow(sighting(1))],
      }),
    ).toMatchObject([{ documented: 'draft', rules: ['drift.document-todo'], severity: 'high' }])
  })

  test('carries the rules that found something on it, and the gravest severity', () => {
    const both = record('x', [binding(1)], { declaredAt: T2 })
    expect(pages({ records: [both], sightings: [sightingRow(sighting(1, { address: '*' }))] })).toMatchObject(
      [{ rules: ['drift.opened-before-declared', 'drift.wider-than-declared'], severity: 'high' }],
    )
  })
})

const pod = (workload: string) =>
  sightingRow(sighting(80, { net: workload, address: null, workload }), { source: 'k8s.yaml' })

describe('a declared port', () => {
  test('that nobody looked for is unknown; one that a complete pass did not see is closed', () => {
    const records = [record('billing-db', [binding(5432)])]
    expect(pages({ records, sources: [] })).toMatchObject([
      { id: 'db-1/net:1/10.0.3.7:5432/tcp', observed: 'unknown', since: null },
    ])
    expect(pages({ records })).toMatchObject([{ observed: 'closed', rules: ['drift.unseen'] }])
  })

  test('that closed keeps its page and says when', () => {
    const closed = sightingRow(sighting(5432, { address: '10.0.3.8', state: 'closed', owners: [] }), {
      since: { notBefore: T1, notAfter: T2 },
    })
    expect(
      pages({ records: [record('billing-db', [binding(5432, { address: '*' })])], sightings: [closed] }),
    ).toMatchObject([
      {
        id: 'db-1/net:1/10.0.3.8:5432/tcp',
        observed: 'closed',
        since: { notBefore: T1, notAfter: T2 },
        rules: ['drift.unseen'],
      },
    ])
  })

  test('and nobody declares any more has left the present', () => {
    expect(pages({ sightings: [sightingRow(sighting(5432, { state: 'closed' }))] })).toEqual([])
  })

  test('range is one page, unless ports in it are open', () => {
    const records = [record('pool', [binding(8000, { last: 8100 })])]
    expect(pages({ records })).toMatchObject([
      { id: 'db-1/net:1/10.0.3.7:8000-8100/tcp', port: 8000, last: 8100 },
    ])
    expect(
      pages({ records, sightings: [sightingRow(sighting(8001)), sightingRow(sighting(8050))] }),
    ).toMatchObject([
      { port: 8001, record: 'pool' },
      { port: 8050, record: 'pool' },
    ])
  })

  test.each(['shop/web', 'deployment/web', 'shop/deployment/web', 'web'])(
    'of the workload %s is matched by it and the number, wherever it runs',
    (workload) => {
      const shop = place({ id: 'prod/shop', kind: 'kubernetes' })
      const web = record('web', [binding(80, { address: '*' })], {
        placeKind: 'kubernetes',
        workload,
      })
      const sightings = [pod('shop/Deployment/web'), pod('shop/Deployment/otherweb')]
      const sources = [source({ source: 'k8s.yaml', kind: 'kubernetes', absent: [] })]
      expect(
        pages({ place: shop, records: [web], sightings, sources }).map((page) => [
          page.workload,
          page.record,
          page.observed,
        ]),
      ).toEqual([
        ['shop/Deployment/otherweb', null, 'unknown'],
        ['shop/Deployment/web', 'web', 'unknown'],
      ])
    },
  )
})

const closedAt = (notAfter: string) =>
  sightingRow(sighting(80, { state: 'closed', owners: [] }), { since: { notBefore: T0, notAfter } })

describe('a scan from outside', () => {
  const sources = [source(), scan('10.0.3.7')]

  test.each(['*', '0.0.0.0', '10.0.3.7', '::ffff:10.0.3.7'])(
    'belongs to the socket on %s that answers there',
    (address) => {
      const sightings = [
        sightingRow(sighting(80, { address })),
        scanned('10.0.3.7', 80, { service: { name: 'http', by: 'probed' } }),
      ]
      expect(pages({ sightings, sources })).toMatchObject([
        {
          address,
          sources: ['linux-host:db-1', 'scan.xml'],
          service: { name: 'http', by: 'probed' },
          processes: [owner()],
        },
      ])
    },
  )

  test.each(['::', '127.0.0.1', '10.0.3.8'])(
    'is a port of its own beside a socket on %s: NAT publishes without a socket',
    (address) => {
      expect(
        pages({ sightings: [sightingRow(sighting(80, { address })), scanned('10.0.3.7', 80)], sources }),
      ).toHaveLength(2)
    },
  )

  test('that came before the host closed the port is outdated; one that came after is not', () => {
    const before = [source(), scan('10.0.3.7', { lastPass: T1 })]
    expect(pages({ sightings: [closedAt(T2), scanned('10.0.3.7', 80)], sources: before })).toEqual([])
    expect(pages({ sightings: [closedAt(T0), scanned('10.0.3.7', 80)], sources: before })).toMatchObject([
      { observed: 'open' },
    ])
  })

  test('does not close what another vantage point sees open', () => {
    const inside = scan('10.0.3.7', { source: 'inside.xml', vantage: 'inside', lastPass: T0 })
    const sightings = [
      { ...scanned('10.0.3.7', 80), source: 'inside.xml' },
      scanned('10.0.3.7', 80, { state: 'closed' }),
    ]
    expect(pages({ sightings, sources: [scan('10.0.3.7'), inside] })).toMatchObject([{ observed: 'open' }])
  })

  test('came later, and the port has been open since the host first saw it so', () => {
    const sightings = [
      sightingRow(sighting(80)),
      scanned('10.0.3.7', 80, {}, { notBefore: null, notAfter: T2 }),
    ]
    expect(pages({ sightings, sources })[0]?.since).toEqual({ notBefore: T0, notAfter: T1 })
  })
})

describe('what has to be written', () => {
  const before = reconcilePlace(facts({ sightings: [sightingRow(sighting(80)), sightingRow(sighting(81))] }))

  test('is nothing where only the index moved', () => {
    const after = reconcilePlace(
      facts({ index: 8, sightings: [sightingRow(sighting(81)), sightingRow(sighting(80))] }),
    )
    expect(changedPorts(before.ports, after.ports)).toEqual({ add: [], put: [], end: [] })
    expect(changedFindings(before.findings, after.findings)).toEqual({ put: [], end: [] })
  })

  test('is what is new or says something else, and the end of what is gone', () => {
    const sightings = [
      sightingRow(sighting(80, { owners: [owner({ name: 'nginx' })] })),
      sightingRow(sighting(82)),
    ]
    const after = reconcilePlace(facts({ index: 8, sightings }))
    const ports = changedPorts(before.ports, after.ports)
    expect(ports.put.map((row) => [row.port, row.fromIndex])).toEqual([[80, 8]])
    expect(ports.add.map((row) => [row.port, row.fromIndex])).toEqual([[82, 8]])
    expect(ports.end).toEqual(['db-1/net:1/10.0.3.7:81/tcp'])
    const findings = changedFindings(before.findings, after.findings)
    expect(findings.put).toHaveLength(2)
    expect(findings.end).toEqual(
      before.findings.filter((row) => row.port?.includes(':81/')).map((row) => row.fingerprint),
    )
  })

  test('leaves findings alone that are derived elsewhere', () => {
    const silent = silentSources([source()], LATER, { index: 7 })
    expect(changedFindings(silent, [])).toEqual({ put: [], end: [] })
  })
})

describe('drift.collector-silent', () => {
  test('fires after two hours without a pass, with what that means', () => {
    expect(silentSources([source()], LATER, { index: 7 })).toMatchObject([
      {
        rule: 'drift.collector-silent',
        severity: 'medium',
        place: 'db-1',
        since: T2,
        text: expect.stringContaining(`has not reported on db-1 since ${T2}`),
      },
    ])
  })

  test('does not fire within the limit, for a source that was stopped, or for a file', () => {
    expect(silentSources([source()], '2026-11-23T12:00:10.000Z', { index: 7 })).toEqual([])
    expect(
      silentSources([source()], LATER, { index: 7, limits: new Map([['db-1', 4 * 3_600_000]]) }),
    ).toEqual([])
    expect(
      silentSources([source({ state: 'stopped' }), source({ state: 'once' })], LATER, { index: 7 }),
    ).toEqual([])
  })
})
