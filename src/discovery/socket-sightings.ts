import { createHash } from 'node:crypto'
import { type PortRange, type Process, portKeyText } from '../model/port.ts'
import type { Sighting, SightingFlag } from '../model/source.ts'
import type { HostSocket } from './host-socket.ts'

export interface SightingOptions {
  /** Where the kernel takes a client's port from (`ip_local_port_range`); null where it is not known. */
  readonly ephemeral: (net: string) => PortRange | null
  /** The file the sockets were read from; null for a live source. */
  readonly file: string | null
}

/** More UDP sockets than this in the client range, held by one process on one address, become one sighting. */
export const AGGREGATE_ABOVE = 3
const MOST_OWNERS = 16

/** One sighting for each port: sockets that share one are merged, the many of a UDP client folded; none is lost. */
export function socketSightings(sockets: readonly HostSocket[], options: SightingOptions): Sighting[] {
  const ports = Map.groupBy(sockets, portKeyText)
  return folded([...ports.values()].map((sharing) => sighting(sharing, options)))
}

/** More ranges than this would swell every entry that says where absence proves something. */
const MOST_LEFT_OUT = 256
const ALL_PORTS: PortRange = { first: 1, last: 65_535 }

/**
 * The UDP ports whose absence from the sightings proves that they are closed: not those that are open in the client
 * range, of which many stand behind one sighting; of very many, not the range at all.
 */
export function provenUdp(
  sockets: readonly HostSocket[],
  ephemeral: SightingOptions['ephemeral'],
): readonly PortRange[] {
  const clients = sockets.filter(
    ({ transport, net, port }) => transport === 'udp' && within(port, ephemeral(net)),
  )
  const open = [...new Set(clients.map(({ port }) => port))]
  if (open.length <= MOST_LEFT_OUT) return without(open.map((port) => ({ first: port, last: port })))
  return without([...new Set(clients.map(({ net }) => net))].flatMap((net) => ephemeral(net) ?? []))
}

function without(leftOut: readonly PortRange[]): PortRange[] {
  const kept: PortRange[] = []
  let next = ALL_PORTS.first
  for (const { first, last } of leftOut.toSorted((a, b) => a.first - b.first)) {
    if (first > next) kept.push({ first: next, last: first - 1 })
    next = Math.max(next, last + 1)
  }
  return next <= ALL_PORTS.last ? [...kept, { first: next, last: ALL_PORTS.last }] : kept
}

/** What Linux uses unless told otherwise; the closest guess where a text does not say. */
export const LINUX_EPHEMERAL: PortRange = { first: 32_768, last: 60_999 }

/** `sha256:<hex>` over what is open and who holds it: the same state has the same digest, in whatever order. */
export function sightingsDigest(sightings: readonly Sighting[]): string {
  const rows = sightings.map((seen) => JSON.stringify([portKeyText(seen), seen])).sort()
  return `sha256:${createHash('sha256').update(rows.join('\n')).digest('hex')}`
}

function sighting(sharing: readonly HostSocket[], { ephemeral, file }: SightingOptions): Sighting {
  const [first] = sharing as readonly [HostSocket]
  const { net, address, device, port, transport, family } = first
  const flags = new Set<SightingFlag>(sharing.flatMap((socket) => socket.flags))
  if (sharing.length > 1) flags.add('shared')
  // bind(0) and bind(40000) leave the same trace, so this is a doubt and never a reason to drop the row.
  if (transport === 'udp' && within(port, ephemeral(net))) flags.add('may-be-client')
  const span = file === null ? null : { file, line: first.line }
  const rest = { service: null, workload: null, count: sharing.length, last: port, span }
  const key = { net, address, device, port, transport, family }
  return {
    ...key,
    ...rest,
    state: 'open',
    owners: distinct(sharing.flatMap((socket) => socket.owners)),
    flags: [...flags],
    detail: joined(sharing.map((socket) => socket.detail)),
  }
}

function within(port: number, range: PortRange | null): boolean {
  return range !== null && port >= range.first && port <= range.last
}

function folded(sightings: readonly Sighting[]): Sighting[] {
  const programs = Map.groupBy(sightings, (seen) =>
    seen.flags.includes('may-be-client') ? holder(seen) : null,
  )
  const others = programs.get(null) ?? []
  programs.delete(null)
  const many = [...programs.values()].filter((held) => held.length > AGGREGATE_ABOVE)
  const few = [...programs.values()].filter((held) => held.length <= AGGREGATE_ABOVE)
  return [...others, ...few.flat(), ...foldClients(many.flat())]
}

/** One program on one address: what a client's sockets have in common when their numbers change. */
function holder({ net, address, device, owners }: Sighting): string {
  const programs = owners.map(({ path, name, user, unit, container }) => [path, name, user, unit, container])
  return JSON.stringify([net, address, device, programs])
}

/**
 * One sighting for each address: the numbers change with every question that a client asks, so the number that
 * stands for them is 0, and the same port is seen at the next look.
 */
export function foldClients(clients: readonly Sighting[]): Sighting[] {
  return [
    ...Map.groupBy(clients, ({ net, address, device }) => JSON.stringify([net, address, device])).values(),
  ].map(foldAlike)
}

function foldAlike(sightings: readonly Sighting[]): Sighting {
  const [first] = sightings as readonly [Sighting]
  const owners = distinct(sightings.flatMap((seen) => seen.owners))
  return {
    ...first,
    port: 0,
    last: 0,
    count: sightings.reduce((sum, seen) => sum + seen.count, 0),
    owners: owners.slice(0, MOST_OWNERS),
    flags: ['may-be-client', 'aggregated', 'port-unknown'],
    detail: 'UDP sockets on ports that the system chose; the sockets of clients look the same',
  }
}

/** A process that holds several of the sockets, or one several times, is one owner. */
function distinct(owners: readonly Process[]): Process[] {
  const known = new Map(owners.map((owner) => [owner.pid ?? JSON.stringify(owner), owner]))
  return [...known.values()].sort((a, b) => (a.pid ?? 0) - (b.pid ?? 0))
}

function joined(details: readonly (string | null)[]): string | null {
  const said = new Set(details.filter((detail) => detail !== null))
  return said.size === 0 ? null : [...said].join('; ')
}
