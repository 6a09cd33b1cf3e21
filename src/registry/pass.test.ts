import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { portKeyText } from '../model/port.ts'
import type { Sighting } from '../model/source.ts'
import type { SightingRow } from './book.ts'
import { applyChange, comparePass, type Pass, type SightingChange } from './pass.ts'
import { EVERYWHERE, owner, sighting, sightingRow, T0, T1, T2 } from './place.fixture.ts'

const LATER = '2026-11-23T10:00:15.000Z'

function pass(values: Partial<Pass>): Pass {
  const reading = { sightings: [], absent: EVERYWHERE }
  return {
    previous: [],
    reading,
    at: LATER,
    complete: true,
    lastComplete: T2,
    lastAbsent: EVERYWHERE,
    ...values,
  }
}

function seeing(sightings: readonly Sighting[], values: Partial<Pass> = {}): readonly SightingChange[] {
  return comparePass(pass({ reading: { sightings, absent: EVERYWHERE }, ...values }))
}

function apply(
  rows: readonly SightingRow[],
  changes: readonly SightingChange[],
): ReadonlyMap<string, SightingRow> {
  const byKey = new Map(rows.map((row) => [row.key, row]))
  for (const change of changes) {
    byKey.set(
      change.key,
      applyChange(byKey.get(change.key) ?? null, change, {
        place: 'db-1',
        source: 'linux-host:db-1',
        index: 2,
      }),
    )
  }
  return byKey
}

describe('a port opened', () => {
  test('after the last complete pass that did not see it', () => {
    expect(seeing([sighting(80)])).toMatchObject([
      { kind: 'opened', since: { notBefore: T2, notAfter: LATER } },
    ])
  })

  test('with no lower bound, when it was already open at install', () => {
    expect(seeing([sighting(80)], { lastComplete: null, lastAbsent: [] })[0]?.since).toEqual({
      notBefore: null,
      notAfter: LATER,
    })
  })

  test('with no lower bound, when the pass before did not look at this port', () => {
    const narrow = [{ net: '*', transport: 'tcp', ports: [{ first: 1, last: 79 }], addresses: null }] as const
    expect(seeing([sighting(80)], { lastAbsent: narrow })[0]?.since.notBefore).toBeNull()
  })

  test('with no lower bound, when the clock was set back', () => {
    expect(seeing([sighting(80)], { at: T0 })[0]?.since).toEqual({ notBefore: null, notAfter: T0 })
  })
})

describe('a port closed', () => {
  const open = sightingRow(sighting(80))

  test('between the last complete pass and this one, and nobody holds it any more', () => {
    const [change] = seeing([], { previous: [open] })
    expect(change).toMatchObject({
      kind: 'closed',
      since: { notBefore: T2, notAfter: LATER },
      sighting: { state: 'closed', owners: [] },
    })
  })

  test('only where the pass looked', () => {
    const elsewhere = [
      { net: 'net:2', transport: 'tcp', ports: [{ first: 1, last: 65_535 }], addresses: null },
    ] as const
    expect(comparePass(pass({ previous: [open], reading: { sightings: [], absent: elsewhere } }))).toEqual([])
  })

  test('once', () => {
    const closed = sightingRow(sighting(80, { state: 'closed' }))
    expect(seeing([], { previous: [closed] })).toEqual([])
    expect(seeing([sighting(80, { state: 'closed' })], { previous: [closed] })).toEqual([])
  })

  test('never by a truncated scan, not even by what it lists as closed', () => {
    const cut = { sightings: [sighting(80, { state: 'closed' })], absent: [] }
    expect(comparePass(pass({ previous: [open], reading: cut, complete: false }))).toEqual([])
  })
})

const folded = (count: number) =>
  sighting(32_768, {
    transport: 'udp',
    last: 60_999,
    flags: ['may-be-client', 'aggregated'],
    count,
    owners: [owner({ pid: count })],
  })

describe('a port changed', () => {
  const before = sightingRow(
    sighting(80, { owners: [owner({ pid: 5 }), owner({ pid: 6, user: 'www-data' })] }),
  )
  const kinds = (owners: Sighting['owners'], values: Partial<Sighting> = {}) =>
    seeing([sighting(80, { owners, ...values })], { previous: [before] }).map((change) => change.kind)

  test.each([
    ['another program', [owner({ pid: 5, path: '/tmp/nc' }), owner({ pid: 6, user: 'www-data' })]],
    ['another user', [owner({ pid: 5 }), owner({ pid: 6, user: 'mallory' })]],
    [
      'another holder beside',
      [owner({ pid: 5 }), owner({ pid: 6, user: 'www-data' }), owner({ pid: 7, name: 'nc' })],
    ],
    ['a restart', [owner({ pid: 15 }), owner({ pid: 16, user: 'www-data' })]],
  ])('its holder: %s', (_, owners) => expect(kinds(owners)).toEqual(['changed']))

  test('and it keeps when it opened', () => {
    expect(seeing([sighting(80)], { previous: [before] })[0]?.since).toEqual(before.since)
  })

  test('not when workers come and go under their parent', () => {
    expect(
      kinds([
        owner({ pid: 5 }),
        owner({ pid: 900, user: 'www-data' }),
        owner({ pid: 901, user: 'www-data' }),
      ]),
    ).toEqual([])
  })

  test('not when folded client sockets change in number', () => {
    const row = sightingRow({ ...folded(3), flags: ['aggregated', 'may-be-client'] })
    expect(seeing([folded(9)], { previous: [row] })).toEqual([])
  })
})

const sightings = fc.array(
  fc
    .record({
      port: fc.integer({ min: 1, max: 6 }),
      state: fc.constantFrom('open', 'closed', 'unknown'),
      user: fc.constantFrom('a', 'b'),
    })
    .map(({ port, state, user }) =>
      sighting(port, { state, owners: state === 'closed' ? [] : [owner({ user })] }),
    ),
  { maxLength: 8 },
)
const rows = fc.uniqueArray(
  sightings.chain((some) => fc.constantFrom(...some, sighting(1))).map((seen) => sightingRow(seen)),
  { selector: (row) => row.key },
)

describe('for any pass', () => {
  test('its changes turn what was on record into what it read', () => {
    fc.assert(
      fc.property(rows, sightings, (previous, seen) => {
        const after = apply(previous, seeing(seen, { previous }))
        const expected = new Map<string, string>()
        for (const each of seen) {
          const states = [expected.get(portKeyText(each)), each.state]
          expected.set(
            portKeyText(each),
            ['open', 'unknown', 'closed'].find((state) => states.includes(state)) ?? '',
          )
        }
        for (const key of new Set([...after.keys(), ...expected.keys()])) {
          expect(after.get(key)?.sighting.state ?? 'closed').toBe(expected.get(key) ?? 'closed')
        }
        expect(seeing(seen, { previous: [...after.values()] })).toEqual([])
      }),
    )
  })

  test('the order of what it read does not matter', () => {
    fc.assert(
      fc.property(rows, sightings, (previous, seen) => {
        expect(seeing(seen.toReversed(), { previous: previous.toReversed() })).toEqual(
          seeing(seen, { previous }),
        )
      }),
    )
  })

  test('that was cut short, nothing closes', () => {
    fc.assert(
      fc.property(rows, sightings, (previous, seen) => {
        const changes = comparePass(
          pass({ previous, reading: { sightings: seen, absent: [] }, complete: false }),
        )
        expect(changes.filter((change) => change.kind === 'closed')).toEqual([])
      }),
    )
  })

  test('no interval ends before it begins', () => {
    fc.assert(
      fc.property(rows, sightings, fc.constantFrom(T0, T1, LATER), (previous, seen, at) => {
        for (const { since } of seeing(seen, { previous, at }).filter(
          (change) => change.kind !== 'changed',
        )) {
          expect(since.notBefore === null || since.notBefore <= since.notAfter).toBe(true)
        }
      }),
    )
  })
})
