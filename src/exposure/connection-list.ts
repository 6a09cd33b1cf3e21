import { addressRanges, NO_ADDRESS, uniteAddresses } from '../lib/address-set.ts'
import type { AddressSet } from '../lib/address-set.ts'
import { backendsOf, entrancesOf } from './backends.ts'
import { workloadName } from './cluster.ts'
import { connectionsOf, isNoConnection } from './connection-set.ts'
import type { ConnectionSet } from './connection-set.ts'
import { ALL, NONE } from './connection-table.ts'
import type { ConnectionId } from './connection-table.ts'
import type { Connectivity } from './connectivity.ts'

/** One allowed connection between two workloads, or a workload and what is outside the cluster. */
export interface Connection {
  readonly from: string
  readonly to: string
  readonly must: ConnectionSet
  readonly may: ConnectionSet
  /** Two peers that stand for the ends; null for what comes through an entrance. */
  readonly ends: { readonly from: number; readonly to: number } | null
}

/** In netpol-analyzer's notation. */
export const INGRESS_CONTROLLER = '{ingress-controller}'

/**
 * Every allowed connection, in the order of the names. Pods of one workload among each other are left out, as are
 * IPv6 ranges where a cluster names none: netpol-analyzer, whose notation this is, does the same.
 */
export function* connectionsIn(connectivity: Connectivity): Generator<Connection> {
  const named = peersByName(connectivity)
  const outside = new Outside(connectivity)
  for (const [name, peers] of named) yield* outside.into(name, peers)
  for (const [from, sources] of named) {
    yield* outside.outOf(from, sources)
    for (const [to, destinations] of named) {
      if (from === to) continue
      const found = connectionOf(connectivity, from, to, sources, destinations)
      if (found !== null) yield found
    }
  }
  yield* throughEntrances(connectivity)
}

/** Peers by the name of their workload: pods of one maker may differ in labels. */
export function peersByName({ cluster, peers }: Connectivity): ReadonlyMap<string, readonly number[]> {
  const named = new Map<string, Set<number>>()
  for (const [index, workload] of cluster.workloads.entries()) {
    const name = workloadName(workload)
    const peer = peers.ofWorkload[index]!
    const listed = named.get(name)
    if (listed === undefined) named.set(name, new Set([peer]))
    else listed.add(peer)
  }
  return new Map([...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, set]) => [name, [...set]]))
}

function connectionOf(
  { between, table, peers }: Connectivity,
  from: string,
  to: string,
  sources: readonly number[],
  destinations: readonly number[],
): Connection | null {
  let [must, may]: [ConnectionId, ConnectionId] = [NONE, NONE]
  let ends: Connection['ends'] = null
  for (const source of sources)
    for (const destination of destinations) {
      const bounds = between(source, destination)
      if (ends === null && (bounds.may !== NONE || source === peers.nodes))
        ends = { from: source, to: destination }
      must = table.unite(must, bounds.must)
      // What shares a node's network may run beside the pod, and a node reaches its own pods whatever policies say.
      may = source === peers.nodes ? ALL : table.unite(may, bounds.may)
    }
  return ends === null ? null : { from, to, must: table.setOf(must), may: table.setOf(may), ends }
}

interface Alike {
  readonly must: ConnectionId
  readonly may: ConnectionId
  readonly addresses: AddressSet
  readonly part: number
  readonly peer: number
}

/** Addresses outside, put together again where they may connect alike. */
class Outside {
  readonly #connectivity: Connectivity
  readonly #parts: readonly { readonly peer: number; readonly addresses: AddressSet }[]

  constructor(connectivity: Connectivity) {
    this.#connectivity = connectivity
    const all = connectivity.peers.all.flatMap((peer, index) =>
      peer.peer === 'addresses' ? [{ peer: index, addresses: peer.addresses }] : [],
    )
    const six = all.filter(({ addresses }) => addresses.ipv6.length > 0)
    this.#parts = six.length > 1 ? all : all.filter(({ addresses }) => addresses.ipv6.length === 0)
  }

  into(name: string, peers: readonly number[]): readonly Connection[] {
    return this.#ranges(peers, false).map(({ range, part, peer, ...bounds }) => ({
      from: range,
      to: name,
      ...bounds,
      ends: { from: part, to: peer },
    }))
  }

  outOf(name: string, peers: readonly number[]): readonly Connection[] {
    return this.#ranges(peers, true).map(({ range, part, peer, ...bounds }) => ({
      from: name,
      to: range,
      ...bounds,
      ends: { from: peer, to: part },
    }))
  }

  #ranges(peers: readonly number[], outward: boolean) {
    const { table, between } = this.#connectivity
    const alike = new Map<string, Alike>()
    for (const part of this.#parts) {
      let [must, may]: [ConnectionId, ConnectionId] = [NONE, NONE]
      for (const peer of peers) {
        const bounds = outward ? between(peer, part.peer) : between(part.peer, peer)
        must = table.unite(must, bounds.must)
        may = table.unite(may, bounds.may)
      }
      if (may === NONE) continue
      const key = `${must} ${may}`
      const addresses = uniteAddresses(alike.get(key)?.addresses ?? NO_ADDRESS, part.addresses)
      alike.set(key, { must, may, addresses, part: part.peer, peer: peers[0]! })
    }
    return [...alike.values()].flatMap(({ must, may, addresses, part, peer }) =>
      addressRanges(addresses).map((range) => ({
        range: `${range}[External]`,
        part,
        peer,
        must: table.setOf(must),
        may: table.setOf(may),
      })),
    )
  }
}

/** What controllers of Ingress, Route and Gateway reach: the ports of their backends, where any pod may come in. */
function throughEntrances(connectivity: Connectivity): readonly Connection[] {
  const { cluster, peers, table, row, atoms } = connectivity
  const backends = backendsOf(cluster)
  const open = new Map<string, { must: ConnectionId; may: ConnectionId }>()
  for (const entrance of entrancesOf(cluster))
    for (const target of entrance.backends.flatMap((backend) => backends.ofBackend(backend))) {
      const workload = cluster.workloads[target.workload]!
      const into = row('ingress', atoms.ofPeer[peers.ofWorkload[target.workload]!]!)
      const asked = table.idOf(connectionsOf(target.transport, [target.port, target.port + 1]))
      const known = open.get(workloadName(workload)) ?? { must: NONE, may: NONE }
      const any = atoms.ofPeer[peers.anyPod]!
      open.set(workloadName(workload), {
        must: table.unite(known.must, table.intersect(asked, into.must[any]!)),
        may: table.unite(known.may, table.intersect(asked, into.may[any]!)),
      })
    }
  return [...open]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([to, { must, may }]) => ({
      from: INGRESS_CONTROLLER,
      to,
      must: table.setOf(must),
      may: table.setOf(may),
      ends: null,
    }))
    .filter(({ may }) => !isNoConnection(may))
}
