import {
  addressesOf,
  EVERY_ADDRESS,
  EVERY_IPV4,
  EVERY_IPV6,
  hasAddress,
  intersectAddresses,
  isNoAddress,
  subtractAddresses,
} from '../lib/address-set.ts'
import type { AddressSet } from '../lib/address-set.ts'
import { parseAddress } from '../lib/ip.ts'
import type { Cidr } from '../lib/ip.ts'
import type { LabelSelector, PodSelection, PolicyFacts, WorkloadFacts } from '../model/cluster.ts'
import { NAMESPACE_NAME_LABEL } from '../model/cluster.ts'
import type { Cluster } from './cluster.ts'
import { selectorKey } from './label-match.ts'
import type { Labels } from './label-match.ts'
import { PRIVATE_ADDRESSES } from './zones.ts'

/**
 * Whom a rule can mean. Pods that no rule can tell apart are one peer, so that the work follows the kinds of pods
 * and not their number.
 */
export type Peer =
  | PodPeer
  /** Addresses outside the cluster that stand in the same blocks. */
  | { readonly peer: 'addresses'; readonly addresses: AddressSet }
  /** Any pod at all: what a rule gives to it, it gives to every pod there may ever be. */
  | { readonly peer: 'any-pod' }
  /** A pod without labels in a namespace that no rule names: it could be started by anybody who may start one. */
  | { readonly peer: 'plain-pod' }
  /** A pod that a rule describes, whether or not there is one. */
  | { readonly peer: 'described-pod'; readonly selection: PodSelection }
  /** The nodes, and what shares their network. */
  | { readonly peer: 'nodes' }

export interface PodPeer {
  readonly peer: 'pods'
  readonly namespace: string
  readonly namespaceLabels: Labels
  readonly labels: Labels
  /** Only those that some rule names. */
  readonly namedPorts: NamedPorts
  readonly addresses: readonly string[]
  /** Indexes into the workloads of the cluster. */
  readonly workloads: number[]
}

export type NamedPorts = readonly {
  readonly name: string
  readonly transport: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}[]

export interface Peers {
  /** Equal where rules tell the same apart. */
  readonly key: string
  readonly all: readonly Peer[]
  /** By index of the workload. */
  readonly ofWorkload: readonly number[]
  readonly anyPod: number
  readonly plainPod: number
  readonly nodes: number
}

/** @param before taken over as a whole where rules tell the same pods, descriptions and addresses apart */
export function peersOf(
  cluster: Cluster,
  before?: { readonly cluster: Cluster; readonly peers: Peers },
): Peers {
  const told = namedByRules(cluster.policies)
  const described = describedPods(cluster.policies)
  const addresses = addressPeers(cluster.policies)
  const key = JSON.stringify([
    [...told.keys].sort(),
    [...told.ports].sort(),
    told.addresses,
    ...[...described, ...addresses].map(peerKey),
  ])
  if (
    before?.peers.key === key &&
    before.cluster.workloads === cluster.workloads &&
    before.cluster.namespaces === cluster.namespaces
  )
    return before.peers
  const pods = podPeers(cluster, told, partFinder(addresses))
  const special: readonly Peer[] = [{ peer: 'any-pod' }, { peer: 'plain-pod' }, { peer: 'nodes' }]
  const ofWorkload: number[] = []
  for (const [index, { workloads }] of pods.entries())
    for (const workload of workloads) ofWorkload[workload] = index
  // Pods that share their node's network are on the node, for every rule.
  for (const [index, { hostNetwork }] of cluster.workloads.entries())
    if (hostNetwork) ofWorkload[index] = pods.length + 2
  return {
    key,
    all: [...pods, ...special, ...described, ...addresses],
    ofWorkload,
    anyPod: pods.length,
    plainPod: pods.length + 1,
    nodes: pods.length + 2,
  }
}

/** How surely an address of a pod or node lies in some blocks. */
export function inBlocks(blocks: AddressSet, known: readonly string[]): 'yes' | 'no' | 'perhaps' {
  if (known.length > 0) {
    const inside = known.filter((text) => {
      const address = parseAddress(text)
      return address !== null && hasAddress(blocks, address)
    })
    return inside.length === known.length ? 'yes' : inside.length === 0 ? 'no' : 'perhaps'
  }
  if (isNoAddress(subtractAddresses(EVERY_IPV4, blocks))) return 'yes'
  return isNoAddress(intersectAddresses(PRIVATE_ADDRESSES, blocks)) ? 'no' : 'perhaps'
}

export function blocksOf(cidrs: readonly Cidr[], except: readonly Cidr[]): AddressSet {
  return subtractAddresses(addressesOf(cidrs), addressesOf(except))
}

function podPeers(
  { workloads, namespaces }: Cluster,
  { keys, ports, addresses }: ReturnType<typeof namedByRules>,
  partOf: (address: string) => number,
): readonly PodPeer[] {
  const found = new Map<string, PodPeer>()
  for (const [index, workload] of workloads.entries()) {
    if (workload.hostNetwork) continue
    const labels = [...workload.labels].filter(([key]) => keys.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))
    const named = namedPorts(workload, ports)
    const known = addresses ? workload.addresses : []
    // Rules see which blocks an address lies in, and not the address: thousands of pods share that.
    const key = JSON.stringify([workload.namespace, labels, named, known.map(partOf)])
    const peer = found.get(key)
    if (peer !== undefined) peer.workloads.push(index)
    else
      found.set(key, {
        peer: 'pods',
        namespace: workload.namespace,
        namespaceLabels: namespaces.get(workload.namespace) ?? { values: new Map(), complete: false },
        labels: { values: new Map(labels), complete: true },
        namedPorts: named,
        addresses: known,
        workloads: [index],
      })
  }
  return [...found.values()]
}

/** What rules can tell pods apart by; everything else of a pod does not matter here. */
function namedByRules(policies: readonly PolicyFacts[]) {
  const keys = new Set<string>()
  const ports = new Set<string>()
  let addresses = false
  const note = (selector: LabelSelector) => {
    for (const requirement of selector) if (requirement.operator !== 'unknown') keys.add(requirement.key)
  }
  for (const { subject, ingress, egress } of policies) {
    note(subject.pods)
    for (const rule of [...(ingress ?? []), ...(egress ?? [])]) {
      for (const port of rule.ports ?? []) if (port.port === 'named') ports.add(port.name)
      for (const peer of rule.peers ?? []) {
        if (peer.peer === 'pods') note(peer.pods)
        if (peer.peer === 'addresses') addresses = true
      }
    }
  }
  return { keys, ports, addresses }
}

function namedPorts(workload: WorkloadFacts, wanted: ReadonlySet<string>): NamedPorts {
  return workload.ports
    .flatMap(({ name, transport, port }) =>
      name !== null && wanted.has(name) ? [{ name, transport, port }] : [],
    )
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.port - b.port))
}

/** One for each pair of selectors that some rule names, but for the pair that selects everything. */
function describedPods(policies: readonly PolicyFacts[]): readonly Peer[] {
  const found = new Map<string, Peer>()
  for (const { ingress, egress } of policies) {
    for (const { peers } of [...(ingress ?? []), ...(egress ?? [])]) {
      for (const peer of peers ?? []) {
        if (peer.peer !== 'pods' || peer.namespaces.length + peer.pods.length === 0) continue
        const { namespaces, pods } = peer
        const key = selectionKey(peer)
        if (!found.has(key)) found.set(key, { peer: 'described-pod', selection: { namespaces, pods } })
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, peer]) => peer)
}

function peerKey(peer: Peer): string {
  if (peer.peer === 'described-pod') return selectionKey(peer.selection)
  return peer.peer === 'addresses' ? `${peer.addresses.ipv4.join()} ${peer.addresses.ipv6.join()}` : peer.peer
}

export function selectionKey({ namespaces, pods }: PodSelection): string {
  return `${selectorKey(namespaces)} / ${selectorKey(pods)}`
}

/** The name of the namespace, where a selector asks for exactly one by its name. */
export function onlyNamespace(selector: LabelSelector): string | null {
  const [only] = selector
  if (selector.length !== 1 || only?.operator !== 'In' || only.key !== NAMESPACE_NAME_LABEL) return null
  return only.values.length === 1 ? (only.values[0] ?? null) : null
}

/** Cuts all addresses by the blocks that rules name; addresses in the same blocks stay together. */
function addressPeers(policies: readonly PolicyFacts[]): readonly Peer[] {
  const blocks = new Map<string, AddressSet>()
  for (const { ingress, egress } of policies)
    for (const { peers } of [...(ingress ?? []), ...(egress ?? [])])
      for (const peer of peers ?? [])
        if (peer.peer === 'addresses')
          blocks.set(
            JSON.stringify([peer.cidrs, peer.except], textOfBigint),
            blocksOf(peer.cidrs, peer.except),
          )
  return [
    ...cut(
      EVERY_ADDRESS.ipv4,
      [...blocks.values()].map(({ ipv4 }) => ipv4),
    ).map((ipv4) => ({ ipv4, ipv6: [] })),
    ...cut(
      EVERY_IPV6.ipv6,
      [...blocks.values()].map(({ ipv6 }) => ipv6),
    ).map((ipv6) => ({ ipv4: [], ipv6 })),
  ].map((addresses): Peer => ({ peer: 'addresses', addresses }))
}

/** Which of the parts an address lies in; -1 for a text that is none. */
function partFinder(parts: readonly Peer[]): (address: string) => number {
  const starts = parts
    .flatMap((part, index) =>
      part.peer === 'addresses'
        ? [...part.addresses.ipv4, ...part.addresses.ipv6].map((bound) => ({
            family: typeof bound === 'bigint' ? ('ipv6' as const) : ('ipv4' as const),
            bound: BigInt(bound),
            index,
          }))
        : [],
    )
    // A bound that ends a part begins another, which has it as well.
    .filter(({ bound, index, family }) => {
      const part = parts[index]
      return part?.peer === 'addresses' && hasAddress(part.addresses, { family, value: bound })
    })
  const ordered = (family: 'ipv4' | 'ipv6') =>
    starts.filter((one) => one.family === family).sort((a, b) => (a.bound < b.bound ? -1 : 1))
  const byFamily = { ipv4: ordered('ipv4'), ipv6: ordered('ipv6') }
  return (text) => {
    const address = parseAddress(text)
    if (address === null) return -1
    const bounds = byFamily[address.family]
    let [low, high] = [0, bounds.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (bounds[middle]!.bound <= address.value) low = middle + 1
      else high = middle
    }
    return bounds[low - 1]?.index ?? -1
  }
}

/** One sweep over all boundaries; stretches in the same blocks are one part. */
function cut<T extends number | bigint>(
  whole: readonly T[],
  blocks: readonly (readonly T[])[],
): readonly (readonly T[])[] {
  const turns = new Map<T, number[]>()
  for (const [index, block] of blocks.entries())
    for (const bound of block) {
      const listed = turns.get(bound)
      if (listed === undefined) turns.set(bound, [index])
      else listed.push(index)
    }
  const bounds = [...new Set([...whole, ...turns.keys()])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const inside = new Set<number>()
  const parts: Map<string, T[]> = new Map()
  for (const [n, bound] of bounds.entries()) {
    const next = bounds[n + 1]
    for (const index of turns.get(bound) ?? []) if (!inside.delete(index)) inside.add(index)
    if (next === undefined) break
    const key = [...inside].sort((a, b) => a - b).join()
    const part = parts.get(key)
    if (part === undefined) parts.set(key, [bound, next])
    else if (part.at(-1) === bound) part[part.length - 1] = next
    else part.push(bound, next)
  }
  return [...parts.values()]
}

function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
