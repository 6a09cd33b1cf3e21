import type { PortId, Transport } from '../model/port.ts'
import type { Sighting } from '../model/source.ts'
import { fitOf, type Fit } from './address.ts'
import type { ObservedPort } from './merge.ts'
import type { DeclaredBinding, DeclaredRecord } from './record.ts'
import { rangeText } from './wording.ts'

/** One binding of one record. */
export interface Claim {
  readonly record: DeclaredRecord
  readonly binding: DeclaredBinding
}

/** Which claim covers which port. Lists run beside each other, as a place may hold a hundred thousand ports. */
export interface Matching {
  readonly ports: readonly ObservedPort[]
  /** Sorted by transport and first port. */
  readonly claims: readonly Claim[]
  /** Index into `claims` of what covers a port, or -1. */
  readonly claimOf: readonly number[]
  /** 1 where the port answers on more than the declared address. */
  readonly wider: readonly number[]
  /** The most that was observed of what a claim covers. */
  readonly seen: readonly number[]
  /** The port that closed last, by claim, where one closed. */
  readonly closed: ReadonlyMap<number, ObservedPort>
}

/** Values of `Matching.seen`. */
export const SEEN = { nothing: 0, closed: 1, unknown: 2, open: 3 } as const

interface Sorted {
  readonly claims: readonly Claim[]
  readonly first: readonly number[]
  readonly last: readonly number[]
  /** Highest `last` up to and including an index: where a walk back may end. */
  readonly reach: readonly number[]
}

/** The claim that covers a port, and those that cover it as closely. */
interface Closest {
  claim: number
  closeness: number
  /** `claim` among them. */
  equals: number[]
  /** One dual-stack socket is what two bindings, any IPv4 and any IPv6, declare together. */
  bothFamilies: boolean
}

/**
 * Finds the claim that covers each port: same transport, port in range, address compatible. The closest address
 * wins, then the narrowest range; of equals, the first by name. Cost grows with ports × log(claims), as long
 * as few declared ranges lie within each other.
 */
export function matchPorts(ports: readonly ObservedPort[], records: readonly DeclaredRecord[]): Matching {
  const sorted = sortClaims(records)
  const claimOf: number[] = ports.map(() => -1)
  const wider: number[] = ports.map(() => 0)
  const seen: number[] = sorted.claims.map(() => 0)
  const closed = new Map<number, ObservedPort>()
  for (const [i, port] of ports.entries()) {
    const best = closestClaim(port.lead.sighting, sorted)
    if (best === null) continue
    claimOf[i] = best.claim
    wider[i] = best.closeness === CLOSENESS.wider && !best.bothFamilies ? 1 : 0
    for (const claim of best.equals) if (seen[claim]! < SEEN[port.observed]) seen[claim] = SEEN[port.observed]
    if (port.observed === 'closed') closed.set(best.claim, laterOf(closed.get(best.claim), port))
  }
  return { ports, claims: sorted.claims, claimOf, wider, seen, closed }
}

/**
 * The id of the page of a claim of which nothing is open: the port's own where one was seen there, else the declared
 * binding in the form of `portKeyText`, a range with its last port so that it is not mistaken for its first.
 */
export function claimPageId(place: string, matching: Matching, claim: number): PortId {
  const { record, binding } = matching.claims[claim]!
  const closed = matching.closed.get(claim)
  if (closed !== undefined && binding.first === binding.last) return `${place}/${closed.lead.key}`
  const address = binding.address.includes(':') ? `[${binding.address}]` : binding.address
  const device = binding.device === null ? '' : `%${binding.device}`
  const ports = rangeText(binding.first, binding.last)
  return `${place}/${record.workload ?? 'net:1'}/${address}${device}:${ports}/${binding.transport}`
}

/** Ports of one transport are numbered apart from those of another. */
export function portCode(transport: Transport, port: number): number {
  return (transport === 'tcp' ? 0 : transport === 'udp' ? 65_536 : 131_072) + port
}

function sortClaims(records: readonly DeclaredRecord[]): Sorted {
  const claims: Claim[] = []
  for (const record of records) for (const binding of record.bindings) claims.push({ record, binding })
  // Code and index in one number: a typed array sorts without calling back.
  const order = new Float64Array(claims.length)
  for (const [i, { binding }] of claims.entries())
    order[i] = portCode(binding.transport, binding.first) * 2 ** 32 + i
  order.sort()
  return boundsOf(Array.from(order, (each) => claims[each % 2 ** 32]!))
}

function boundsOf(claims: readonly Claim[]): Sorted {
  const first = claims.map(({ binding }) => portCode(binding.transport, binding.first))
  const last = claims.map(({ binding }) => portCode(binding.transport, binding.last))
  let highest = 0
  const reach = last.map((each) => (highest = Math.max(highest, each)))
  return { claims, first, last, reach }
}

function closestClaim(sighting: Sighting, sorted: Sorted): Closest | null {
  const from = portCode(sighting.transport, sighting.port)
  const until = portCode(sighting.transport, sighting.last)
  let closest: Closest | null = null
  let families = 0
  for (let i = lastAtMost(sorted.first, from); i >= 0 && sorted.reach[i]! >= until; i -= 1) {
    // Whatever begins further left is wider: once an exact address is found, deep nests of ranges need no look.
    if (closest?.closeness === CLOSENESS.same && until - sorted.first[i]! > widthOf(closest.claim, sorted))
      break
    if (sorted.last[i]! < until) continue
    const fit = fitOfClaim(sorted.claims[i]!, sighting)
    if (fit === null) continue
    families |= familyBit(sorted.claims[i]!)
    closest = closer(closest, i, CLOSENESS[fit], sorted)
  }
  if (closest !== null) closest.bothFamilies = families === 3
  return closest
}

function familyBit({ binding }: Claim): number {
  return binding.address === '0.0.0.0' ? 1 : binding.address === '::' ? 2 : 0
}

const CLOSENESS = { same: 0, within: 1, wider: 2 } as const satisfies Record<Exclude<Fit, null>, number>

function closer(closest: Closest | null, claim: number, closeness: number, sorted: Sorted): Closest {
  if (closest === null) return { claim, closeness, equals: [claim], bothFamilies: false }
  const order = closeness - closest.closeness || widthOf(claim, sorted) - widthOf(closest.claim, sorted)
  if (order > 0) return closest
  if (order < 0) return { claim, closeness, equals: [claim], bothFamilies: false }
  closest.equals.push(claim)
  if (isBefore(sorted.claims[claim]!, sorted.claims[closest.claim]!)) closest.claim = claim
  return closest
}

function widthOf(claim: number, sorted: Sorted): number {
  return sorted.last[claim]! - sorted.first[claim]!
}

function isBefore(a: Claim, b: Claim): boolean {
  return a.record.name === b.record.name
    ? a.binding.address < b.binding.address
    : a.record.name < b.record.name
}

/** Greatest index whose value is at most `value`, or -1. */
function lastAtMost(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

function fitOfClaim({ record, binding }: Claim, sighting: Sighting): Fit {
  if (!speaksOf(record, sighting)) return null
  return fitOf(binding, sighting, sighting.flags.length > 0 && sighting.flags.includes('ipv4-unknown'))
}

/** A host's record speaks of the host's own namespace; one with a workload, of that workload wherever it runs. */
function speaksOf(record: DeclaredRecord, sighting: Sighting): boolean {
  const { workload } = record
  if (workload === null) return record.placeKind !== 'host' || sighting.net === 'net:1'
  if (sighting.net === workload) return true
  if (sighting.workload !== null && isSameWorkload(workload, sighting.workload)) return true
  return sighting.owners.some(
    (owner) =>
      owner.unit === workload || (workload.length >= 12 && owner.container?.startsWith(workload) === true),
  )
}

/** `shop/web` and `shop/deployment/web` both name `shop/Deployment/web`: the name, and what else is said, agree. */
function isSameWorkload(declared: string, seen: string): boolean {
  const own = seen.toLowerCase().split('/')
  const said = declared.toLowerCase().split('/')
  return said.at(-1) === own.at(-1) && said.slice(0, -1).every((part) => own.slice(0, -1).includes(part))
}

function laterOf(one: ObservedPort | undefined, other: ObservedPort): ObservedPort {
  return one !== undefined && closedOrder(one) > closedOrder(other) ? one : other
}

function closedOrder(port: ObservedPort): string {
  return `${port.since?.notAfter ?? ''} ${port.lead.key}`
}
