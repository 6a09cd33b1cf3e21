import { EVERY_ADDRESS, intersectAddresses } from '../../lib/address-set.ts'
import { intersect, rangesOf } from '../../lib/interval-set.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { HostNetwork } from '../../model/host-network.ts'
import type { PacketMatch } from '../../model/packet-filter.ts'
import { rulesOf } from './port-classes.ts'
import type { PortClasses } from './port-classes.ts'

/** Destinations that rules send elsewhere: one port of each class, and addresses that nobody here has. */
export interface Asked {
  readonly ports: readonly number[]
  readonly addresses: readonly IpAddress[]
  /** Some rule changes the address alone, or does what is not known. */
  readonly keepsPort: boolean
}

const MOST_PORTS = 4096
const MOST_ADDRESSES = 64

export function askedByRules(networks: readonly HostNetwork[], classes: PortClasses): Asked {
  const ports = new Map<number, number>()
  const addresses = new Map<string, IpAddress>()
  let keepsPort = false
  for (const { matches, verdict } of rulesOf(networks)) {
    if (verdict.do !== 'translate' && verdict.do !== 'unknown') continue
    if (verdict.do === 'unknown' || verdict.ports === null) keepsPort = true
    for (const [first, last] of rangesOf(portsOf(matches)))
      for (let port = first; port <= last && ports.size < MOST_PORTS; port++) {
        if (!ports.has(classes.of(port))) ports.set(classes.of(port), port)
      }
    for (const address of firstAddresses(matches))
      if (addresses.size < MOST_ADDRESSES) addresses.set(`${address.family} ${address.value}`, address)
  }
  return { ports: [...ports.values()], addresses: [...addresses.values()], keepsPort }
}

function portsOf(matches: readonly PacketMatch[]): readonly number[] {
  let ports: readonly number[] = [1, 65_536]
  for (const match of matches) if (match.on === 'port') ports = intersect(ports, match.in)
  return ports
}

/** Of a rule for some destinations only: the first of each range. Service addresses are such. */
function firstAddresses(matches: readonly PacketMatch[]): readonly IpAddress[] {
  let set = EVERY_ADDRESS
  for (const match of matches) if (match.on === 'destination') set = intersectAddresses(set, match.in)
  if (set === EVERY_ADDRESS) return []
  return [
    ...rangesOf(set.ipv4).map(([first]) => ({ family: 'ipv4' as const, value: BigInt(first) })),
    ...rangesOf(set.ipv6).map(([first]) => ({ family: 'ipv6' as const, value: first })),
  ].slice(0, 8)
}
