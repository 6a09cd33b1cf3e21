import type { HostNetworks, HostReader } from '../discovery/host-reader.ts'
import { hostReach } from '../exposure/host/host-reach.ts'
import type { Listener } from '../exposure/host/listener.ts'
import { zonesOf } from '../exposure/zones.ts'
import type { Zone } from '../exposure/zones.ts'
import type { Reach } from '../model/reach.ts'
import type { BookAt, PlaceRow, PortRow } from '../registry/book.ts'
import { zoneFacts } from './read-cluster.ts'

/** From where the ports of this host can be reached; null for those of other places. */
export type ReachOf = (row: PortRow) => Reach | null

export function reachOnHost({ networks }: HostNetworks, zones: readonly Zone[]): ReachOf {
  const reachOf = hostReach(networks, zones)
  return (row) => {
    const listener = listenerOf(row)
    return listener === null ? null : reachOf(listener)
  }
}

/** For the book: this host's network as it is now, and the zones that the book declares. */
export async function reachInBook(
  host: HostReader | null,
  read: BookAt,
  rows: readonly PortRow[],
): Promise<ReachOf> {
  const observed = rows.filter(({ sources }) => sources.some((source) => source.startsWith('linux-host:')))
  if (host === null || observed.length === 0) return () => null
  const seen = await host.networks()
  const places = await Promise.all(
    [...new Set(observed.map(({ place }) => place))].map((id) => read.place(id)),
  )
  const here = places.find((place) => place !== null && isHere(place, seen))?.id
  if (here === undefined || seen.networks.length === 0) return () => null
  const zones = zonesOf(zoneFacts(await read.documents('Zone')))
  const reachOf = reachOnHost(seen, zones)
  return (row) => (row.place === here && observed.includes(row) ? reachOf(row) : null)
}

function isHere({ identity, id }: PlaceRow, { place }: HostNetworks): boolean {
  return place.identity === null ? id === place.name : identity === place.identity
}

/** Null where it is not known of what address or port the socket is. */
function listenerOf({
  net,
  transport,
  address,
  device,
  port,
  last,
  family,
  flags,
  observed,
}: PortRow): Listener | null {
  if (address === null || port === 0 || last !== port || observed === 'closed') return null
  return {
    net,
    transport,
    address,
    device,
    port,
    family: family ?? (address === '*' ? 'dual' : address.includes(':') ? 'ipv6' : 'ipv4'),
    ipv4Unknown: flags.includes('ipv4-unknown'),
  }
}
