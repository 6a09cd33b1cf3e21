import {
  EVERY_ADDRESS,
  hasAddress,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { rangesOf } from '../../lib/interval-set.ts'
import { formatAddress } from '../../lib/ip.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { Transport } from '../../model/port.ts'
import type { FilterRule } from '../../model/packet-filter.ts'
import { both, exactly, isNobody, perhaps } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import { EARLY, LATE, passFilters, replaced, translate } from './hooks.ts'
import type { Passage } from './hooks.ts'
import type { Marks, Packet, Step } from './packet.ts'
import { noMarks } from './packet.ts'
import { LINK_LOCAL, LOOPBACK, NOBODYS, waysTo } from './routing.ts'
import { takersOf } from './world.ts'
import type { Place, World } from './world.ts'

/** Where packets come in, and whose. */
export interface Entry {
  readonly net: string
  /** Null: of a process in the namespace itself. */
  readonly in: string | null
  readonly destination: IpAddress
  readonly transport: Transport
  readonly port: number
  readonly senders: Bounds
}

/** Packets that reach the sockets of a namespace. */
export interface Delivery {
  readonly net: string
  readonly in: string
  readonly destination: IpAddress
  readonly port: number
  /** No rule named another port: what is said here holds for every port that the rules treat alike. */
  readonly portKept: boolean
  /** Nor another address. */
  readonly destinationKept: boolean
  readonly senders: Bounds
  /** A rule that is not understood may send them to any address and port. */
  readonly anywhere: boolean
}

/** Where an entry's packets end up. Everything that drops them on the way is left out. */
export function journey(world: World, entry: Entry, steps: Step[] | null = null): readonly Delivery[] {
  const packet: Packet = {
    transport: entry.transport,
    destination: entry.destination,
    port: entry.port,
    original: { destination: entry.destination, port: entry.port },
    translated: false,
    in: entry.in,
    out: null,
    seenAs: null,
    phase: 'first',
    tracked: true,
    portKept: true,
    destinationKept: true,
  }
  const way: Way = { world, steps, hops: 0, budget: { left: MOST_RULES } }
  return entry.in === null
    ? send(way, entry.net, packet, entry.senders)
    : receive(way, entry.net, packet, entry.senders)
}

/** Rules one entry's packets are held against: 20,000 rules, three phases, some namespaces, with room. */
const MOST_RULES = 400_000
/** Namespaces in a row; a host that sends in a circle ends here. */
const MOST_HOPS = 4

interface Way {
  readonly world: World
  readonly steps: Step[] | null
  readonly hops: number
  readonly budget: { left: number }
}

function passageOf(way: Way, place: Place, marks: Marks): Passage {
  return { network: place.network, local: place.routing.local, marks, steps: way.steps, budget: way.budget }
}

function receive(way: Way, net: string, packet: Packet, senders: Bounds): readonly Delivery[] {
  const place = way.world.places.get(net)
  if (place === undefined || way.hops > MOST_HOPS) return []
  const passage = passageOf(way, place, noMarks())
  const device = place.network.interfaces.find(({ name }) => name === packet.in)
  const filtered = device?.program === true ? perhaps(senders.may) : senders
  const arrived = arriving(place, packet, filtered)
  const early = passFilters(
    'prerouting',
    packet,
    passFilters('ingress', packet, arrived, passage),
    passage,
    EARLY,
  )
  if (isNobody(early)) return []
  const { rewritten, kept } = translate('prerouting', packet, early, passage)
  const after = [
    ...rewritten.flatMap(({ by, bounds }) => renewed(place, packet, by, bounds)),
    { packet, bounds: kept, anywhere: false },
  ]
  return after.flatMap(({ packet: next, bounds, anywhere }) => {
    const late = passFilters('prerouting', next, bounds, passage, LATE)
    if (isNobody(late)) return []
    if (anywhere) return [delivered(net, next, perhaps(late.may), true)]
    return route(way, place, next, late, passage)
  })
}

/** Whom the kernel takes a packet from before any rule sees it (martians), and to whom it would answer. */
function arriving({ routing }: Place, packet: Packet, senders: Bounds): Bounds {
  if (packet.in === 'lo') return senders
  const behind = routing.behind.get(packet.in ?? '') ?? NO_ADDRESS
  const onLink = packet.destination.family === 'ipv6' ? LINK_LOCAL : NO_ADDRESS
  if (packet.seenAs !== null) {
    const answered = isNoAddress(subtractAddresses(packet.seenAs, behind))
    return answered && routing.known ? senders : perhaps(senders.may)
  }
  const possible = subtractAddresses(uniteAddresses(behind, onLink), uniteAddresses(routing.local, NOBODYS))
  return both(senders, routing.known ? exactly(possible) : { must: NO_ADDRESS, may: EVERY_ADDRESS })
}

interface Renewed {
  readonly packet: Packet
  readonly bounds: Bounds
  readonly anywhere: boolean
}

/** The packet with its new destination. Where the kernel chooses one of several, each may be it. */
function renewed(place: Place, packet: Packet, by: FilterRule, bounds: Bounds): readonly Renewed[] {
  const { verdict } = by
  if (verdict.do !== 'translate') return [{ packet, bounds, anywhere: true }]
  const addresses =
    verdict.to === 'here'
      ? here(place, packet)
      : verdict.to === null
        ? [packet.destination]
        : membersOf(verdict.to, packet)
  const ports = verdict.ports === null ? [packet.port] : portsOf(verdict.ports)
  if (addresses === null || ports === null) return [{ packet, bounds: perhaps(bounds.may), anywhere: true }]
  const several = addresses.length * ports.length > 1
  return addresses.flatMap((destination) =>
    ports.map((port) => ({
      packet: {
        ...packet,
        destination,
        port,
        // nf_nat_setup_info(): what is sent to where it went anyway does not count as translated.
        translated: !(port === packet.port && sameAddress(destination, packet.destination)),
        portKept: packet.portKept && verdict.ports === null,
        destinationKept: packet.destinationKept && verdict.to === null,
      },
      bounds: several ? perhaps(bounds.may) : bounds,
      anywhere: false,
    })),
  )
}

function sameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value
}

/** nf_nat_redirect.c: the first address of the interface; of what the host itself sends, the loopback's. */
function here(place: Place, packet: Packet): readonly IpAddress[] {
  const { family } = packet.destination
  if (packet.in === null) return [{ family, value: family === 'ipv4' ? 0x7f000001n : 1n }]
  const device = place.network.interfaces.find(({ name }) => name === packet.in)
  const own = (device?.addresses ?? []).filter(({ address }) => address.family === family)
  const chosen = family === 'ipv4' ? own.slice(0, 1) : own
  return chosen.map(({ address }) => address)
}

const MOST_CHOICES = 64

function membersOf(set: AddressSet, { destination: { family } }: Packet): readonly IpAddress[] | null {
  const ranges =
    family === 'ipv4'
      ? rangesOf(set.ipv4).map(([a, b]) => [BigInt(a), BigInt(b)] as const)
      : rangesOf(set.ipv6)
  const count = ranges.reduce((sum, [first, last]) => sum + last - first + 1n, 0n)
  if (count > BigInt(MOST_CHOICES)) return null
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: Number(last - first) + 1 }, (_, i) => ({ family, value: first + BigInt(i) })),
  )
}

function portsOf(set: readonly number[]): readonly number[] | null {
  const ranges = rangesOf(set)
  const count = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  if (count > MOST_CHOICES) return null
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
}

function route(
  way: Way,
  place: Place,
  packet: Packet,
  senders: Bounds,
  passage: Passage,
): readonly Delivery[] {
  const { network, routing } = place
  const { destination } = packet
  const toLoopback = hasAddress(LOOPBACK, destination)
  if (hasAddress(routing.local, destination)) {
    const allowed =
      toLoopback && packet.in !== 'lo'
        ? loopbackFromOutside(place, packet, senders)
        : linkScoped(place, packet, senders)
    const passed = passFilters('input', packet, allowed, passage)
    return isNobody(passed) ? [] : [delivered(network.net, packet, passed, false)]
  }
  const forwarded = forwards(place, packet, senders)
  if (toLoopback || isNobody(forwarded)) return []
  return leave(way, place, packet, forwarded, passage, 'forward')
}

/** Linux answers on every interface for every address it has, but for link-local ones on theirs alone. */
function linkScoped({ network }: Place, packet: Packet, senders: Bounds): Bounds {
  if (!hasAddress(LINK_LOCAL, packet.destination) || packet.in === 'lo') return senders
  const key = formatAddress(packet.destination)
  const here = network.interfaces.find(({ name }) => name === packet.in)
  return here?.addresses.some(({ address }) => formatAddress(address) === key) === true
    ? senders
    : perhaps(NO_ADDRESS)
}

/** ip_route_input_slow(): a martian, unless route_localnet is set for all or for the interface. */
function loopbackFromOutside({ network: { settings } }: Place, packet: Packet, senders: Bounds): Bounds {
  if (packet.destination.family === 'ipv6')
    return packet.translated ? perhaps(senders.may) : perhaps(NO_ADDRESS)
  const on = settings.routeLocalnetOn.get(packet.in ?? '') ?? null
  if (settings.routeLocalnet === true || on === true) return senders
  return settings.routeLocalnet === null || on === null ? perhaps(senders.may) : perhaps(NO_ADDRESS)
}

function forwards({ network: { settings } }: Place, packet: Packet, senders: Bounds): Bounds {
  const { family } = packet.destination
  const all = settings.forwards[family]
  const on = family === 'ipv4' ? (settings.forwardsOn.get(packet.in ?? '') ?? all) : all
  if (hasAddress(LINK_LOCAL, packet.destination)) return perhaps(NO_ADDRESS)
  return on === true ? senders : on === null ? perhaps(senders.may) : perhaps(NO_ADDRESS)
}

/** Out of a namespace, through its rules, into those of the host's namespaces that take it. */
function leave(
  way: Way,
  place: Place,
  packet: Packet,
  senders: Bounds,
  passage: Passage,
  hook: 'forward' | 'output',
): readonly Delivery[] {
  const ways = waysTo(place.network, packet.destination)
  const known = place.network.settings.policyRouting === false && ways.length === 1
  return ways.flatMap(({ device, next }) => {
    if (!place.network.interfaces.some(({ name, up }) => name === device && up)) return []
    const going: Packet = { ...packet, out: device }
    const passed = hook === 'output' ? senders : passFilters('forward', going, senders, passage)
    const posted = passFilters('postrouting', going, passed, passage)
    if (isNobody(posted)) return []
    const takers = takersOf(way.world, place.network.net, device, next)
    const sureOfTaker = known && takers.length === 1 && !isBridged(place, packet, device)
    return takers.flatMap((taker) =>
      replaced(going, posted, passage).flatMap(({ seenAs, bounds }) => {
        const entering: Packet = {
          ...going,
          original: { destination: going.destination, port: going.port },
          translated: false,
          in: taker.device.name,
          out: null,
          seenAs: seenAs ?? packet.seenAs,
        }
        return receive(
          { ...way, hops: way.hops + 1 },
          taker.net,
          entering,
          sureOfTaker && taker.sure ? bounds : perhaps(bounds.may),
        )
      }),
    )
  })
}

/**
 * br_netfilter: what a bridge's own rules send back to the same bridge is bridged, not routed, and comes back by its
 * port only where that port is in hairpin mode.
 */
function isBridged({ network }: Place, { translated, in: came }: Packet, out: string): boolean {
  const bridge = network.interfaces.find(({ name }) => name === out)?.kind === 'bridge'
  return translated && came === out && bridge && network.settings.bridgeFilters !== false
}

/** A process of the namespace itself: what goes to its own addresses comes back by the loopback interface. */
function send(way: Way, net: string, packet: Packet, senders: Bounds): readonly Delivery[] {
  const place = way.world.places.get(net)
  if (place === undefined) return []
  const passage = passageOf(way, place, noMarks())
  const out = outOf(place, packet.destination)
  if (out === null) return []
  const asked: Packet = { ...packet, out }
  // Destinations are translated in the middle of the chains; those before it and behind it see two packets.
  const early = passFilters('output', asked, senders, passage, EARLY)
  const { rewritten, kept } = translate('output', asked, early, passage)
  const after = [
    ...rewritten.flatMap(({ by, bounds }) => renewed(place, asked, by, bounds)),
    { packet: asked, bounds: kept, anywhere: false },
  ]
  return after.flatMap(({ packet: next, bounds, anywhere }) => {
    const way2 = outOf(place, next.destination)
    if (way2 === null) return []
    const late = passOutput(next, out, way2, bounds, passage)
    if (isNobody(late)) return []
    if (anywhere) return [delivered(net, { ...next, in: 'lo' }, perhaps(late.may), true)]
    if (!hasAddress(place.routing.local, next.destination))
      return leave(way, place, next, fromLoopback(place, late), passage, 'output')
    const going: Packet = { ...next, out: 'lo' }
    const posted = passFilters('postrouting', going, late, passage)
    return replaced(going, posted, passage).flatMap(({ seenAs, bounds: left }) => {
      const coming: Packet = { ...next, in: 'lo', out: null, seenAs }
      const came = passFilters('prerouting', coming, passFilters('ingress', coming, left, passage), passage)
      const passed = passFilters('input', coming, came, passage)
      return isNobody(passed) ? [] : [delivered(net, coming, passed, false)]
    })
  })
}

/**
 * A chain of `output` is told the interface of the first route, even where the new destination has another; the
 * answer comes by that one.
 */
function passOutput(packet: Packet, asked: string, now: string, senders: Bounds, passage: Passage): Bounds {
  const passed = passFilters('output', { ...packet, out: asked }, senders, passage, LATE)
  if (asked === now) return passed
  const answered = passFilters('output', { ...packet, out: now }, senders, { ...passage, steps: null }, LATE)
  return { must: intersectAddresses(passed.must, answered.must), may: passed.may }
}

/** ip_route_output: 127/8 does not leave the host, unless route_localnet is set; where, is not told here. */
function fromLoopback({ network: { settings } }: Place, senders: Bounds): Bounds {
  const outside = {
    must: subtractAddresses(senders.must, LOOPBACK),
    may: subtractAddresses(senders.may, LOOPBACK),
  }
  const never = settings.routeLocalnet === false && [...settings.routeLocalnetOn.values()].every((on) => !on)
  return never ? outside : { must: outside.must, may: senders.may }
}

function outOf(place: Place, destination: IpAddress): string | null {
  if (hasAddress(place.routing.local, destination)) return 'lo'
  return waysTo(place.network, destination)[0]?.device ?? null
}

function delivered(net: string, packet: Packet, senders: Bounds, anywhere: boolean): Delivery {
  return {
    net,
    in: packet.in ?? 'lo',
    destination: packet.destination,
    port: packet.port,
    senders,
    anywhere,
    portKept: packet.portKept,
    destinationKept: packet.destinationKept,
  }
}
