import {
  addressesOf,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import type { NetworkInterface } from '../../model/host-network.ts'
import type { Level } from '../../model/reach.ts'
import { HOST, LOOPBACK, ORGANISATION, PRIVATE_ADDRESSES, PUBLIC } from '../zones.ts'
import type { Zone } from '../zones.ts'
import { LINK_LOCAL, NOBODYS, subnetsOf } from './routing.ts'
import type { Place, World } from './world.ts'

/** A zone, as far as its packets come in at one place. */
export interface Senders {
  readonly zone: string
  readonly level: Level
  readonly addresses: AddressSet
  /** Somebody can stand at these addresses: for a link that is so, for all private addresses it is not known. */
  readonly inhabited: boolean
  /** Another device forwards them, and what it lets through is not read. */
  readonly forwarded: boolean
}

/** Where packets come in at a host: by an interface from outside, or from processes of a namespace. */
export interface Gate {
  readonly net: string
  /** Null: processes of the namespace. */
  readonly in: string | null
  readonly senders: readonly Senders[]
  readonly all: AddressSet
}

export function gatesOf(world: World, zones: readonly Zone[], first: string): readonly Gate[] {
  const known = [...world.places.values()].flatMap(({ ownAddresses }) => ownAddresses)
  const ours = addressesOf(
    known.map(({ family, value }) => ({ family, base: value, bits: family === 'ipv4' ? 32 : 128 })),
  )
  return [...world.places.values()].flatMap((place) => [
    ownGate(place, zones, first),
    ...place.network.interfaces
      .filter(({ up, loopback }) => up && !loopback)
      .map((device) => outerGate(world, place, device, zones, first, ours))
      .filter(({ senders }) => senders.length > 0),
  ])
}

function ownGate({ network: { net }, routing }: Place, zones: readonly Zone[], first: string): Gate {
  const zone = net === first ? HOST : net
  const own: Senders = {
    zone,
    level: net === first ? 'host' : 'namespace',
    addresses: routing.local,
    inhabited: true,
    forwarded: false,
  }
  // What a document says of an address, holds for a namespace that has it.
  const named = net === first ? [] : ofZones(zones.filter(isDocumented), routing.local, false)
  return { net, in: null, senders: [own, ...named], all: routing.local }
}

function outerGate(
  world: World,
  { network: { net }, routing }: Place,
  device: NetworkInterface,
  zones: readonly Zone[],
  first: string,
  ours: AddressSet,
): Gate {
  const segment = world.segments.get(device)
  // At the inner end of a pair nobody comes in who does not come in at the host before.
  const inner =
    segment !== undefined && device.kind !== 'bridge' && segment.ends.some((end) => end.net !== net)
  const behind = inner
    ? NO_ADDRESS
    : subtractAddresses(
        uniteAddresses(routing.behind.get(device.name) ?? NO_ADDRESS, LINK_LOCAL),
        uniteAddresses(ours, NOBODYS),
      )
  const link = intersectAddresses(addressesOf(subnetsOf(device)), behind)
  const documented = zones.filter(isDocumented)
  const taken = documented.map((zone) => zone.addresses).reduce(uniteAddresses, NO_ADDRESS)
  const free = subtractAddresses(link, taken)
  const far = subtractAddresses(behind, link)
  const senders = [
    ...ofZones(documented, link, false),
    ...ofZones(documented, far, true),
    ...(isNoAddress(free)
      ? []
      : [
          linkOf(
            net === first ? device.name : `${net}/${device.name}`,
            device,
            segment?.ends.length ?? 1,
            free,
          ),
        ]),
    ...ofZones(
      zones.filter((zone) => !isDocumented(zone) && zone.name !== LOOPBACK),
      far,
      true,
    ),
  ]
  return {
    net,
    in: device.name,
    senders,
    all: senders.map(({ addresses }) => addresses).reduce(uniteAddresses, NO_ADDRESS),
  }
}

function linkOf(name: string, device: NetworkInterface, ends: number, addresses: AddressSet): Senders {
  const virtual = device.kind === 'bridge' && ends > 1
  const near = isNoAddress(subtractAddresses(addresses, PRIVATE_ADDRESSES))
  const level = virtual ? 'namespace' : near ? 'organisation' : 'public'
  return { zone: `link:${name}`, level, addresses, inhabited: true, forwarded: false }
}

function ofZones(zones: readonly Zone[], among: AddressSet, forwarded: boolean): readonly Senders[] {
  return zones
    .map(({ name, level, addresses }) => ({
      zone: name,
      level,
      addresses: intersectAddresses(addresses, among),
      inhabited: name !== ORGANISATION,
      forwarded,
    }))
    .filter(({ addresses }) => !isNoAddress(addresses))
}

const BUILT_IN = new Set([LOOPBACK, HOST, ORGANISATION, PUBLIC])

function isDocumented({ name }: Zone): boolean {
  return !BUILT_IN.has(name)
}
