import { expect, test } from 'vitest'
import type { BookDocument } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import { declaredRecord, inherited, placeOf } from './effective.ts'
import { documentDigest } from './ledger-body.ts'

const SYSTEM: BookDocument = {
  kind: 'System',
  name: 'billing',
  spec: {
    title: 'Billing',
    owner: 'team/billing',
    environment: 'prod',
    data: ['personal'],
    processing: { role: 'processor' },
  },
  position: null,
}

function port(spec: JsonObject): BookDocument {
  const bindings = [
    { port: 5432 },
    { transport: 'udp', port: '8000-8100', address: '2001:DB8::0:1', device: 'eth0' },
  ]
  const all = { system: 'billing', at: { host: 'db-1' }, bindings, purpose: 'Invoices', ...spec }
  return { kind: 'Port', name: 'billing-db', spec: all, position: { file: 'a.yaml', line: 9, column: 1 } }
}

test('a Port has what it says, and what its System says once', () => {
  const own = port({
    environment: 'test',
    runs: { process: 'postgres' },
    justification: { why: 'TODO', ifClosed: 'x' },
  })
  expect(declaredRecord(own, SYSTEM)).toEqual({
    name: 'billing-db',
    place: 'db-1',
    placeKind: 'host',
    workload: null,
    bindings: [
      { transport: 'tcp', first: 5432, last: 5432, address: '*', device: null },
      { transport: 'udp', first: 8000, last: 8100, address: '2001:db8::1', device: 'eth0' },
    ],
    service: null,
    owner: 'team/billing',
    system: 'billing',
    environment: 'test',
    purpose: 'Invoices',
    runs: { process: 'postgres', path: null, unit: null, image: null },
    todos: ['justification.why'],
    at: 'a.yaml:9',
    declaredAt: null,
    fromIndex: 0,
    digest: documentDigest(own),
  })
})

test('a row of the book brings the moment of its first version and its digest', () => {
  const held = {
    digest: 'sha256:00',
    declaredAt: '2026-03-02T00:00:00.000Z',
    firstDeclaredAt: '2026-01-02T00:00:00.000Z',
    declaredBy: 'p1',
    fromIndex: 7,
    toIndex: null,
  }
  expect(declaredRecord({ ...port({}), ...held }, null)).toMatchObject({
    owner: null,
    declaredAt: held.firstDeclaredAt,
    fromIndex: 7,
    digest: 'sha256:00',
  })
})

test('sets of fields are laid over each other, lists replace lists, and the title of a System stays its own', () => {
  const facts = inherited(port({ data: ['pan'], processing: { volume: 10 } }), SYSTEM)
  expect(facts['processing']).toEqual({ role: 'processor', volume: 10 })
  expect(facts['data']).toEqual(['pan'])
  expect(facts['title']).toBeUndefined()
})

test('each way to say where a port lives names a place and a workload', () => {
  expect(said({ host: 'db-1', workload: 'nginx.service' })).toEqual(['host', 'db-1', 'nginx.service'])
  expect(said({ kubernetes: { cluster: 'eu', namespace: 'shop', workload: 'Deployment/web' } })).toEqual([
    'kubernetes',
    'eu/shop',
    'shop/Deployment/web',
  ])
  expect(said({ compose: { project: 'shop', service: 'web' } })).toEqual(['compose', 'shop', 'shop/web'])
  expect(said({ aws: { account: '1', region: 'eu-1', resource: 'i-1' } })).toEqual(['aws', '1/eu-1', 'i-1'])
  expect(said({ gateway: { name: 'edge', route: 'shop' } })).toEqual(['gateway', 'edge', 'shop'])
})

test('a Place document claims its place as a source would', () => {
  const spec = { identity: 'id', names: ['db-1.example.com'], addresses: ['2001:DB8::1'] }
  expect(placeOf({ kind: 'Place', name: 'db-1', spec, position: null })).toEqual({
    kind: 'host',
    name: 'db-1',
    identity: 'id',
    names: ['db-1.example.com'],
    addresses: ['2001:db8::1'],
    realm: 'default',
  })
  expect(placeOf({ kind: 'Place', name: 'shop', spec: { kind: 'compose' }, position: null }).realm).toBe(
    'compose/shop',
  )
  expect(() => placeOf(SYSTEM)).toThrow('names no place')
})

function said(at: JsonObject): unknown[] {
  const { placeKind, place, workload } = declaredRecord(port({ at }), null)
  return [placeKind, place, workload]
}
