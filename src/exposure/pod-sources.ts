import type { Hop, Level } from '../model/reach.ts'
import { workloadName } from './cluster.ts'
import type { Connectivity } from './connectivity.ts'
import { unknownsOf } from './decision.ts'
import type { Packet } from './decision.ts'
import { onlyNamespace } from './peers.ts'
import type { ReachBuilder } from './reach-builder.ts'
import { CLUSTER, HOST } from './zones.ts'

/** Which namespaces have pods of which atom, with a peer and the names of some. */
export interface PodSources {
  readonly byAtom: ReadonlyMap<number, readonly AtomHere[]>
  readonly namespaces: readonly string[]
}

interface AtomHere {
  readonly namespace: string
  readonly peer: number
  readonly names: ReadonlySet<string>
}

export function podSources({ cluster, peers, atoms }: Connectivity): PodSources {
  const byAtom = new Map<number, Map<string, { namespace: string; peer: number; names: Set<string> }>>()
  for (const [index, workload] of cluster.workloads.entries()) {
    if (workload.hostNetwork) continue
    const peer = peers.ofWorkload[index]!
    const atom = atoms.ofPeer[peer]!
    const here =
      byAtom.get(atom) ?? new Map<string, { namespace: string; peer: number; names: Set<string> }>()
    byAtom.set(atom, here)
    const known = here.get(workload.namespace)
    if (known === undefined)
      here.set(workload.namespace, {
        namespace: workload.namespace,
        peer,
        names: new Set([workloadName(workload)]),
      })
    else known.names.add(workloadName(workload))
  }
  return {
    byAtom: new Map([...byAtom].map(([atom, here]) => [atom, [...here.values()]])),
    namespaces: [...cluster.namespaces.keys()].sort(),
  }
}

/** Which pods and nodes of a cluster reach one port of a pod. */
export function describeSources(
  connectivity: Connectivity,
  sources: PodSources,
  builder: ReachBuilder,
  to: number,
  packet: Packet,
  hops: readonly Hop[],
  pod: string,
): void {
  const { peers } = connectivity
  const levelOf = (namespace: string): Level => (namespace === builder.namespace ? 'namespace' : 'cluster')
  builder.zone(HOST, 'host', true, [
    ...hops,
    // https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
    { at: pod, rule: 'the node that runs a pod always reaches it: no policy governs that', source: null },
  ])
  for (const namespace of sources.namespaces) builder.accessible(zoneOf(namespace), levelOf(namespace))
  builder.accessible(CLUSTER, 'cluster')

  const found = new Map<string, { must: boolean; peer: number; names: Set<string> }>()
  let doubtful = false
  for (const [, here] of sources.byAtom) {
    const [first] = here
    if (first === undefined) continue
    const { must, may } = builder.packet(connectivity, first.peer, to, packet)
    if (!may) continue
    if (!must) doubtful = true
    for (const { namespace, peer, names } of here) {
      const known = found.get(namespace)
      if (known === undefined || (must && !known.must))
        found.set(namespace, { must, peer, names: new Set(names) })
      else if (known.must === must) for (const name of names) known.names.add(name)
    }
  }
  for (const [namespace, { must, peer, names }] of found) {
    const { hop } = builder.packet(connectivity, peer, to, packet)
    builder.zone(zoneOf(namespace), levelOf(namespace), must, [
      { at: listed(names), rule: `${packet.transport} ${packet.port}`, source: null },
      ...hops,
      hop(pod),
    ])
  }

  const plain = builder.packet(connectivity, peers.plainPod, to, packet)
  if (plain.may) builder.zone(CLUSTER, 'cluster', plain.must, [...hops, plain.hop(pod)])
  for (const [index, peer] of peers.all.entries()) {
    if (peer.peer !== 'described-pod') continue
    const named = onlyNamespace(peer.selection.namespaces)
    if (named === null ? plain.may : found.has(named)) continue
    const described = builder.packet(connectivity, index, to, packet)
    if (!described.may) continue
    builder.reason({ code: 'pods-not-in-files', text: 'a rule lets in pods that none of these files holds' })
    const [zone, level] = named === null ? [CLUSTER, 'cluster' as const] : [zoneOf(named), levelOf(named)]
    builder.zone(zone, level, false, [...hops, described.hop(pod)])
  }
  if (doubtful || (plain.may && !plain.must))
    for (const reason of unknownsOf(connectivity, to)) builder.reason(reason)
}

export function zoneOf(namespace: string): string {
  return `namespace/${namespace}`
}

const MOST_NAMES = 20

function listed(names: ReadonlySet<string>): string {
  const shown = [...names].sort()
  const more = shown.length > MOST_NAMES ? ` and ${shown.length - MOST_NAMES} more` : ''
  return `${shown.slice(0, MOST_NAMES).join(', ')}${more}`
}
