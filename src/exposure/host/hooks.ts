import {
  EVERY_ADDRESS,
  intersectAddresses,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import type { HostNetwork } from '../../model/host-network.ts'
import type { FilterChain, FilterHook, FilterRule, FilterTable } from '../../model/packet-filter.ts'
import { both, either, isNobody, perhaps } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import { passBase } from './chain.ts'
import type { Walk } from './chain.ts'
import type { Marks, Packet, Step } from './packet.ts'
import { noMarks } from './packet.ts'

/** What the hooks of one namespace are asked with. */
export interface Passage {
  readonly network: HostNetwork
  readonly local: AddressSet
  readonly marks: Marks
  readonly steps: Step[] | null
  readonly budget: { left: number }
}

interface Base {
  readonly table: FilterTable
  readonly chain: FilterChain
  readonly priority: number
}

/** linux/netfilter_ipv4.h: connection tracking, and where destinations and sources are translated. */
const TRACKING = -200
const TRANSLATING = { prerouting: -100, output: -100, input: 100, postrouting: 100 } as const

/** The hook by which an answer passes where the question passed by this one. */
const ANSWER: Readonly<Partial<Record<FilterHook, FilterHook>>> = {
  prerouting: 'postrouting',
  input: 'output',
  forward: 'forward',
  output: 'input',
  postrouting: 'prerouting',
}

/**
 * Who passes the chains of a hook that filter, of those `between` two priorities. A TCP connection carries nothing
 * until an answer came back and was answered: whoever passes surely, passes with those as well.
 */
export function passFilters(
  hook: FilterHook,
  packet: Packet,
  from: Bounds,
  passage: Passage,
  between: Range = ALL,
): Bounds {
  if (passage.network.tables === null) return perhaps(from.may)
  const first = passAll(hook, packet, from, passage, between)
  if (packet.transport === 'udp' || isEmpty(first.must)) return first
  const quiet = { ...passage, steps: null, marks: noMarks() }
  const surely = { must: first.must, may: first.must }
  const later = passAll(hook, { ...packet, phase: 'later' }, surely, quiet, between)
  const back = ANSWER[hook]
  // Both sides of a hook are asked for at once, where the question passes the last of it.
  const ask = back !== undefined && between.to === Infinity
  const reply: Packet = { ...packet, phase: 'reply', in: packet.out, out: packet.in, tracked: true }
  const answered = ask ? passAll(back, reply, surely, { ...quiet, marks: noMarks() }, ALL) : surely
  return { must: intersectAddresses(later.must, answered.must), may: first.may }
}

export interface Range {
  readonly from: number
  readonly to: number
}
const ALL: Range = { from: -Infinity, to: Infinity }

/** Chains before destinations are translated, and those after. */
export const EARLY: Range = { from: -Infinity, to: TRANSLATING.prerouting }
export const LATE: Range = { from: TRANSLATING.prerouting, to: Infinity }

function passAll(hook: FilterHook, packet: Packet, from: Bounds, passage: Passage, between: Range): Bounds {
  let left = from
  for (const { table, chain, priority } of chainsAt(passage.network, hook, packet)) {
    if (chain.base?.type === 'nat' || priority < between.from || priority >= between.to) continue
    if (isNobody(left)) return left
    const early = hook === 'ingress' || ((hook === 'prerouting' || hook === 'output') && priority < TRACKING)
    const walk = walkOf(hook, early ? { ...packet, tracked: false } : packet, passage)
    const { accepted } = passBase(table, chain, left, walk)
    left = ofDevice(chain, packet) === 'unknown' ? { must: accepted.must, may: left.may } : accepted
    // Behind the place where sources are translated, an answer has the address that was asked for.
    if (
      packet.phase === 'reply' &&
      packet.translated &&
      hook === 'postrouting' &&
      priority > TRANSLATING.postrouting
    )
      left = perhaps(left.may)
  }
  return left
}

export interface Rewritten {
  readonly by: FilterRule
  readonly bounds: Bounds
}

/** Which senders' destination is translated, by which rule, and whose is not. The first chain that does so is the last. */
export function translate(
  hook: 'prerouting' | 'output',
  packet: Packet,
  from: Bounds,
  passage: Passage,
): { readonly rewritten: readonly Rewritten[]; readonly kept: Bounds } {
  // What connection tracking does not see is not translated.
  const { untracked } = passage.marks
  const { translated, kept } = passTranslations(
    hook,
    packet,
    passage.network.tables === null ? perhaps(from.may) : from,
    passage,
  )
  return {
    rewritten: translated.map(({ by, bounds }) => ({
      by,
      bounds: { must: subtractAddresses(bounds.must, untracked), may: bounds.may },
    })),
    kept: either(kept, perhaps(intersectAddresses(from.may, untracked))),
  }
}

/**
 * The first chain that translates is the last that is asked. Which of two with one priority comes first, the kernel
 * knows by when they were made, and tells nobody.
 */
function passTranslations(
  hook: FilterHook,
  packet: Packet,
  from: Bounds,
  passage: Passage,
): { readonly translated: readonly Rewritten[]; readonly kept: Bounds } {
  const all: Rewritten[] = []
  let kept = from
  const bases = chainsAt(passage.network, hook, packet).filter(({ chain }) => chain.base?.type === 'nat')
  for (const group of Map.groupBy(bases, ({ priority }) => priority).values()) {
    if (isNobody(kept)) break
    const asked = group.map(({ table, chain }) => passBase(table, chain, kept, walkOf(hook, packet, passage)))
    for (const { translated } of asked) {
      const others = asked
        .filter((other) => other.translated !== translated)
        .flatMap((other) => other.translated.map(({ bounds }) => bounds.may))
        .reduce(uniteAddresses, NO_ADDRESS)
      for (const { by, bounds } of translated)
        all.push({ by, bounds: { must: subtractAddresses(bounds.must, others), may: bounds.may } })
    }
    kept = asked.reduce((sum, { accepted }) => both(sum, accepted), kept)
  }
  return { translated: all, kept }
}

export interface Leaving {
  /** What stands for the senders from here on; null where it is themselves. */
  readonly seenAs: AddressSet | null
  readonly by: FilterRule | null
  readonly bounds: Bounds
}

/** The senders by what stands for them once they leave by `packet.out`. */
export function replaced(packet: Packet, from: Bounds, passage: Passage): readonly Leaving[] {
  const { translated, kept } = passTranslations('postrouting', packet, from, passage)
  const pieces = translated.map(({ by, bounds }): Leaving => {
    const own =
      by.verdict.do === 'masquerade' ? (by.verdict.by ?? ownOf(passage.network, packet)) : EVERY_ADDRESS
    // The answer comes back to that address before it comes back to the sender's.
    return { seenAs: own, by, bounds: { must: passAnswers(packet, own, bounds, passage), may: bounds.may } }
  })
  return isNobody(kept) ? pieces : [...pieces, { seenAs: null, by: null, bounds: kept }]
}

function passAnswers(packet: Packet, seenAs: AddressSet, { must }: Bounds, passage: Passage): AddressSet {
  if (packet.transport === 'udp' || isEmpty(must)) return must
  const reply: Packet = { ...packet, phase: 'reply', in: packet.out, out: packet.in, tracked: true, seenAs }
  const quiet = { ...passage, steps: null, marks: noMarks() }
  return passAll('prerouting', reply, { must, may: must }, quiet, ALL).must
}

function ownOf({ interfaces }: HostNetwork, { out, destination }: Packet): AddressSet {
  const all = interfaces.find(({ name }) => name === out)?.addresses ?? []
  return all
    .filter(({ address }) => address.family === destination.family)
    .reduce<AddressSet>(
      (sum, { address }) =>
        address.family === 'ipv4'
          ? {
              ...sum,
              ipv4: [...sum.ipv4, Number(address.value), Number(address.value) + 1].sort((a, b) => a - b),
            }
          : {
              ...sum,
              ipv6: [...sum.ipv6, address.value, address.value + 1n].sort((a, b) => (a < b ? -1 : 1)),
            },
      NO_ADDRESS,
    )
}

function walkOf(hook: FilterHook, packet: Packet, passage: Passage): Walk {
  return {
    net: passage.network.net,
    hook,
    packet,
    local: passage.local,
    marks: passage.marks,
    steps: passage.steps,
    budget: passage.budget,
  }
}

function chainsAt(network: HostNetwork, hook: FilterHook, packet: Packet): readonly Base[] {
  const all = cachedChains(network, hook)
  const family = packet.destination.family === 'ipv4' ? 'ip' : 'ip6'
  return all.filter(
    ({ table, chain }) =>
      (table.family === family || table.family === 'inet' || table.family === 'netdev') &&
      ofDevice(chain, packet) !== 'other',
  )
}

/** `nft` before 1.0.7 does not list the device of a chain. */
function ofDevice({ base }: FilterChain, packet: Packet): 'this' | 'other' | 'unknown' {
  if (base?.hook !== 'ingress') return 'this'
  if (base.devices === null) return 'unknown'
  return base.devices.includes(packet.in ?? '') ? 'this' : 'other'
}

const chains = new WeakMap<HostNetwork, Map<FilterHook, readonly Base[]>>()

function cachedChains(network: HostNetwork, hook: FilterHook): readonly Base[] {
  let known = chains.get(network)
  if (known === undefined) chains.set(network, (known = new Map()))
  let at = known.get(hook)
  if (at === undefined) {
    at = (network.tables ?? [])
      .flatMap((table) => [...table.chains.values()].map((chain) => ({ table, chain })))
      .filter(({ chain }) => chain.base?.hook === hook)
      .map(({ table, chain }) => ({ table, chain, priority: chain.base?.priority ?? 0 }))
      .sort((a, b) => a.priority - b.priority)
    known.set(hook, at)
  }
  return at
}

function isEmpty(set: AddressSet): boolean {
  return set.ipv4.length + set.ipv6.length === 0
}
