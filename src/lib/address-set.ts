import { formatAddress, formatCidr } from './ip.ts'
import type { Cidr, IpAddress } from './ip.ts'
import {
  hasInteger,
  intersect,
  intervalsOf,
  rangesOf,
  sameIntegers,
  subtract,
  unite,
} from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'

/** Addresses of both families; the two never mix: "anywhere" is `0.0.0.0/0` and `::/0`, each for itself. */
export interface AddressSet {
  readonly ipv4: IntervalSet
  readonly ipv6: IntervalSet<bigint>
}

export const NO_ADDRESS: AddressSet = { ipv4: [], ipv6: [] }
export const EVERY_IPV4: AddressSet = { ipv4: [0, 2 ** 32], ipv6: [] }
export const EVERY_IPV6: AddressSet = { ipv4: [], ipv6: [0n, 1n << 128n] }
export const EVERY_ADDRESS: AddressSet = { ipv4: EVERY_IPV4.ipv4, ipv6: EVERY_IPV6.ipv6 }

export function addressesOf(cidrs: readonly Cidr[]): AddressSet {
  const of = (family: Cidr['family']) => cidrs.filter((cidr) => cidr.family === family)
  return {
    ipv4: intervalsOf(
      of('ipv4').map(({ base, bits }) => [Number(base), Number(base) + 2 ** (32 - bits) - 1] as const),
    ),
    ipv6: intervalsOf(
      of('ipv6').map(({ base, bits }) => [base, base + (1n << BigInt(128 - bits)) - 1n] as const),
    ),
  }
}

export function uniteAddresses(a: AddressSet, b: AddressSet): AddressSet {
  return { ipv4: unite(a.ipv4, b.ipv4), ipv6: unite(a.ipv6, b.ipv6) }
}

export function intersectAddresses(a: AddressSet, b: AddressSet): AddressSet {
  return { ipv4: intersect(a.ipv4, b.ipv4), ipv6: intersect(a.ipv6, b.ipv6) }
}

export function subtractAddresses(a: AddressSet, b: AddressSet): AddressSet {
  return { ipv4: subtract(a.ipv4, b.ipv4), ipv6: subtract(a.ipv6, b.ipv6) }
}

export function hasAddress(set: AddressSet, address: IpAddress): boolean {
  return address.family === 'ipv4'
    ? hasInteger(set.ipv4, Number(address.value))
    : hasInteger(set.ipv6, address.value)
}

export function isNoAddress({ ipv4, ipv6 }: AddressSet): boolean {
  return ipv4.length === 0 && ipv6.length === 0
}

export function sameAddresses(a: AddressSet, b: AddressSet): boolean {
  return sameIntegers(a.ipv4, b.ipv4) && sameIntegers(a.ipv6, b.ipv6)
}

/** `first-last` of each range, IPv4 before IPv6. */
export function addressRanges({ ipv4, ipv6 }: AddressSet): readonly string[] {
  return [
    ...rangesOf(ipv4).map(([first, last]) => rangeText('ipv4', BigInt(first), BigInt(last))),
    ...rangesOf(ipv6).map(([first, last]) => rangeText('ipv6', first, last)),
  ]
}

/** The fewest prefixes that make up the set, in order. */
export function prefixesOf({ ipv4, ipv6 }: AddressSet): readonly string[] {
  return [
    ...rangesOf(ipv4).flatMap(([first, last]) => split('ipv4', BigInt(first), BigInt(last))),
    ...rangesOf(ipv6).flatMap(([first, last]) => split('ipv6', first, last)),
  ].map(formatCidr)
}

function rangeText(family: Cidr['family'], first: bigint, last: bigint): string {
  return `${formatAddress({ family, value: first })}-${formatAddress({ family, value: last })}`
}

function split(family: Cidr['family'], first: bigint, last: bigint): readonly Cidr[] {
  const width = family === 'ipv4' ? 32 : 128
  const cidrs: Cidr[] = []
  for (let base = first; base <= last;) {
    let free = 0
    // As large as the alignment of `base` and the end allow.
    while (free < width && ((base >> BigInt(free)) & 1n) === 0n && base + (2n << BigInt(free)) - 1n <= last)
      free++
    cidrs.push({ family, base, bits: width - free })
    base += 1n << BigInt(free)
  }
  return cidrs
}
