import { addressesOf, hasAddress } from '../lib/address-set.ts'
import { parseAddress, parseCidr } from '../lib/ip.ts'
import type { IpAddress } from '../lib/ip.ts'
import type { ServiceFacts } from '../model/cluster.ts'
import type { Transport } from '../model/port.ts'
import type { Hop, Reason } from '../model/reach.ts'
import { backendsOf } from './backends.ts'
import { objectKey, spanText, workloadName } from './cluster.ts'
import type { Connectivity } from './connectivity.ts'
import { decisionOn, unknownsOf } from './decision.ts'
import { zoneOf } from './pod-sources.ts'
import { CLUSTER, HOST } from './zones.ts'
import type { Zone } from './zones.ts'

export const DISPOSITIONS = ['accepted', 'unknown', 'denied-in', 'denied-out', 'no-route'] as const
/** Likelier ones first: of several ways, the answer is the first of these that one of them has. */
export type Disposition = (typeof DISPOSITIONS)[number]

export interface Trace {
  readonly disposition: Disposition
  readonly hops: readonly Hop[]
  readonly reasons: readonly Reason[]
}

export interface TracedPacket {
  /** A zone, an address, or a workload as `namespace/name`. */
  readonly from: string
  /** An address, or a workload or Service as `namespace/name`. */
  readonly to: string
  readonly transport: Transport
  readonly port: number
}

/** One packet's way. Null: `from` or `to` is a name that nothing here has. */
export function traceIn(
  connectivity: Connectivity,
  zones: readonly Zone[],
  packet: TracedPacket,
): Trace | { readonly unknownName: 'from' | 'to' } {
  const sources = sourcesNamed(connectivity, zones, packet.from)
  if (sources.length === 0) return { unknownName: 'from' }
  const ways = waysTo(connectivity, packet)
  if (ways === null) return { unknownName: 'to' }
  if (ways.length === 0) return nowhere(packet)
  const traces = sources.flatMap((source) => ways.map((way) => along(connectivity, source, way)))
  const [best] = traces.sort(
    (a, b) => DISPOSITIONS.indexOf(a.disposition) - DISPOSITIONS.indexOf(b.disposition),
  )
  return best ?? nowhere(packet)
}

interface Source {
  readonly text: string
  readonly peer: number
  /** Where the packet comes from outside: the address, or one of the zone's. */
  readonly outside: IpAddress | null
}

/** A way to one destination: what it passes, and how it may be come in on. */
interface Way {
  readonly hops: readonly Hop[]
  readonly peer: number
  readonly at: string
  readonly transport: Transport
  readonly port: number
  /** Null: inside the cluster alone. */
  readonly balancer: ServiceFacts | null
  /** True where what asks from outside has a way in. */
  readonly open: boolean
}

function nowhere({ to }: TracedPacket): Trace {
  return {
    disposition: 'no-route',
    hops: [{ at: to, rule: 'nothing in these files listens there', source: null }],
    reasons: [],
  }
}

function sourcesNamed(connectivity: Connectivity, zones: readonly Zone[], name: string): readonly Source[] {
  const { cluster, peers } = connectivity
  const address = parseAddress(name)
  const pods = cluster.workloads.flatMap((workload, index): readonly Source[] => {
    const meant =
      address === null
        ? named(name, objectKey(workload), workloadName(workload), workload.namespace, workload.name) ||
          name === zoneOf(workload.namespace)
        : workload.addresses.includes(name)
    return meant ? [{ text: workloadName(workload), peer: peers.ofWorkload[index]!, outside: null }] : []
  })
  if (pods.length > 0) return distinct(pods)
  if (address !== null) return outsideAt(connectivity, name, address)
  if (name === HOST) return [{ text: 'a node of the cluster', peer: peers.nodes, outside: null }]
  if (name === CLUSTER)
    return [{ text: 'a pod without labels in a namespace of its own', peer: peers.plainPod, outside: null }]
  return zones.filter((zone) => zone.name === name).flatMap((zone) => outsideIn(connectivity, zone))
}

function outsideAt({ peers }: Connectivity, text: string, address: IpAddress): readonly Source[] {
  return peers.all.flatMap((peer, index) =>
    peer.peer === 'addresses' && hasAddress(peer.addresses, address)
      ? [{ text, peer: index, outside: address }]
      : [],
  )
}

/** One address for each part of the zone that rules tell apart. */
function outsideIn({ peers }: Connectivity, zone: Zone): readonly Source[] {
  return peers.all.flatMap((peer, index): readonly Source[] => {
    if (peer.peer !== 'addresses') return []
    const first = firstIn(peer.addresses.ipv4, zone.addresses.ipv4)
    if (first !== null)
      return [{ text: zone.name, peer: index, outside: { family: 'ipv4', value: BigInt(first) } }]
    const first6 = firstIn(peer.addresses.ipv6, zone.addresses.ipv6)
    return first6 === null
      ? []
      : [{ text: zone.name, peer: index, outside: { family: 'ipv6', value: first6 } }]
  })
}

function firstIn<T extends number | bigint>(a: readonly T[], b: readonly T[]): T | null {
  for (let i = 0; i < a.length; i += 2)
    for (let j = 0; j < b.length; j += 2) {
      const start = a[i]! > b[j]! ? a[i]! : b[j]!
      if (start < a[i + 1]! && start < b[j + 1]!) return start
    }
  return null
}

function waysTo(connectivity: Connectivity, { to, transport, port }: TracedPacket): readonly Way[] | null {
  const { cluster, peers } = connectivity
  const address = parseAddress(to)
  const backends = backendsOf(cluster)
  const ways: Way[] = []
  let known = address !== null
  for (const [index, workload] of cluster.workloads.entries()) {
    const meant =
      address === null
        ? named(to, objectKey(workload), workloadName(workload), workload.namespace, workload.name)
        : workload.addresses.includes(to)
    if (!meant) continue
    known = true
    ways.push({
      hops: [],
      peer: peers.ofWorkload[index]!,
      at: `pod ${objectKey(workload)}`,
      transport,
      port,
      balancer: null,
      open: workload.hostNetwork,
    })
  }
  for (const service of cluster.services) {
    const text = `${service.namespace}/${service.name}`
    const inside = service.clusterAddresses.includes(to)
    const balanced = service.balancerAddresses.includes(to) || service.externalAddresses.includes(to)
    if (
      !(address === null
        ? named(to, objectKey(service), text, service.namespace, service.name)
        : inside || balanced)
    )
      continue
    known = true
    // By its name a balancer is meant where there is one; by its cluster address, that alone.
    const outside = balanced || (address === null && service.type === 'LoadBalancer')
    for (const one of service.ports) {
      if (one.port !== port || one.transport !== transport) continue
      for (const target of backends.ofPort(service, one)) {
        const workload = cluster.workloads[target.workload]!
        ways.push({
          hops: [
            {
              at: `Service ${text}`,
              rule: `${port}/${transport} to container port ${target.port} of pod ${objectKey(workload)}`,
              source: one.span.line === null ? one.span.file : `${one.span.file}:${one.span.line}`,
            },
          ],
          peer: peers.ofWorkload[target.workload]!,
          at: `pod ${objectKey(workload)}`,
          transport: target.transport,
          port: target.port,
          balancer: outside ? service : null,
          open: outside,
        })
      }
    }
  }
  if (ways.length === 0 && address !== null) ways.push(...outward(connectivity, to, address, transport, port))
  return known ? ways : null
}

/** To an address that is nobody's here: whether one may go there, policies of the source say. */
function outward(
  { peers }: Connectivity,
  text: string,
  address: IpAddress,
  transport: Transport,
  port: number,
): readonly Way[] {
  return peers.all.flatMap((peer, index): readonly Way[] =>
    peer.peer === 'addresses' && hasAddress(peer.addresses, address)
      ? [{ hops: [], peer: index, at: text, transport, port, balancer: null, open: false }]
      : [],
  )
}

function along(connectivity: Connectivity, source: Source, way: Way): Trace {
  const start: Hop = { at: source.text, rule: `sends to ${way.transport} ${way.port}`, source: null }
  const hops = [start, ...way.hops]
  if (source.outside !== null) {
    const barred = atTheDoor(source.outside, source.text, way)
    if (barred !== null) return { ...barred, hops: [start, ...barred.hops] }
  }
  if (source.peer === connectivity.peers.nodes && connectivity.peers.all[way.peer]?.peer === 'pods') {
    const rule = 'the node that runs a pod always reaches it: no policy governs that'
    return { disposition: 'accepted', hops: [...hops, { at: way.at, rule, source: null }], reasons: [] }
  }
  const out = decisionOn(connectivity, 'egress', source.peer, way.peer, way)
  const into = decisionOn(connectivity, 'ingress', way.peer, source.peer, way)
  const decided: readonly Hop[] = [
    // Of what is outside, no policy here speaks.
    source.outside === null ? { at: source.text, rule: out.because, source: out.source } : start,
    ...way.hops,
    { at: way.at, rule: into.because, source: into.source },
  ]
  const reasons = [
    ...unknownsOf(connectivity, 'egress', source.peer),
    ...unknownsOf(connectivity, 'ingress', way.peer),
  ]
  if (out.verdict === 'denied') return { disposition: 'denied-out', hops: decided.slice(0, 1), reasons: [] }
  if (into.verdict === 'denied') return { disposition: 'denied-in', hops: decided, reasons: [] }
  const surely = out.verdict === 'allowed' && into.verdict === 'allowed'
  const doubt = source.outside !== null && way.balancer !== null ? balancerDoubt(way.balancer) : null
  if (surely && doubt === null) return { disposition: 'accepted', hops: decided, reasons: [] }
  return {
    disposition: 'unknown',
    hops: decided,
    reasons: doubt === null ? reasons : [doubt, ...(surely ? [] : reasons)],
  }
}

/** Whether a packet from outside comes in at all. */
function atTheDoor(from: IpAddress, text: string, { balancer, open, at }: Way): Trace | null {
  if (!open) {
    return {
      disposition: 'no-route',
      hops: [
        {
          at,
          rule: 'addresses of pods and Services are taken as not routed from outside the cluster',
          source: null,
        },
      ],
      reasons: [
        {
          code: 'pod-network-assumed-closed',
          text: 'addresses of pods and Services are taken as not routed from outside the cluster',
        },
      ],
    }
  }
  if (balancer === null || balancer.sourceRanges.length === 0) return null
  const ranges = balancer.sourceRanges
    .map((range) => parseCidr(range.trim()))
    .filter((range) => range !== null)
  if (ranges.length < balancer.sourceRanges.length || hasAddress(addressesOf(ranges), from)) return null
  return {
    disposition: 'denied-in',
    hops: [
      {
        at: `balancer of Service ${balancer.namespace}/${balancer.name}`,
        rule: `lets in ${balancer.sourceRanges.join(', ')}, and ${text} is none of these`,
        source: spanText(balancer),
      },
    ],
    reasons: [],
  }
}

function balancerDoubt(service: ServiceFacts): Reason | null {
  if (service.balancerAddresses.length > 0 && service.internalBalancer === null) return null
  return {
    code: 'balancer-unread',
    text:
      service.internalBalancer === null
        ? 'whether the balancer gets a public address is for the provider to say; nothing here asks for a private one'
        : `the balancer is inside the network (${service.internalBalancer}); which networks reach it was not read`,
  }
}

/** `default/web`, `default/Deployment/web`, `default/web[Deployment]`, `web.default`. */
function named(name: string, key: string, shown: string, namespace: string, own: string): boolean {
  return name === key || name === shown || name === `${namespace}/${own}` || name === `${own}.${namespace}`
}

/** Pods that policies treat alike are one source. */
function distinct(sources: readonly Source[]): readonly Source[] {
  return [...new Map(sources.map((source) => [source.peer, source])).values()]
}
