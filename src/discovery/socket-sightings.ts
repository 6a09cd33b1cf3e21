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

/** One sighting for each port: sockets that share one are merged, the many of a UDP client folded; none is lost. */
export function socketSightings(sockets: readonly HostSocket[], options: SightingOptions): Sighting[] {
  const ports = Map.groupBy(sockets, portKeyText)
  return folded([...ports.values()].map((sharing) => sighting(sharing, options)))
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
  const clients = Map.groupBy(sightings, (seen) =>
    seen.flags.includes('may-be-client') ? holder(seen) : null,
  )
  const others = clients.get(null) ?? []
  clients.delete(null)
  return [...others, ...[...clients.values()].flatMap(fold)]
}

/** One program on one address: what a client's sockets have in common when their numbers change. */
function holder({ net, address, device, owners }: Sighting): string {
  const programs = owners.map(({ path, name, user, unit, container }) => [path, name, user, unit, container])
  return JSON.stringify([net, address, device, programs])
}

function fold(sightings: Sighting[]): Sighting[] {
  if (sightings.length <= AGGREGATE_ABOVE) return sightings
  const [lowest, ...more] = sightings.toSorted((a, b) => a.port - b.port) as [Sighting, ...Sighting[]]
  const last = more.at(-1)?.port ?? lowest.port
  const count = sightings.reduce((sum, seen) => sum + seen.count, 0)
  const folded = `${count} UDP sockets between ${lowest.port} and ${last}, folded: client sockets look the same`
  return [
    {
      ...lowest,
      last,
      count,
      owners: distinct(sightings.flatMap((seen) => seen.owners)),
      flags: [...new Set([...sightings.flatMap((seen) => seen.flags), 'aggregated' as const])],
      detail: joined([folded, ...sightings.map((seen) => seen.detail)]),
    },
  ]
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
