import { hasAddress } from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { formatAddress } from '../../lib/ip.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { PacketMatch } from '../../model/packet-filter.ts'
import { PRIVATE_ADDRESSES } from '../zones.ts'
import { rulesOf } from './port-classes.ts'
import { LINK_LOCAL, LOOPBACK, waysTo } from './routing.ts'
import type { World } from './world.ts'

/** Destinations that neither a rule nor a route tells apart, and that the same interface answers for. */
export interface AddressClasses {
  of(address: IpAddress): string
}

export function addressClasses(world: World): AddressClasses {
  const networks = [...world.places.values()].map(({ network }) => network)
  const sets = new Set<AddressSet>()
  const collect = (match: PacketMatch): void => {
    // An answer comes from where the question went.
    if (match.on === 'destination' || match.on === 'original-destination' || match.on === 'source')
      sets.add(match.in)
    else if (match.on === 'any') for (const part of match.of) part.forEach(collect)
  }
  for (const rule of rulesOf(networks)) rule.matches.forEach(collect)
  const asked = [LOOPBACK, LINK_LOCAL, PRIVATE_ADDRESSES, ...sets]
  const known = new Map<string, string>()
  return {
    of: (address) => {
      const text = formatAddress(address)
      let found = known.get(text)
      if (found === undefined) {
        const owners = (world.owners.get(text) ?? []).map(({ net, device }) => `${net}/${device.name}`)
        const ways = [...world.places.values()].map(({ network, routing }) =>
          hasAddress(routing.local, address)
            ? 'local'
            : waysTo(network, address)
                .map(
                  ({ device, next }) =>
                    `${device}>${next.value === address.value ? '' : formatAddress(next)}`,
                )
                .join(),
        )
        const held = asked.flatMap((set, n) => (hasAddress(set, address) ? [n] : []))
        found = [address.family, owners.join(), ways.join(';'), held.join()].join(' ')
        known.set(text, found)
      }
      return found
    },
  }
}
