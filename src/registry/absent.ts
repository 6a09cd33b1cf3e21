import type { Json, JsonObject } from '../model/entry.ts'
import { TRANSPORTS, type PortRange, type Transport } from '../model/port.ts'
import type { AbsentRegion } from '../model/source.ts'
import { isAny } from './address.ts'

export interface Sought {
  readonly net: string
  readonly transport: Transport
  readonly port: number
  readonly last: number
  readonly address: string | null
}

/** True where a pass that reported `regions` would have seen every port of `sought`, had it been open. */
export function provesAbsence(regions: readonly AbsentRegion[], sought: Sought): boolean {
  return regions.some(
    (region) =>
      region.transport === sought.transport &&
      (region.net === '*' || region.net === sought.net) &&
      holdsAddress(region.addresses, sought.address) &&
      holdsRange(region.ports, sought.port, sought.last),
  )
}

/** Bytes of the regions of one entry. */
const LARGEST_ABSENCE = 8 * 1024
/** `[12345,12345],` */
const LARGEST_RANGE = 14

/**
 * Regions that fit an entry: of very many namespaces those that every host has, of very many ranges the widest.
 * What is left out proves nothing.
 */
export function boundedAbsence(regions: readonly AbsentRegion[]): readonly AbsentRegion[] {
  if (fits(regions)) return regions
  const own = regions.filter(({ net }) => net === 'net:1' || net === '*')
  if (fits(own)) return own
  const share = Math.floor(LARGEST_ABSENCE / LARGEST_RANGE / own.length)
  return own.map((region) => ({ ...region, ports: widest(region.ports, share) }))
}

function fits(regions: readonly AbsentRegion[]): boolean {
  return JSON.stringify(absentToBody(regions)).length <= LARGEST_ABSENCE
}

function widest(ranges: readonly PortRange[], most: number): readonly PortRange[] {
  const byWidth = ranges.toSorted((a, b) => b.last - b.first - (a.last - a.first))
  return byWidth.slice(0, most).sort((a, b) => a.first - b.first)
}

/** Regions as they stand in a ledger entry. */
export function absentToBody(regions: readonly AbsentRegion[]): Json {
  return regions.map((region) => ({
    net: region.net,
    transport: region.transport,
    ports: region.ports.map((range) => [range.first, range.last]),
    addresses: region.addresses,
  }))
}

export function absentFromBody(body: Json | undefined): readonly AbsentRegion[] {
  if (!Array.isArray(body)) return []
  return (body as readonly JsonObject[]).map((region) => ({
    net: region['net'] as string,
    transport: TRANSPORTS.find((each) => each === region['transport']) ?? 'tcp',
    ports: (region['ports'] as readonly (readonly [number, number])[]).map(([first, last]) => ({
      first,
      last,
    })),
    addresses: (region['addresses'] ?? null) as readonly string[] | null,
  }))
}

function holdsAddress(addresses: readonly string[] | null, address: string | null): boolean {
  if (addresses === null) return true
  if (address === null) return false
  if (addresses.includes(address)) return true
  // What is closed on one address is not open on every address.
  return (
    isAny(address) &&
    addresses.some((each) => address === '*' || each.includes(':') === address.includes(':'))
  )
}

function holdsRange(ranges: readonly PortRange[], first: number, last: number): boolean {
  let missing = first
  while (missing <= last) {
    const range = ranges.find((each) => each.first <= missing && missing <= each.last)
    if (range === undefined) return false
    missing = range.last + 1
  }
  return true
}
