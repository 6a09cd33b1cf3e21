import { EVERY_IPV4, EVERY_IPV6, subtractAddresses } from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { intersect, intervalsOf, subtract } from '../../lib/interval-set.ts'
import type { IntervalSet } from '../../lib/interval-set.ts'
import { parseAddress, parseCidr } from '../../lib/ip.ts'
import type { Json, JsonRecord } from './json.ts'
import { listOf, recordOf, textOf } from './json.ts'

export interface NftSets {
  /** A set or map by name; null where there is none, or where packets change it. */
  named(name: string): JsonRecord | null
}

/** The members of a right-hand side: of a set, named or not, a list, or itself. Null: they are not known. */
export function membersOf(right: Json | undefined, sets: NftSets): readonly Json[] | null {
  if (right === undefined) return null
  if (typeof right === 'string' && right.startsWith('@')) return elementsOf(sets.named(right.slice(1)))
  const set = recordOf(right)?.['set']
  if (set !== undefined) return Array.isArray(set) ? listOf(set).map(bare) : [bare(set)]
  return Array.isArray(right) ? listOf(right).map(bare) : [right]
}

/** Pairs of a map, named or not; null where they are not known. */
export function pairsOf(
  data: Json | undefined,
  sets: NftSets,
): readonly (readonly [key: Json, value: Json])[] | null {
  const members =
    typeof data === 'string' && data.startsWith('@')
      ? elementsOf(sets.named(data.slice(1)))
      : listOf(recordOf(data)?.['set'])
  if (members === null) return null
  const pairs = members.map((pair) => listOf(pair))
  return pairs.every((pair) => pair.length === 2)
    ? pairs.map(([key, value]) => [bare(key!), value!] as const)
    : null
}

function elementsOf(set: JsonRecord | null): readonly Json[] | null {
  // Terse listings (-t) leave the elements out, and so does a set without any: it cannot be told which.
  if (set === null) return null
  return listOf(set['elem']).map(bare)
}

/** An element may carry a timeout, a counter, a comment. */
function bare(element: Json): Json {
  return recordOf(recordOf(element)?.['elem'])?.['val'] ?? element
}

export function addressesIn(members: readonly Json[]): AddressSet | null {
  const ranges: { ipv4: [number, number][]; ipv6: [bigint, bigint][] } = { ipv4: [], ipv6: [] }
  for (const member of members) {
    const range = addressRange(member)
    if (range === null) return null
    if (range.family === 'ipv4') ranges.ipv4.push([Number(range.first), Number(range.last)])
    else ranges.ipv6.push([range.first, range.last])
  }
  return { ipv4: intervalsOf(ranges.ipv4), ipv6: intervalsOf(ranges.ipv6) }
}

function addressRange(value: Json): { family: 'ipv4' | 'ipv6'; first: bigint; last: bigint } | null {
  if (typeof value === 'string') {
    const address = parseAddress(value)
    if (address !== null) return { family: address.family, first: address.value, last: address.value }
    const cidr = parseCidr(value)
    return cidr === null ? null : spread(cidr)
  }
  const prefix = recordOf(recordOf(value)?.['prefix'])
  if (prefix !== null) {
    const cidr = parseCidr(`${textOf(prefix['addr']) ?? ''}/${Number(prefix['len'])}`)
    return cidr === null ? null : spread(cidr)
  }
  const [first, last] = listOf(recordOf(value)?.['range']).map((end) => parseAddress(textOf(end) ?? ''))
  return first == null || last == null ? null : { family: first.family, first: first.value, last: last.value }
}

function spread({ family, base, bits }: { family: 'ipv4' | 'ipv6'; base: bigint; bits: number }) {
  const width = family === 'ipv4' ? 32 : 128
  return { family, first: base, last: base + (1n << BigInt(width - bits)) - 1n }
}

/** Numbers of ports; null where one has a name that is not known, or is an expression. */
export function numbersIn(members: readonly Json[]): IntervalSet | null {
  const ranges: [number, number][] = []
  for (const member of members) {
    const ends = typeof member === 'object' ? listOf(recordOf(member)?.['range']) : [member, member]
    const [first, last] = ends.map((end) =>
      typeof end === 'string' && /^\d+$/.test(end) ? Number(end) : end,
    )
    if (typeof first !== 'number' || typeof last !== 'number') return null
    ranges.push([first, last])
  }
  return intervalsOf(ranges)
}

export function namesIn(members: readonly Json[]): readonly string[] | null {
  return members.every((member) => typeof member === 'string') ? members : null
}

/** By a comparison with `op`; addresses compare within their family alone. */
export function compared(op: string, set: IntervalSet, all: IntervalSet): IntervalSet | null {
  const [least, end] = [set[0], set.at(-1)]
  if (op === '==' || op === 'in') return intersect(set, all)
  if (op === '!=') return subtract(all, set)
  if (least === undefined || end === undefined) return null
  if (op === '<') return intersect(all, [-1, least])
  if (op === '<=') return intersect(all, [-1, end])
  if (op === '>') return intersect(all, [end, 2 ** 33])
  if (op === '>=') return intersect(all, [least, 2 ** 33])
  return null
}

export function comparedAddresses(op: string, set: AddressSet, family: 'ipv4' | 'ipv6'): AddressSet | null {
  const all = family === 'ipv4' ? EVERY_IPV4 : EVERY_IPV6
  if (op === '==' || op === 'in') return set
  return op === '!=' ? subtractAddresses(all, set) : null
}
