import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Json, JsonObject } from '../model/entry.ts'
import { absentFromBody, absentToBody } from './absent.ts'
import { canonicalSighting } from './canonical.ts'
import { comparePass } from './pass.ts'
import { claim, EVERYWHERE, owner, sighting, T0, T1 } from './place.fixture.ts'
import { sightingBodies, sightingFromBody, type SightingEntry } from './sighting-body.ts'

function entryOf(sightings: Parameters<typeof sighting>[1][]): SightingEntry {
  const reading = { sightings: sightings.map((values, i) => sighting(i + 1, values)), absent: EVERYWHERE }
  const changes = comparePass({
    previous: [],
    reading,
    at: T1,
    complete: true,
    lastComplete: T0,
    lastAbsent: EVERYWHERE,
  })
  return {
    place: 'db-1',
    claim: claim(),
    source: { name: 'linux-host:db-1', kind: 'linux-host', vantage: 'on-host', digest: null },
    pass: { at: T1, complete: true, previousComplete: T0 },
    changes,
  }
}

const told = fc.record({
  transport: fc.constantFrom('tcp', 'udp', 'sctp'),
  address: fc.constantFrom('*', '::', '10.0.3.7', null),
  device: fc.constantFrom(null, 'eth0'),
  family: fc.constantFrom('ipv4', 'dual', null),
  service: fc.constantFrom(
    null,
    { name: 'http', by: 'guess' as const },
    { name: 'ssh', by: 'probed' as const },
  ),
  owners: fc.array(
    fc
      .record({
        name: fc.string(),
        path: fc.string({ unit: 'binary' }),
        user: fc.constantFrom(null, 'alice'),
        pid: fc.option(fc.nat()),
      })
      .map((some) => owner(some)),
    { maxLength: 12 },
  ),
  workload: fc.constantFrom(null, 'shop/web'),
  flags: fc.subarray(['may-be-client', 'shared', 'internal'] as const),
  span: fc.constantFrom(null, { file: 'a.yaml', line: 3 }, { file: 'b.xml', line: null }),
  count: fc.integer({ min: 1, max: 9 }),
})

/** Some sources tell the image as well. */
const values = fc
  .tuple(told, fc.boolean())
  .map(([sighting, tells]) => (tells ? { ...sighting, image: 'nginx:1.27' } : sighting))

test('what a pass changed is read back from the ledger as it was', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 6 }), (sightings) => {
      const entry = entryOf(sightings)
      const read = sightingBodies(entry).map((body) => sightingFromBody(JSON.parse(JSON.stringify(body))))
      expect(read.flatMap((each) => each.changes)).toEqual(entry.changes)
      for (const each of read) expect({ ...each, changes: [] }).toEqual({ ...entry, changes: [] })
    }),
  )
})

function leaves(value: Json, key = 'root'): { key: string; value: Json }[] {
  if (value === null || typeof value !== 'object') return [{ key, value }]
  if (Array.isArray(value)) return value.flatMap((member: Json) => leaves(member, key))
  const members = Object.entries(value as JsonObject)
  return [{ key, value: null }, ...members.flatMap(([name, member]) => leaves(member, name))]
}

test('keys are plain and numbers whole, as the ledger demands', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 3 }), (sightings) => {
      const found = sightingBodies(entryOf(sightings)).flatMap((body) => leaves(body))
      expect(found.filter(({ key }) => !/^[a-z0-9_]{1,64}$/.test(key))).toEqual([])
      expect(found.filter(({ value }) => typeof value === 'number' && !Number.isSafeInteger(value))).toEqual(
        [],
      )
    }),
  )
})

test('a scan of every port is split, each part fits a leaf with its place and source', () => {
  const bodies = sightingBodies(entryOf(Array.from({ length: 5000 }, () => ({}))))
  expect(bodies.length).toBeGreaterThan(20)
  for (const body of bodies) {
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(24 * 1024)
    expect(sightingFromBody(body).place).toBe('db-1')
  }
})

test('a local user cannot make a port that does not fit: many holders with long names made of control characters', () => {
  const hostile = Array.from({ length: 300 }, (_, i) =>
    owner({ pid: i, path: `/home/eve/${i}${'\u001b'.repeat(4000)}`, unit: '\u0001'.repeat(4000) }),
  )
  const bodies = sightingBodies(entryOf([{ owners: hostile }, {}]))
  for (const body of bodies) expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(24 * 1024)
  expect(canonicalSighting(sighting(1, { owners: hostile })).owners).toHaveLength(8)
})

test('what was erased reads as not known', () => {
  const [body] = sightingBodies(entryOf([{}]))
  const text = JSON.stringify(body)
    .replaceAll('"user":"postgres"', '"user":null')
    .replace(',"path":"/usr/bin/postgres"', '')
  expect(sightingFromBody(JSON.parse(text)).changes[0]?.sighting.owners[0]).toMatchObject({
    user: null,
    path: null,
    name: 'postgres',
  })
})

test('regions of proved absence are read back as they were', () => {
  const regions = [
    ...EVERYWHERE,
    { net: 'net:1', transport: 'sctp' as const, ports: [{ first: 1, last: 9 }], addresses: ['::1'] },
  ]
  expect(absentFromBody(absentToBody(regions))).toEqual(regions)
  expect(absentFromBody(undefined)).toEqual([])
})
