import {
  addressesOf,
  EVERY_ADDRESS,
  hasAddress,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { parseCidr } from '../../lib/ip.ts'
import type { Cidr, IpAddress } from '../../lib/ip.ts'
import type { HostNetwork, NetworkInterface, Route } from '../../model/host-network.ts'
import { single } from './packet.ts'

/** What a namespace's routes mean, worked out once. */
export interface Routing {
  /** The namespace's own addresses. */
  readonly local: AddressSet
  /** To whom a packet leaves by an interface. */
  readonly behind: ReadonlyMap<string, AddressSet>
  readonly known: boolean
}

export function routingOf(network: HostNetwork): Routing {
  const own = network.interfaces
    .filter(({ up }) => up)
    .flatMap(({ addresses }) => addresses.map(({ address }) => single(address)))
    .reduce(uniteAddresses, NO_ADDRESS)
  const { routes } = network
  if (routes === null) {
    const local = network.interfaces.some(({ loopback, up }) => loopback && up)
      ? uniteAddresses(own, LOOPBACK)
      : own
    return { local, behind: onLinkAlone(network), known: false }
  }
  const local = addressesOf(routes.filter(({ kind }) => kind === 'local').map(({ to }) => to))
  const behind = new Map<string, AddressSet>()
  let left = subtractAddresses(EVERY_ADDRESS, local)
  for (const group of byPrecedence(
    routes.filter(({ kind, table }) => kind !== 'local' && table === 'main'),
  )) {
    const to = intersectAddresses(left, addressesOf([group[0]!.to]))
    left = subtractAddresses(left, addressesOf([group[0]!.to]))
    if (isNoAddress(to)) continue
    for (const { device, kind } of group)
      if (device !== null && kind === 'unicast')
        behind.set(device, uniteAddresses(behind.get(device) ?? NO_ADDRESS, to))
  }
  // An address of a link is reached by that link alone: each link has them all.
  return { local, behind, known: true }
}

export const LOOPBACK = addressesOf(['127.0.0.0/8', '::1/128'].map((text) => parseCidr(text)!))
/** No sender's (ip_route_input_slow, ip6_rcv): loopback, this network, multicast, broadcast. */
export const NOBODYS = addressesOf(
  ['127.0.0.0/8', '0.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32', '::/96', 'ff00::/8'].map((text) =>
    parseCidr(text)!,
  ),
)
export const LINK_LOCAL = addressesOf([parseCidr('fe80::/10')!])

/** Longer prefixes first, then the better metric; equal ones share the traffic. */
function byPrecedence(routes: readonly Route[]): readonly (readonly Route[])[] {
  const groups = Map.groupBy(routes, ({ to, metric }) =>
    // Every link has a route of its own to link-local addresses.
    [to.family, to.bits, to.base, metric].join(' '),
  )
  return [...groups.values()].sort(([a], [b]) => b!.to.bits - a!.to.bits || a!.metric - b!.metric)
}

function onLinkAlone(network: HostNetwork): ReadonlyMap<string, AddressSet> {
  return new Map(
    network.interfaces.map(({ name, addresses }) => [
      name,
      addressesOf(addresses.map(({ subnet }) => subnet)),
    ]),
  )
}

/** By which interfaces a packet to `address` leaves, and to whom it is handed there. */
export function waysTo(
  network: HostNetwork,
  address: IpAddress,
): readonly { device: string; next: IpAddress }[] {
  const usable = (network.routes ?? []).filter(
    ({ to, kind, table }) => kind !== 'local' && table === 'main' && hasAddress(addressesOf([to]), address),
  )
  const [best] = byPrecedence(usable)
  return (best ?? [])
    .filter(({ kind, device }) => kind === 'unicast' && device !== null)
    .map(({ device, gateway }) => ({ device: device!, next: gateway ?? address }))
}

export function subnetsOf({ addresses }: NetworkInterface): readonly Cidr[] {
  return addresses.map(({ subnet }) => subnet)
}
