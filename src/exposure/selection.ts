import type { AddressSet } from '../lib/address-set.ts'
import type { LabelSelector, PodSelection, PolicyPeer } from '../model/cluster.ts'
import type { Cluster } from './cluster.ts'
import { allOf, matchLabels, selectorKey } from './label-match.ts'
import type { Labels, Match } from './label-match.ts'
import { blocksOf, inBlocks, onlyNamespace, selectionKey } from './peers.ts'
import type { Peer, Peers, PodPeer } from './peers.ts'

/** Peers by index, ascending: those that are meant surely, and those that may be. `must` is part of `may`. */
export interface PeerSet {
  readonly must: readonly number[]
  readonly may: readonly number[]
}

/** Finds whom selectors and blocks mean; each different one is looked up once. */
export interface Selector {
  readonly pods: (selection: PodSelection) => PeerSet
  readonly peers: (peers: readonly PolicyPeer[] | null) => PeerSet
}

export function selectorOver(cluster: Cluster, { all }: Peers): Selector {
  const index = indexPods(all)
  const namespaces = new Map<string, ReadonlyMap<string, Match>>()
  const selections = new Map<string, PeerSet>()
  const everybody: PeerSet = { must: [...all.keys()], may: [...all.keys()] }

  const namespacesOf = (selection: PodSelection) =>
    once(namespaces, selectorKey(selection.namespaces), () => {
      const only = onlyNamespace(selection.namespaces)
      if (only !== null) return new Map<string, Match>(index.byNamespace.has(only) ? [[only, 'yes']] : [])
      const matched = new Map<string, Match>()
      for (const [name, labels] of cluster.namespaces) {
        const match = matchLabels(selection.namespaces, labels)
        if (match !== 'no') matched.set(name, match)
      }
      return matched
    })

  const pods = (selection: PodSelection) =>
    once(selections, selectionKey(selection), () => {
      const found: [number, Match][] = []
      for (const [namespace, match] of namespacesOf(selection)) {
        for (const candidate of candidates(index, namespace, selection)) {
          const both = allOf([match, matchLabels(selection.pods, podAt(all, candidate).labels)])
          if (both !== 'no') found.push([candidate, both])
        }
      }
      for (const special of index.others) {
        const match = selectsSpecial(selection, all[special]!)
        if (match !== 'no') found.push([special, match])
      }
      for (const described of describedBy(index, selection)) found.push([described, 'yes'])
      return setOf(found)
    })

  const matchAll = (match: (peer: Peer) => Match): PeerSet =>
    setOf(
      all.flatMap((peer, i): [number, Match][] => {
        const found = match(peer)
        return found === 'no' ? [] : [[i, found]]
      }),
    )

  const peersOf = (peer: PolicyPeer): PeerSet => {
    if (peer.peer === 'pods') return pods(peer)
    if (peer.peer === 'addresses') {
      const blocks = blocksOf(peer.cidrs, peer.except)
      return matchAll((of) => addressMatch(of, blocks, peer.wholly))
    }
    if (peer.peer === 'nodes')
      return matchAll((of) => (of.peer !== 'nodes' ? 'no' : peer.nodes.length === 0 ? 'yes' : 'perhaps'))
    return matchAll((of) => (peer.outside && of.peer !== 'addresses' ? 'no' : 'perhaps'))
  }

  return {
    pods,
    peers: (peers) => (peers === null ? everybody : uniteSets(peers.map(peersOf))),
  }
}

/**
 * Whether blocks mean a peer. `ipBlock` is written for what is outside: whether an implementation compares pods
 * with it as well is left open by the API, so that they are meant perhaps.
 */
function addressMatch(of: Peer, blocks: AddressSet, wholly: boolean): Match {
  if (of.peer === 'addresses') return partIn(of.addresses, blocks) ? 'yes' : 'no'
  if (of.peer === 'nodes') return inBlocks(blocks, [])
  // What netpol-analyzer lists for pods that are not there, it lists by selectors alone.
  if (of.peer === 'any-pod' || of.peer === 'described-pod') return wholly ? inBlocks(blocks, []) : 'no'
  const match = inBlocks(blocks, of.peer === 'pods' ? of.addresses : [])
  return match === 'yes' && !wholly ? 'perhaps' : match
}

/** A part lies in blocks as a whole or not at all: its first address tells. */
function partIn({ ipv4, ipv6 }: AddressSet, blocks: AddressSet): boolean {
  if (ipv4[0] !== undefined) return contains(blocks.ipv4, ipv4[0])
  return ipv6[0] !== undefined && contains(blocks.ipv6, ipv6[0])
}

function contains<T extends number | bigint>(bounds: readonly T[], value: T): boolean {
  let below = 0
  for (const bound of bounds) if (bound <= value) below++
  return below % 2 === 1
}

const NO_LABELS: Labels = { values: new Map(), complete: true }

function selectsSpecial({ namespaces, pods }: PodSelection, { peer }: Peer): Match {
  if (peer === 'any-pod') return namespaces.length + pods.length === 0 ? 'yes' : 'no'
  return peer === 'plain-pod'
    ? allOf([matchLabels(namespaces, NO_LABELS), matchLabels(pods, NO_LABELS)])
    : 'no'
}

/**
 * The described pods that a rule means. As netpol-analyzer has it, selectors are compared and not reasoned about:
 * one that is empty, or requires the same, holds.
 */
function describedBy({ described }: PodIndex, { namespaces, pods }: PodSelection): readonly number[] {
  return described.get(describedKey(namespaces, pods)) ?? []
}

function describedKey(namespaces: LabelSelector, pods: LabelSelector): string {
  return `${namespaces.length === 0 ? '' : selectorKey(namespaces)}\n${pods.length === 0 ? '' : selectorKey(pods)}`
}

interface PodIndex {
  readonly byNamespace: ReadonlyMap<string, readonly number[]>
  /** By namespace, key and value. */
  readonly byLabel: ReadonlyMap<string, readonly number[]>
  /** By the selectors that mean them: their own, and empty ones. */
  readonly described: ReadonlyMap<string, readonly number[]>
  readonly others: readonly number[]
}

function indexPods(all: readonly Peer[]): PodIndex {
  const byNamespace = new Map<string, number[]>()
  const byLabel = new Map<string, number[]>()
  const described = new Map<string, number[]>()
  const others: number[] = []
  for (const [i, peer] of all.entries()) {
    if (peer.peer === 'described-pod') {
      const { namespaces, pods } = peer.selection
      const meant = [
        describedKey(namespaces, pods),
        describedKey(namespaces, []),
        describedKey([], pods),
        describedKey([], []),
      ]
      for (const key of new Set(meant)) enter(described, key, i)
      continue
    }
    if (peer.peer !== 'pods') {
      others.push(i)
      continue
    }
    enter(byNamespace, peer.namespace, i)
    for (const [key, value] of peer.labels.values) enter(byLabel, `${peer.namespace}\n${key}\n${value}`, i)
  }
  return { byNamespace, byLabel, described, others }
}

function enter(into: Map<string, number[]>, key: string, value: number): void {
  const listed = into.get(key)
  if (listed === undefined) into.set(key, [value])
  else listed.push(value)
}

/** Pods of a namespace that one of the requirements does not rule out. */
function candidates(index: PodIndex, namespace: string, { pods }: PodSelection): readonly number[] {
  for (const requirement of pods) {
    if (requirement.operator !== 'In') continue
    return requirement.values.flatMap(
      (value) => index.byLabel.get(`${namespace}\n${requirement.key}\n${value}`) ?? [],
    )
  }
  return index.byNamespace.get(namespace) ?? []
}

function podAt(all: readonly Peer[], index: number): PodPeer {
  const peer = all[index]
  if (peer?.peer !== 'pods') throw new Error('a pod was indexed that is none')
  return peer
}

function setOf(found: readonly (readonly [number, Match])[]): PeerSet {
  const sorted = found.toSorted(([a], [b]) => a - b)
  const may = sorted.map(([i]) => i)
  const sure = sorted.filter(([, match]) => match === 'yes')
  return { must: sure.length === may.length ? may : sure.map(([i]) => i), may }
}

export function uniteSets(sets: readonly PeerSet[]): PeerSet {
  const [only] = sets
  if (only !== undefined && sets.length === 1) return only
  const may = ascending(sets.flatMap((set) => set.may))
  const must = ascending(sets.flatMap((set) => set.must))
  return { must: must.length === may.length ? may : must, may }
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

function once<T>(memo: Map<string, T>, key: string, make: () => T): T {
  const known = memo.get(key)
  if (known !== undefined) return known
  const made = make()
  memo.set(key, made)
  return made
}
