import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Sighting } from '../model/source.ts'
import { driftOf, type PlaceFacts } from './drift.ts'
import { reconcilePlace } from './reconcile.ts'
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

const billing = record('billing-db', [binding(5432)])
const seen = (port: number, values: Partial<Sighting> = {}) => sightingRow(sighting(port, values))
const rules = (values: Partial<PlaceFacts>) =>
  driftOf(facts(values))
    .map((finding) => finding.rule)
    .sort()

test('a place that is as declared has no drift', () => {
  expect(rules({ records: [billing], sightings: [seen(5432)] })).toEqual([])
})

describe('drift.undeclared', () => {
  test('says what, who opened it and since when', () => {
    const [finding] = driftOf(facts({ sightings: [seen(8080)] }))
    expect(finding).toMatchObject({
      rule: 'drift.undeclared',
      severity: 'high',
      port: 'db-1/net:1/10.0.3.7:8080/tcp',
      place: 'db-1',
      since: T1,
    })
    expect(finding?.text).toBe(
      `db-1 8080/tcp on 10.0.3.7 is open and no record declares it. Opened by postgres (pid 812, user postgres, unit postgresql.service) between ${T0} and ${T1}.`,
    )
    expect(finding?.hint).toContain('portreeve show db-1/net:1/10.0.3.7:8080/tcp')
  })

  test('is for information where it may be the socket of a client', () => {
    const client = seen(32_768, {
      transport: 'udp',
      last: 60_999,
      flags: ['aggregated', 'may-be-client'],
      count: 12,
    })
    const [finding] = driftOf(facts({ sightings: [client] }))
    expect(finding).toMatchObject({
      severity: 'info',
      text: expect.stringMatching(/^12 sockets: db-1 32768-60999\/udp .* it may be the socket of a client/),
    })
  })

  test.each([
    ['closed', [seen(80, { state: 'closed' })], undefined],
    ['open|filtered, which is unknown', [seen(80, { state: 'unknown' })], undefined],
    ['in a manifest, which listens to nothing', [seen(80)], [source({ kind: 'compose' })]],
    ['of a number that is not known yet', [seen(0, { flags: ['port-unknown'] })], undefined],
  ] as const)('does not fire for a port that is %s', (_, sightings, sources) => {
    expect(rules({ sightings, ...(sources && { sources }) })).toEqual([])
  })

  test('fires at the gate for what a manifest would open', () => {
    expect(
      rules({ sightings: [seen(80)], sources: [source({ kind: 'compose', absent: [] })], basis: 'gate' }),
    ).toEqual(['drift.undeclared'])
  })

  test.each([
    ['another transport', binding(5432, { transport: 'udp' })],
    ['another number', binding(5431)],
    ['another address', binding(5432, { address: '10.0.3.8' })],
    ['the other family', binding(5432, { address: '::' })],
    ['a device it is not bound to', binding(5432, { device: 'eth1' })],
  ])('fires beside a record of %s', (_, declared) => {
    const bound = seen(5432, { device: 'eth0' })
    expect(rules({ records: [record('other', [declared])], sightings: [bound] })).toContain(
      'drift.undeclared',
    )
  })

  test('fires in a container, whatever the host declares; a record of that unit covers it', () => {
    const inside = seen(5432, {
      net: 'net:2',
      owners: [owner({ unit: 'shop.service', container: 'c0ffee'.repeat(10) })],
    })
    expect(rules({ records: [billing], sightings: [seen(5432), inside] })).toEqual(['drift.undeclared'])
    for (const workload of ['shop.service', 'c0ffeec0ffee']) {
      expect(
        rules({
          records: [billing, record('shop', [binding(5432)], { workload })],
          sightings: [seen(5432), inside],
        }),
      ).toEqual([])
    }
  })

  test('never hands on control characters that a process has in its name', () => {
    const [finding] = driftOf(
      facts({ sightings: [seen(80, { owners: [owner({ name: '\u001b[2Jsshd' })] })] }),
    )
    expect(finding?.text).toContain('\u{fffd}[2Jsshd')
  })
})

describe('drift.unseen', () => {
  test('names the pass that covered the port and did not see it', () => {
    const [finding] = driftOf(facts({ records: [billing] }))
    expect(finding).toMatchObject({
      rule: 'drift.unseen',
      severity: 'medium',
      record: 'billing-db',
      port: 'db-1/net:1/10.0.3.7:5432/tcp',
    })
    expect(finding?.text).toBe(
      `billing-db declares db-1 5432/tcp on 10.0.3.7; the complete pass of linux-host:db-1 at ${T2} did not see it open.`,
    )
  })

  test.each([
    ['no pass was complete', [source({ lastComplete: null })]],
    ['a truncated scan proves nothing', [source({ absent: [] })]],
    ['the scan looked at another address', [scan('10.9.9.9')]],
    ['nobody looked', []],
    ['a manifest does not list it', [source({ kind: 'compose' })]],
  ])('does not fire where %s', (_, sources) => expect(rules({ records: [billing], sources })).toEqual([]))

  test('does not fire for a range of which one port is open, nor where the port is unknown', () => {
    expect(
      rules({ records: [record('pool', [binding(8000, { last: 8100 })])], sightings: [seen(8050)] }),
    ).toEqual([])
    expect(rules({ records: [billing], sightings: [seen(5432, { state: 'unknown' })] })).toEqual([])
  })

  test('fires for every binding of a record on its own', () => {
    expect(rules({ records: [record('two', [binding(1), binding(2)])], sightings: [seen(1)] })).toEqual([
      'drift.unseen',
    ])
  })
})

describe('drift.wider-than-declared', () => {
  test.each([
    ['10.0.3.7', '*', true],
    ['10.0.3.7', '0.0.0.0', true],
    ['0.0.0.0', '*', true],
    ['::', '*', true],
    ['fd00::1', '::', true],
    ['*', '*', false],
    ['*', '0.0.0.0', false],
    ['0.0.0.0', '10.0.3.7', false],
    ['::', 'fd00::1', false],
    ['10.0.3.7', '::ffff:10.0.3.7', false],
  ])('declared %s, seen on %s: %s', (declared, address, wider) => {
    const found = rules({
      records: [record('web', [binding(80, { address: declared })])],
      sightings: [seen(80, { address })],
    })
    expect(found).toEqual(wider ? ['drift.wider-than-declared'] : [])
  })

  test('says what was declared and what was seen', () => {
    const [finding] = driftOf(facts({ records: [billing], sightings: [seen(5432, { address: '*' })] }))
    expect(finding).toMatchObject({
      severity: 'high',
      text: expect.stringContaining('5432/tcp on every address is open; billing-db declares 10.0.3.7 only'),
    })
  })

  test('fires for :: where the source cannot tell whether IPv4 answers', () => {
    const both = seen(5432, { address: '::', flags: ['ipv4-unknown'] })
    expect(rules({ records: [billing], sightings: [both] })).toEqual(['drift.wider-than-declared'])
  })

  test('does not fire for one dual-stack socket where both families are declared', () => {
    const both = record('web', [binding(80, { address: '0.0.0.0' }), binding(80, { address: '::' })])
    expect(rules({ records: [both], sightings: [seen(80, { address: '*' })] })).toEqual([])
  })

  test('the exact record has the port, beside a wildcard', () => {
    const any = record('any', [binding(80, { address: '*' })])
    const exact = record('exact', [binding(80)])
    const { ports } = reconcilePlace(
      facts({ records: [any, exact], sightings: [seen(80), seen(80, { address: '10.0.3.8' })] }),
    )
    expect(ports.map((port) => [port.address, port.record])).toEqual([
      ['10.0.3.7', 'exact'],
      ['10.0.3.8', 'any'],
    ])
  })
})

describe('drift.process-changed', () => {
  const runs = { process: 'postgres', path: null, unit: 'postgresql.service', image: null }
  const held = (owners: Sighting['owners']) =>
    rules({ records: [{ ...billing, runs }], sightings: [seen(5432, { owners })] })

  test('fires for another program, and for one that shares the port with the declared one', () => {
    expect(held([owner({ name: 'nc' })])).toEqual(['drift.process-changed'])
    expect(held([owner(), owner({ pid: 99, name: 'nc' })])).toEqual(['drift.process-changed'])
    expect(held([owner({ unit: 'session-3.scope' })])).toEqual(['drift.process-changed'])
  })

  test('does not fire for the declared one, for one that nobody could name, or for systemd that passed it on', () => {
    expect(held([owner()])).toEqual([])
    expect(held([owner({ name: null, unit: null })])).toEqual([])
    expect(held([])).toEqual([])
    expect(held([owner({ pid: 1, name: 'systemd', unit: 'init.scope' }), owner()])).toEqual([])
  })
})

const clash = (some: Parameters<typeof binding>, others: Parameters<typeof binding>) => {
  const records = [record('one', [binding(...some)]), record('two', [binding(...others)])]
  return driftOf(facts({ records, sources: [] })).map((finding) => [finding.rule, finding.record])
}

describe('drift.duplicate-claim', () => {
  const both = expect.arrayContaining([
    ['drift.duplicate-claim', 'one'],
    ['drift.duplicate-claim', 'two'],
  ])

  test('names both records', () => {
    expect(clash([80], [80])).toEqual(both)
    expect(clash([8000, { last: 8100 }], [8050, { last: 8200 }])).toEqual(both)
  })

  test.each([
    ['a port inside a range', [8000, { last: 8100 }], [8050]],
    ['one address beside every address', [80, { address: '*' }], [80]],
    ['another transport', [80, { transport: 'udp' }], [80]],
  ] as const)('does not fire for %s', (_, some, others) => expect(clash([...some], [...others])).toEqual([]))

  test('does not fire within one record', () => {
    expect(rules({ records: [record('one', [binding(80), binding(80)])], sources: [] })).toEqual([])
  })

  test('leaves neither record unseen, and gives the port to the first by name', () => {
    const records = [record('two', [binding(80)]), record('one', [binding(80)])]
    const { ports, findings } = reconcilePlace(facts({ records, sightings: [seen(80)] }))
    expect(findings.map((finding) => finding.rule)).toEqual([
      'drift.duplicate-claim',
      'drift.duplicate-claim',
    ])
    expect(ports).toMatchObject([{ record: 'one', severity: 'high' }])
  })

  test('stays affordable with many overlapping ranges from a hostile document', () => {
    const records = Array.from({ length: 5_000 }, (_, i) =>
      record(`r${i}`, [binding(1 + i, { last: 30_000 + i })]),
    )
    expect(driftOf(facts({ records, sources: [] }))).toHaveLength(2 * 4_999)
  })
})

test('drift.owner-missing fires where neither the port nor its system names one', () => {
  expect(rules({ records: [{ ...billing, owner: null }], sightings: [seen(5432)] })).toEqual([
    'drift.owner-missing',
  ])
})

test('drift.document-todo names the fields, in place of the owner that is one of them', () => {
  const todos = ['spec.owner', 'spec.purpose']
  const [finding, ...others] = driftOf(
    facts({ records: [{ ...billing, owner: null, todos }], sightings: [seen(5432)] }),
  )
  expect(finding).toMatchObject({
    rule: 'drift.document-todo',
    severity: 'high',
    at: 'portreeve.yaml:12',
    text: 'billing-db still holds TODO in spec.owner, spec.purpose.',
  })
  expect(others).toEqual([])
})

test.each([
  [T2, ['drift.opened-before-declared']],
  [T1, []],
  [null, []],
])('drift.opened-before-declared, seen open %s', (declaredAt, expected) => {
  expect(rules({ records: [{ ...billing, declaredAt }], sightings: [seen(5432)] })).toEqual(expected)
})

test('drift.ambiguous-place fires for the place that was kept apart, until a document settles it', () => {
  const apart = place({ id: 'db-1~0a1b2c3d', identity: 'bb' })
  expect(rules({ place: apart, others: [place()] })).toEqual(['drift.ambiguous-place'])
  expect(rules({ place: { ...apart, declared: 'db-1b' }, others: [place()] })).toEqual([])
  expect(rules({ place: place(), others: [apart] })).toEqual([])
})

const anySighting = fc
  .record({
    port: fc.integer({ min: 1, max: 5 }),
    address: fc.constantFrom('*', '0.0.0.0', '::', '10.0.3.7', '10.0.3.8'),
    state: fc.constantFrom('open', 'closed', 'unknown'),
    from: fc.constantFrom('linux-host:db-1', 'ss.txt', 'scan.xml'),
    notAfter: fc.constantFrom(T0, T1, T2),
  })
  .map(({ port, address, state, from, notAfter }) =>
    sightingRow(sighting(port, { address, state }), { source: from, since: { notBefore: null, notAfter } }),
  )
const anySightings = fc.uniqueArray(anySighting, {
  maxLength: 12,
  selector: (row) => `${row.source} ${row.key}`,
})
const anyRecords = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      first: fc.integer({ min: 1, max: 5 }),
      width: fc.nat(2),
      address: fc.constantFrom('*', '0.0.0.0', '::', '10.0.3.7'),
    })
    .map(({ name, first, width, address }) =>
      record(name, [binding(first, { last: first + width, address })]),
    ),
  { selector: (each) => each.name, maxLength: 4 },
)
const sources = [source(), source({ source: 'ss.txt', kind: 'ss-text', absent: [] }), scan('10.0.3.7')]

describe('for any place', () => {
  test('the order of sightings, records and sources does not matter', () => {
    fc.assert(
      fc.property(anySightings, anyRecords, (sightings, records) => {
        const turned = {
          sightings: sightings.toReversed(),
          records: records.toReversed(),
          sources: sources.toReversed(),
        }
        expect(reconcilePlace(facts(turned))).toEqual(reconcilePlace(facts({ sightings, records, sources })))
      }),
      { numRuns: 400 },
    )
  })

  test('one record more never makes a port undeclared', () => {
    fc.assert(
      fc.property(anySightings, anyRecords, (sightings, [extra, ...records]) => {
        fc.pre(extra !== undefined)
        const undeclared = (some: PlaceFacts['records']) =>
          driftOf(facts({ sightings, records: some, sources })).filter(
            (finding) => finding.rule === 'drift.undeclared',
          )
        const before = new Set(undeclared(records).map((finding) => finding.fingerprint))
        expect(
          undeclared([...records, extra!]).filter((finding) => !before.has(finding.fingerprint)),
        ).toEqual([])
      }),
    )
  })

  test('every open port is declared or a finding, and pages and fingerprints are distinct', () => {
    fc.assert(
      fc.property(anySightings, anyRecords, (sightings, records) => {
        const { ports, findings } = reconcilePlace(facts({ sightings, records, sources }))
        for (const port of ports.filter((each) => each.observed === 'open')) {
          expect(port.documented === 'none').toBe(port.rules.includes('drift.undeclared'))
        }
        expect(new Set(ports.map((port) => port.id)).size).toBe(ports.length)
        expect(new Set(findings.map((finding) => finding.fingerprint)).size).toBe(findings.length)
      }),
    )
  })

  test('a fingerprint stays, whatever moment and process the text names', () => {
    const [before] = driftOf(facts({ sightings: [seen(80)] }))
    const [after] = driftOf(
      facts({
        index: 99,
        sightings: [sightingRow(sighting(80, { owners: [] }), { since: { notBefore: T1, notAfter: T2 } })],
      }),
    )
    expect(after?.fingerprint).toBe(before?.fingerprint)
    expect(before?.fingerprint).toBe('e22676ddc1891c5014499b8a0b8ed09d')
  })
})
