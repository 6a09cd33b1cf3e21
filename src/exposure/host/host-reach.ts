import { hasAddress, intersectAddresses, isNoAddress } from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { formatAddress } from '../../lib/ip.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { HostNetwork } from '../../model/host-network.ts'
import type { Transport } from '../../model/port.ts'
import type { Hop, Reach, Reason } from '../../model/reach.ts'
import { ReachBuilder } from '../reach-builder.ts'
import type { Zone } from '../zones.ts'
import { addressClasses } from './address-classes.ts'
import type { AddressClasses } from './address-classes.ts'
import { exactly, perhaps } from './bounds.ts'
import { hopsOf } from './evidence.ts'
import { journey } from './journey.ts'
import type { Delivery, Entry } from './journey.ts'
import { takes } from './listener.ts'
import type { Listener } from './listener.ts'
import { portClasses } from './port-classes.ts'
import { LOOPBACK } from './routing.ts'
import { gatesOf } from './senders.ts'
import type { Gate, Senders } from './senders.ts'
import { askedByRules } from './translated-ports.ts'
import { worldOf } from './world.ts'
import type { World } from './world.ts'

/**
 * From where each socket of a host can be reached. Ports that no rule tells apart are answered once.
 * @param first label of the namespace that is the host itself
 */
export function hostReach(
  networks: readonly HostNetwork[],
  zones: readonly Zone[],
  first = 'net:1',
): (listener: Listener) => Reach | null {
  const world = worldOf(networks)
  // The same host without a rule: where there is a way at all.
  const bare = worldOf(networks.map((network) => ({ ...network, tables: [] })))
  const gates = gatesOf(world, zones, first)
  const classes = portClasses(networks)
  const asked = askedByRules(networks, classes)
  const ways = new Ways(world, bare)
  const answers = new Map<string, Reach>()
  const translated = new Map<Transport, readonly Way[]>()
  const many = gates.length * (ways.count + asked.addresses.length) * asked.ports.length > MOST_QUESTIONS
  const reasons = [...generalReasons(networks, gates), ...(many ? [TOO_MANY] : [])]

  const elsewhere = (transport: Transport): readonly Way[] => {
    let known = translated.get(transport)
    if (known === undefined) {
      known = gates.flatMap((gate) =>
        [...(many ? [] : ways.destinations(gate)), ...(many ? [] : asked.addresses)].flatMap((destination) =>
          asked.ports.flatMap((port) =>
            ways
              .from({ gate, destination, transport, port }, classes.of(port))
              .filter(({ delivery }) => !delivery.portKept || delivery.anywhere || !ways.isOwn(destination)),
          ),
        ),
      )
      translated.set(transport, known)
    }
    return known
  }

  return (listener) => {
    if (!world.places.has(listener.net)) return null
    const other = elsewhere(listener.transport).filter(
      ({ delivery }) =>
        takes(listener, delivery, listener.transport, delivery.portKept ? listener.port : delivery.port) !==
        'no',
    )
    const { net, transport, address, device, family, ipv4Unknown, port } = listener
    const alike = other.length > 0 ? `:${port}` : classes.of(port)
    const key = `${net} ${transport} ${address} ${device} ${family} ${ipv4Unknown} ${alike}`
    const known = answers.get(key)
    if (known !== undefined) return known
    // Where no rule keeps the port and changes the address, nobody gets there who asks for another one.
    const own = asked.keepsPort ? null : ways.ownOf(net)
    const direct = gates.flatMap((gate) =>
      ways
        .destinations(gate)
        .filter((destination) => own === null || own.has(formatAddress(destination)))
        .flatMap((destination) => ways.from({ gate, destination, transport, port }, classes.of(port))),
    )
    const reach = assemble(
      world,
      listener,
      [
        ...direct.filter(({ delivery }) => delivery.portKept),
        ...other,
        ...(many ? gates.flatMap((gate) => anywhere(gate, listener, ways.destinations(gate)[0])) : []),
      ],
      reasons,
    )
    answers.set(key, reach)
    return reach
  }
}

/** Gates by destinations by ports that are followed through rules which translate: some seconds' work. */
const MOST_QUESTIONS = 50_000

const TOO_MANY: Reason = {
  code: 'rule-unknown',
  text: 'the host translates too many destinations to follow each: every socket is possibly reached by one of them',
}

function anywhere(gate: Gate, listener: Listener, destination: IpAddress | undefined): readonly Way[] {
  if (destination === undefined) return []
  const { net, transport, port } = listener
  const kept = { portKept: false, destinationKept: false, anywhere: true }
  const delivery = { net, in: '', destination, port, senders: perhaps(gate.all), ...kept }
  return [{ question: { gate, destination, transport, port }, delivery, ruled: true }]
}

/** One destination, asked for at one gate. */
interface Question {
  readonly gate: Gate
  readonly destination: IpAddress
  readonly transport: Transport
  readonly port: number
}

interface Way {
  readonly question: Question
  readonly delivery: Delivery
  /** Where no rule is in the way, it is merely accessible. */
  readonly ruled: boolean
}

class Ways {
  readonly #world: World
  readonly #bare: World
  readonly #known = new Map<string, readonly Omit<Way, 'question'>[]>()
  /** Without rules all ports are alike. */
  readonly #plain = new Map<string, readonly Delivery[]>()
  readonly #addresses: AddressClasses
  readonly #destinations: readonly IpAddress[]
  readonly #own: ReadonlySet<string>

  constructor(world: World, bare: World) {
    this.#world = world
    this.#bare = bare
    const all = [...world.places.values()].flatMap(({ ownAddresses }) => ownAddresses)
    this.#destinations = [...new Map(all.map((address) => [formatAddress(address), address])).values()]
    this.#own = new Set(this.#destinations.map(formatAddress))
    this.#addresses = addressClasses(world)
  }

  get count(): number {
    return this.#destinations.length
  }

  ownOf(net: string): ReadonlySet<string> {
    return new Set((this.#world.places.get(net)?.ownAddresses ?? []).map(formatAddress))
  }

  isOwn(address: IpAddress): boolean {
    return this.#own.has(formatAddress(address))
  }

  /** Addresses that somebody at the gate may ask for. Of loopback ones, only the namespace's own. */
  destinations({ net }: Gate): readonly IpAddress[] {
    const own = this.#world.places.get(net)?.ownAddresses ?? []
    return [
      ...this.#destinations.filter((address) => !hasAddress(LOOPBACK, address)),
      ...own.filter((address) => hasAddress(LOOPBACK, address)),
    ]
  }

  /** What is delivered, for every port and address of the classes of those that are asked for. */
  from(question: Question, portClass: number): readonly Way[] {
    const { gate, destination, transport } = question
    const addressClass = this.#addresses.of(destination)
    const at = `${gate.net} ${gate.in} ${addressClass} ${transport}`
    const key = `${at} ${portClass}`
    let known = this.#known.get(key)
    if (known === undefined) {
      const entry = entryOf(question)
      let plain = this.#plain.get(at)
      if (plain === undefined) this.#plain.set(at, (plain = journey(this.#bare, entry)))
      known = [
        ...journey(this.#world, entry).map((delivery) => ({ delivery, ruled: true })),
        ...plain.map((delivery) => ({ delivery, ruled: false })),
      ]
      this.#known.set(key, known)
    }
    return known.map(({ delivery, ruled }) => ({
      question,
      ruled,
      delivery: delivery.destinationKept ? { ...delivery, destination } : delivery,
    }))
  }
}

function entryOf({ gate, destination, transport, port }: Question): Entry {
  return { net: gate.net, in: gate.in, destination, transport, port, senders: exactly(gate.all) }
}

function assemble(world: World, listener: Listener, ways: readonly Way[], reasons: readonly Reason[]): Reach {
  const builder = new ReachBuilder(listener.net)
  const unsure = new Map<string, Reason>()
  for (const reason of reasons) builder.reason(reason)
  for (const { question, delivery, ruled } of ways) {
    const port = delivery.portKept ? listener.port : delivery.port
    const taken = takes(listener, delivery, listener.transport, port)
    if (taken === 'no') continue
    for (const senders of question.gate.senders) {
      const zone = zoneOf(question, senders)
      const may = intersectAddresses(delivery.senders.may, senders.addresses)
      if (isNoAddress(may)) continue
      if (!ruled) {
        builder.accessible(zone.name, zone.level)
        continue
      }
      const surely = intersectAddresses(delivery.senders.must, senders.addresses)
      // Who comes by a router comes by what nobody read: an address that is not private proves no way to it.
      const arrives = senders.inhabited && !senders.forwarded
      if (senders.forwarded) builder.reason(UPSTREAM)
      const must = taken === 'must' && arrives && !isNoAddress(surely)
      const entry = { ...entryOf(question), port: delivery.portKept ? listener.port : question.port }
      const hops = () => hopsOf(world, entry, listener, example(must ? surely : may))
      builder.zone(zone.name, zone.level, must, hops)
      if (!must && arrives && taken === 'must' && !unsure.has(zone.name))
        unsure.set(zone.name, whyUnsure(zone.name, hops()))
      if (taken === 'may' && !delivery.anywhere) builder.reason(UNCLEAR)
    }
  }
  const reach = builder.build()
  const left = [...unsure].filter(([zone]) => !reach.must.includes(zone)).map(([, reason]) => reason)
  return { ...reach, reasons: [...reach.reasons, ...left] }
}

function whyUnsure(zone: string, hops: readonly Hop[]): Reason {
  const step = hops.find(({ rule }) => rule.startsWith('perhaps '))
  const why =
    step === undefined
      ? 'it is not sure that later packets and answers pass, or who takes them on the way'
      : `${step.at}: ${step.rule}${step.source === null ? '' : ` (${step.source})`}`
  return { code: step === undefined ? 'answer-unsure' : 'rule-unknown', text: `from ${zone}: ${why}` }
}

function zoneOf({ destination, gate }: Question, { zone, level }: Senders): Pick<Zone, 'name' | 'level'> {
  // By an address of the loopback interface nobody but the namespace itself asks.
  return gate.in === null && hasAddress(LOOPBACK, destination)
    ? { name: 'loopback', level: 'loopback' }
    : { name: zone, level }
}

function example(set: AddressSet): IpAddress {
  const [four] = set.ipv4
  // The first of a prefix names the prefix; the one behind it can be a host.
  if (four !== undefined) {
    const next = set.ipv4[1]! - four > 1 ? four + 1 : four
    return { family: 'ipv4', value: BigInt(next) }
  }
  const six = set.ipv6[0] ?? 0n
  return { family: 'ipv6', value: set.ipv6[1]! - six > 1n ? six + 1n : six }
}

const UPSTREAM: Reason = {
  code: 'upstream-unread',
  text: 'routers, clouds and their translations between this host and networks beyond its links are not read',
}
const UNCLEAR: Reason = {
  code: 'socket-unclear',
  text: 'the source cannot tell whether the socket answers on IPv4 as well',
}

function generalReasons(networks: readonly HostNetwork[], gates: readonly Gate[]): readonly Reason[] {
  const outer = gates.filter((gate) => gate.in !== null && gate.senders.some(({ forwarded }) => forwarded))
  return [
    ...networks.flatMap((network) => network.reasons),
    ...(outer.length > 1
      ? [
          {
            code: 'arrival-by-route' as const,
            text: 'a source is taken to come by the interface by which the host would answer it',
          },
        ]
      : []),
  ]
}
