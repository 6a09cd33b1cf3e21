import { formatAddress } from '../../lib/ip.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { HostNetwork, NetworkInterface } from '../../model/host-network.ts'
import { routingOf } from './routing.ts'
import type { Routing } from './routing.ts'
import { segmentsOf } from './segments.ts'
import type { End, Segment } from './segments.ts'

/** The namespaces of one host, and what is worked out of them once. */
export interface World {
  readonly places: ReadonlyMap<string, Place>
  /** Who has an address: where a packet goes that leaves one namespace for another of this host. */
  readonly owners: ReadonlyMap<string, readonly End[]>
  readonly segments: ReadonlyMap<NetworkInterface, Segment>
}

export interface Place {
  readonly network: HostNetwork
  readonly routing: Routing
  /** Of interfaces that are up, the loopback's among them. */
  readonly ownAddresses: readonly IpAddress[]
}

export function worldOf(networks: readonly HostNetwork[]): World {
  const places = new Map(networks.map((network) => [network.net, placeOf(network)]))
  const owners = new Map<string, End[]>()
  for (const { net, interfaces } of networks)
    for (const device of interfaces.filter(({ up, loopback }) => up && !loopback))
      for (const { address } of device.addresses) {
        const key = formatAddress(address)
        const known = owners.get(key)
        if (known === undefined) owners.set(key, [{ net, device }])
        else known.push({ net, device })
      }
  return { places, owners, segments: segmentsOf(networks) }
}

function placeOf(network: HostNetwork): Place {
  const up = network.interfaces.filter((one) => one.up)
  const own = up.flatMap(({ addresses }) => addresses.map(({ address }) => address))
  return { network, routing: routingOf(network), ownAddresses: own }
}

export interface Taker extends End {
  /** It surely takes it, and no rule of a bridge in between can keep it. */
  readonly sure: boolean
}

/** Which of the host's namespaces take what leaves `net` by `device` for `next`. */
export function takersOf(world: World, net: string, device: string, next: IpAddress): readonly Taker[] {
  const out = world.places.get(net)?.network.interfaces.find(({ name }) => name === device)
  const segment = out === undefined ? undefined : world.segments.get(out)
  if (segment === undefined) return []
  const all = (world.owners.get(formatAddress(next)) ?? []).filter((owner) => owner.device !== out)
  const linked = all.filter((owner) => world.segments.get(owner.device) === segment)
  if (linked.length > 0)
    return linked.map((owner) => ({
      ...owner,
      sure: segment.sure && !isFiltered(world, segment, net, owner.net),
    }))
  // What hangs on a device by other means than a pair (macvlan, ipvlan) may be there.
  return all
    .filter((owner) => owner.net !== net && owner.device.kind !== 'veth' && owner.device.kind !== 'bridge')
    .filter((owner) => (world.segments.get(owner.device)?.ends.length ?? 0) === 1)
    .map((owner) => ({ ...owner, sure: false }))
}

/** br_netfilter: a bridge of a third namespace may hold its rules against what it passes on. */
function isFiltered(world: World, segment: Segment, from: string, to: string): boolean {
  return segment.bridges.some(({ net }) => {
    const network = world.places.get(net)?.network
    if (net === from || net === to || network === undefined || network.settings.bridgeFilters === false)
      return false
    return network.tables === null || network.tables.length > 0
  })
}
