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
  /** Of the first of them: enough to show. */
  readonly names: readonly string[]
  readonly count: number
}

export function podSources({ cluster, peers, atoms }: Connectivity): PodSources {
  const named = new Map<number, Map<string, { namespace: string; peer: number; names: Set<string> }>>()
  for (const [index, workload] of cluster.workloads.entries()) {
    if (workload.hostNetwork) continue
    const peer = peers.ofWorkload[index]!
    const atom = atoms.ofPeer[peer]!
    const here = named.get(atom) ?? new Map<string, { namespace: string; peer: number; names: Set<string> }>()
    named.set(atom, here)
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
    byAtom: new Map([...named].map(([atom, here]) => [atom, [...here.values()].map(atomHere)])),
    namespaces: [...cluster.namespaces.keys()].sort(),
  }
}

function atomHere({ names, ...here }: { namespace: string; peer: number; names: Set<string> }): AtomHere {
  return { ...here, names: [...names].sort().slice(0, MOST_NAMES), count: names.size }
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

  const plain = builder.packet(connectivity, peers.plainPod, to, packet)
  if (plain.may) builder.zone(CLUSTER, 'cluster', plain.must, [...hops, plain.hop(pod)])
  if (plain.may && !plain.must) doubt(connectivity, builder, peers.plainPod, to)

  const found = new Map<string, { must: boolean; here: AtomHere[] }>()
  for (const [, all] of sources.byAtom) {
    const [first] = all
    if (first === undefined) continue
    const { must, may } = builder.packet(connectivity, first.peer, to, packet)
    if (!may) continue
    if (!must) doubt(connectivity, builder, first.peer, to)
    for (const here of all) {
      const known = found.get(here.namespace)
      if (known === undefined || (must && !known.must)) found.set(here.namespace, { must, here: [here] })
      else if (known.must === must) known.here.push(here)
    }
  }
  for (const [namespace, { must, here }] of found) {
    // Where every pod of the cluster may come in, the path of the zone `cluster` stands for other namespaces:
    // a path for each of a thousand namespaces to each of ten thousand ports would say the same.
    const told = plain.must && must && namespace !== builder.namespace
    builder.zone(
      zoneOf(namespace),
      levelOf(namespace),
      must,
      told
        ? null
        : [
            { at: listed(here), rule: `${packet.transport} ${packet.port}`, source: null },
            ...hops,
            builder.packet(connectivity, here[0]!.peer, to, packet).hop(pod),
          ],
    )
  }
  for (const [index, peer] of plain.must ? [] : peers.all.entries()) {
    if (peer.peer !== 'described-pod') continue
    const named = onlyNamespace(peer.selection.namespaces)
    if (named === null ? plain.may : found.has(named)) continue
    const described = builder.packet(connectivity, index, to, packet)
    if (!described.may) continue
    builder.reason({ code: 'pods-not-in-files', text: 'a rule lets in pods that none of these files holds' })
    const [zone, level] = named === null ? [CLUSTER, 'cluster' as const] : [zoneOf(named), levelOf(named)]
    builder.zone(zone, level, false, [...hops, described.hop(pod)])
  }
}

/** What at either end keeps an answer from being proved. */
function doubt(connectivity: Connectivity, builder: ReachBuilder, from: number, to: number): void {
  for (const reason of unknownsOf(connectivity, 'egress', from)) builder.reason(reason)
  for (const reason of unknownsOf(connectivity, 'ingress', to)) builder.reason(reason)
}

export function zoneOf(namespace: string): string {
  return `namespace/${namespace}`
}

const MOST_NAMES = 20

function listed(here: readonly AtomHere[]): string {
  const names = here
    .flatMap((one) => one.names)
    .sort()
    .slice(0, MOST_NAMES)
  const more = here.reduce((sum, { count }) => sum + count, 0) - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
