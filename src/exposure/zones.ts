import {
  addressesOf,
  EVERY_ADDRESS,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../lib/address-set.ts'
import type { AddressSet } from '../lib/address-set.ts'
import { parseCidr } from '../lib/ip.ts'
import { LEVELS } from '../model/reach.ts'
import type { Level, ZoneFacts } from '../model/reach.ts'

/** Zones that need no document. */
export const LOOPBACK = 'loopback'
export const HOST = 'host'
export const CLUSTER = 'cluster'
export const ORGANISATION = 'organisation'
export const PUBLIC = 'public'

/** RFC 1918, RFC 6598, RFC 4193, and link-local: taken for ours where no document says whose they are. */
export const PRIVATE_ADDRESSES = prefixes(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
)
const LOOPBACK_ADDRESSES = prefixes('127.0.0.0/8', '::1/128')

export interface Zone {
  readonly name: string
  readonly level: Level
  readonly addresses: AddressSet
}

/** Every address is in one zone: that of the longest prefix among the documents, else a built-in one. */
export function zonesOf(documents: readonly ZoneFacts[]): readonly Zone[] {
  const prefixes = documents
    .flatMap((zone) => zone.cidrs.map((cidr) => ({ zone, cidr })))
    .sort((a, b) => b.cidr.bits - a.cidr.bits)
  let taken = NO_ADDRESS
  const own = new Map<ZoneFacts, AddressSet>(documents.map((zone) => [zone, NO_ADDRESS]))
  for (const { zone, cidr } of prefixes) {
    const whole = addressesOf([cidr])
    own.set(zone, uniteAddresses(own.get(zone) ?? NO_ADDRESS, subtractAddresses(whole, taken)))
    taken = uniteAddresses(taken, whole)
  }
  const left = (addresses: AddressSet) => subtractAddresses(addresses, taken)
  const near = uniteAddresses(LOOPBACK_ADDRESSES, PRIVATE_ADDRESSES)
  return [
    ...documents.map((zone) => ({
      name: zone.name,
      level: zone.level,
      addresses: own.get(zone) ?? NO_ADDRESS,
    })),
    { name: LOOPBACK, level: 'loopback', addresses: left(LOOPBACK_ADDRESSES) },
    { name: ORGANISATION, level: 'organisation', addresses: left(PRIVATE_ADDRESSES) },
    { name: PUBLIC, level: 'public', addresses: left(subtractAddresses(EVERY_ADDRESS, near)) },
  ]
}

/** The zones that hold some of the addresses, with which of them. */
export function zonesWith(zones: readonly Zone[], addresses: AddressSet): readonly Zone[] {
  return zones
    .map((zone) => ({ ...zone, addresses: intersectAddresses(zone.addresses, addresses) }))
    .filter((zone) => !isNoAddress(zone.addresses))
}

/** The farthest of some levels: more than one only where two cannot be compared. */
export function farthest(levels: readonly Level[]): readonly Level[] {
  const present = LEVELS.filter((level) => levels.includes(level))
  const last = present.at(-1)
  if (last === undefined) return ['none']
  return last === 'vpc' && present.includes('cluster') ? ['cluster', 'vpc'] : [last]
}

/** Nearest first, then by name: sets are shown in this order. */
export function byDistance(a: { name: string; level: Level }, b: { name: string; level: Level }): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

function prefixes(...texts: readonly string[]): AddressSet {
  return addressesOf(texts.map(parseCidr).filter((cidr) => cidr !== null))
}
