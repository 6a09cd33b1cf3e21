import { portKeyText, type Process } from '../model/port.ts'
import type { AbsentRegion, PlaceClaim, Sighting } from '../model/source.ts'
import type { PlaceRow, SightingRow, SourceRow } from './book.ts'
import type { PlaceFacts } from './drift.ts'
import type { DeclaredBinding, DeclaredRecord } from './record.ts'

/** Values for the registry's tests: one host, db-1, with a collector of its own. */
export const T0 = '2026-11-23T10:00:00.000Z'
export const T1 = '2026-11-23T10:00:05.000Z'
export const T2 = '2026-11-23T10:00:10.000Z'
export const EVERYWHERE: readonly AbsentRegion[] = (['tcp', 'udp'] as const).map((transport) => ({
  net: '*',
  transport,
  ports: [{ first: 1, last: 65_535 }],
  addresses: null,
}))

export function owner(values: Partial<Process> = {}): Process {
  return {
    pid: 812,
    name: 'postgres',
    path: '/usr/bin/postgres',
    user: 'postgres',
    unit: 'postgresql.service',
    container: null,
    ...values,
  }
}

export function sighting(port: number, values: Partial<Sighting> = {}): Sighting {
  return {
    net: 'net:1',
    address: '10.0.3.7',
    device: null,
    port,
    transport: 'tcp',
    state: 'open',
    family: 'ipv4',
    last: port,
    service: null,
    owners: [owner()],
    workload: null,
    flags: [],
    count: 1,
    span: null,
    detail: null,
    ...values,
  }
}

export function sightingRow(seen: Sighting, values: Partial<SightingRow> = {}): SightingRow {
  return {
    place: 'db-1',
    source: 'linux-host:db-1',
    key: portKeyText(seen),
    sighting: seen,
    since: { notBefore: T0, notAfter: T1 },
    flaps: null,
    fromIndex: 1,
    toIndex: null,
    ...values,
  }
}

export function source(values: Partial<SourceRow> = {}): SourceRow {
  return {
    place: 'db-1',
    source: 'linux-host:db-1',
    kind: 'linux-host',
    vantage: 'on-host',
    state: 'observing',
    lastPass: T2,
    lastComplete: T2,
    intervalMs: 5000,
    absent: EVERYWHERE,
    claim: claim(),
    ...values,
  }
}

export function scan(address: string, values: Partial<SourceRow> = {}): SourceRow {
  const absent = EVERYWHERE.map((region) => ({ ...region, net: 'net:1', addresses: [address] }))
  return source({ source: 'scan.xml', kind: 'nmap-xml', vantage: 'office', state: 'once', absent, ...values })
}

export function claim(values: Partial<PlaceClaim> = {}): PlaceClaim {
  return {
    kind: 'host',
    name: 'db-1',
    identity: 'aa',
    names: [],
    addresses: ['10.0.3.7'],
    realm: 'default',
    ...values,
  }
}

export function place(values: Partial<PlaceRow> = {}): PlaceRow {
  return {
    id: 'db-1',
    kind: 'host',
    identity: 'aa',
    names: ['db-1'],
    addresses: ['10.0.3.7'],
    realm: 'default',
    declared: null,
    inScope: true,
    fromIndex: 1,
    toIndex: null,
    ...values,
  }
}

export function binding(port: number, values: Partial<DeclaredBinding> = {}): DeclaredBinding {
  return { transport: 'tcp', first: port, last: port, address: '10.0.3.7', device: null, ...values }
}

export function record(
  name: string,
  bindings: readonly DeclaredBinding[],
  values: Partial<DeclaredRecord> = {},
): DeclaredRecord {
  return {
    name,
    place: 'db-1',
    placeKind: 'host',
    workload: null,
    bindings,
    service: 'postgresql',
    owner: 'team/billing',
    system: 'billing',
    environment: 'prod',
    purpose: 'The invoices of every customer',
    runs: null,
    todos: [],
    at: 'portreeve.yaml:12',
    declaredAt: T0,
    fromIndex: 1,
    digest: 'sha256:00',
    ...values,
  }
}

export function facts(values: Partial<PlaceFacts> = {}): PlaceFacts {
  return { place: place(), sightings: [], sources: [source()], records: [], index: 7, ...values }
}
