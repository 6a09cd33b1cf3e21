import {
  covers,
  hasInteger,
  intersect,
  rangesOf,
  sameIntegers,
  subtract,
  unite,
} from '../lib/interval-set.ts'
import type { IntervalSet } from '../lib/interval-set.ts'
import { TRANSPORTS } from '../model/port.ts'
import type { Transport } from '../model/port.ts'

/** Ports by transport. The destination's ports: what a source port is, no policy asks. */
export type ConnectionSet = { readonly [T in Transport]: IntervalSet }

export const NO_CONNECTION: ConnectionSet = { tcp: [], udp: [], sctp: [] }
export const EVERY_PORT: IntervalSet = [1, 65_536]
export const EVERY_CONNECTION: ConnectionSet = { tcp: EVERY_PORT, udp: EVERY_PORT, sctp: EVERY_PORT }

export function connectionsOf(transport: Transport, ports: IntervalSet): ConnectionSet {
  return { ...NO_CONNECTION, [transport]: ports }
}

export function uniteConnections(a: ConnectionSet, b: ConnectionSet): ConnectionSet {
  return eachTransport((transport) => unite(a[transport], b[transport]))
}

export function intersectConnections(a: ConnectionSet, b: ConnectionSet): ConnectionSet {
  return eachTransport((transport) => intersect(a[transport], b[transport]))
}

export function subtractConnections(a: ConnectionSet, b: ConnectionSet): ConnectionSet {
  return eachTransport((transport) => subtract(a[transport], b[transport]))
}

export function hasConnection(set: ConnectionSet, transport: Transport, port: number): boolean {
  return hasInteger(set[transport], port)
}

export function sameConnections(a: ConnectionSet, b: ConnectionSet): boolean {
  return a === b || TRANSPORTS.every((transport) => sameIntegers(a[transport], b[transport]))
}

export function coversConnections(whole: ConnectionSet, part: ConnectionSet): boolean {
  return TRANSPORTS.every((transport) => covers(whole[transport], part[transport]))
}

export function isNoConnection(set: ConnectionSet): boolean {
  return TRANSPORTS.every((transport) => set[transport].length === 0)
}

/** One text for each set: `SCTP 9003,TCP 80,443,UDP 1-52,54-65535`, as netpol-analyzer writes it. */
export function connectionText(set: ConnectionSet): string {
  if (sameConnections(set, EVERY_CONNECTION)) return 'All Connections'
  if (isNoConnection(set)) return 'No Connections'
  return (['sctp', 'tcp', 'udp'] as const)
    .filter((transport) => set[transport].length > 0)
    .map((transport) => `${transport.toUpperCase()} ${portsText(set[transport])}`)
    .join(',')
}

export function portsText(ports: IntervalSet): string {
  return rangesOf(ports)
    .map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))
    .join(',')
}

function eachTransport(of: (transport: Transport) => IntervalSet): ConnectionSet {
  return { tcp: of('tcp'), udp: of('udp'), sctp: of('sctp') }
}
