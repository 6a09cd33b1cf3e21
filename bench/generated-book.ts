import type { StoreWrites } from '../src/adapters/database/store.ts'
import { portId, type PortKey } from '../src/model/port.ts'
import type { FindingRow, PlaceRow, PortRow } from '../src/registry/book.ts'

export const PORTS_PER_PLACE = 100
const OWNERS = 2_000
const SYSTEMS = 500
const SERVICES = [
  'postgresql',
  'https',
  'ssh',
  'redis',
  'kafka',
  'amqp',
  'http-alt',
  'domain',
  'ldap',
  'smtp',
]
const EXECUTABLES = [
  'postgres',
  'nginx',
  'sshd',
  'redis-server',
  'java',
  'beam.smp',
  'envoy',
  'named',
  'slapd',
  'master',
]
const AT = '2026-11-01T00:00:00.000Z'

/** So many ports, a hundred at a place: what a million of them would look like, the same each time. */
export async function putPorts(tx: StoreWrites, ports: number): Promise<void> {
  const places = ports / PORTS_PER_PLACE
  for (let first = 0; first < places; first += 50) {
    const some = Array.from({ length: Math.min(50, places - first) }, (_, at) => first + at)
    const rows = some.flatMap(portsOf)
    await tx.putPlaces(some.map(placeOf))
    await tx.putPorts(rows)
    await tx.putFindings(rows.flatMap(findingsOf))
  }
}

function placeOf(place: number): PlaceRow {
  const id = placeName(place)
  const held = { fromIndex: place, toIndex: null }
  return {
    ...held,
    id,
    kind: 'host',
    identity: id,
    names: [`${id}.example`],
    addresses: [addressOf(place)],
    realm: 'default',
    declared: id,
    inScope: true,
  }
}

export function portsOf(place: number): readonly PortRow[] {
  return Array.from({ length: PORTS_PER_PLACE }, (_, at) => portOf(place, at))
}

function portOf(place: number, at: number): PortRow {
  const number = place * PORTS_PER_PLACE + at
  const undeclared = number % 20 === 7
  const service = SERVICES[at % SERVICES.length] ?? ''
  const executable = EXECUTABLES[at % EXECUTABLES.length] ?? ''
  const transport = number % 1_000 === 999 ? 'sctp' : at % 10 === 7 ? 'udp' : 'tcp'
  const key: PortKey = {
    net: 'net:1',
    address: addressOf(place),
    device: null,
    port: numberOf(at),
    transport,
  }
  const owned = undeclared ? null : number
  return {
    ...key,
    id: portId(placeName(place), key),
    place: placeName(place),
    fromIndex: place,
    toIndex: null,
    host: placeName(place),
    workload: null,
    family: 'ipv4',
    last: key.port,
    service: { name: service, by: undeclared ? 'guess' : 'declared' },
    processes: [
      {
        pid: 300 + number,
        name: executable,
        path: `/usr/sbin/${executable}`,
        user: executable,
        unit: `${executable}.service`,
        container: null,
      },
    ],
    record: owned === null ? null : `${systemOf(owned)}-${service}-${number}`,
    system: owned === null ? null : systemOf(owned),
    owner: owned === null ? null : ownerOf(owned),
    environment: 'prod',
    purpose: owned === null ? null : `The ${service} of ${systemOf(owned)} for customers`,
    observed: number % 500 === 3 ? 'unknown' : number % 50 === 4 ? 'closed' : 'open',
    documented: undeclared ? 'none' : number % 30 === 1 ? 'draft' : 'documented',
    approval: 'none',
    enforcement: 'none',
    since: {
      notBefore: null,
      notAfter: new Date(Date.parse(AT) + ((number * 7919) % 86_400_000)).toISOString(),
    },
    flaps: null,
    flags: [],
    sources: [`linux-host:${placeName(place)}`],
    rules: undeclared ? ['drift.undeclared'] : [],
    severity: undeclared ? (number % 40 === 7 ? 'high' : 'medium') : null,
  }
}

export function findingsOf({ id, place, fromIndex, rules, severity }: PortRow): readonly FindingRow[] {
  if (severity === null) return []
  return rules.map((rule) => ({
    fingerprint: `${rule}:${id}`,
    fromIndex,
    toIndex: null,
    rule,
    severity,
    status: 'candidate',
    adopted: true,
    text: `${id} is open and in no document`,
    hint: 'portreeve init',
    cites: [],
    port: id,
    record: null,
    place,
    since: AT,
    at: null,
  }))
}

export function placeName(place: number): string {
  return `host-${String(place).padStart(5, '0')}`
}

function addressOf(place: number): string {
  return `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`
}

export function numberOf(at: number): number {
  return 1_000 + at * 37
}

export function ownerOf(number: number): string {
  return `team/${String((number * 7) % OWNERS).padStart(4, '0')}`
}

export function systemOf(number: number): string {
  return `system-${(number * 3) % SYSTEMS}`
}
