import {
  addressesOf,
  EVERY_ADDRESS,
  hasAddress,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  subtractAddresses,
  uniteAddresses,
} from '../lib/address-set.ts'
import type { AddressSet } from '../lib/address-set.ts'
import { parseAddress, parseCidr } from '../lib/ip.ts'
import type {
  GatewayFacts,
  IngressFacts,
  ServiceFacts,
  ServicePort,
  WorkloadFacts,
} from '../model/cluster.ts'
import { ANY_ADDRESS } from '../model/port.ts'
import type { Transport } from '../model/port.ts'
import type { Hop, Reach, Reason, ReachVia } from '../model/reach.ts'
import { backendsOf, entrancesOf } from './backends.ts'
import type { Backends, Entrance, Target } from './backends.ts'
import { objectKey, spanText } from './cluster.ts'
import { hasConnection } from './connection-set.ts'
import type { Connectivity } from './connectivity.ts'
import { describeSources, podSources } from './pod-sources.ts'
import type { PodSources } from './pod-sources.ts'
import { ReachBuilder } from './reach-builder.ts'
import { CLUSTER, HOST, ORGANISATION, PUBLIC, zonesWith } from './zones.ts'
import type { Zone } from './zones.ts'

/** A port of a cluster, named as its sighting names it. */
export interface ClusterPort {
  /** `default/Service/web`. */
  readonly workload: string
  /** `net:service.web`, `net:loadbalancer.web`, `net:1` for a node … */
  readonly net: string
  readonly address: string | null
  readonly transport: Transport
  readonly port: number
}

/** From where each port of a cluster can be reached; null for a port that is none of this cluster's. */
export function clusterReach(
  connectivity: Connectivity,
  zones: readonly Zone[],
): (port: ClusterPort) => Reach | null {
  const { cluster } = connectivity
  const workloads = new Map(cluster.workloads.map((one, index) => [objectKey(one), index]))
  const services = new Map(cluster.services.map((one) => [objectKey(one), one]))
  const entrances = new Map([...cluster.ingresses, ...cluster.gateways].map((one) => [objectKey(one), one]))
  const of: Scope = {
    connectivity,
    zones,
    backends: backendsOf(cluster),
    entrances: entrancesOf(cluster),
    sources: podSources(connectivity),
    fronted: new Map(),
  }
  noteFronted(of)
  return (port) => {
    const workload = workloads.get(port.workload)
    if (workload !== undefined) return workloadReach(of, workload, port)
    const service = services.get(port.workload)
    if (service !== undefined) return serviceReach(of, service, port)
    const entrance = entrances.get(port.workload)
    return entrance === undefined ? null : entranceReach(of, entrance)
  }
}

interface Scope {
  readonly connectivity: Connectivity
  readonly zones: readonly Zone[]
  readonly backends: Backends
  readonly entrances: readonly Entrance[]
  readonly sources: PodSources
  /** Entrances by the target that they hand requests to. */
  readonly fronted: Map<string, Entrance[]>
}

function noteFronted({ entrances, backends, fronted }: Scope): void {
  for (const entrance of entrances)
    for (const target of entrance.backends.flatMap((backend) => backends.ofBackend(backend))) {
      const key = targetKey(target)
      const listed = fronted.get(key)
      if (listed === undefined) fronted.set(key, [entrance])
      else if (!listed.includes(entrance)) listed.push(entrance)
    }
}

function targetKey({ workload, transport, port }: Pick<Target, 'workload' | 'transport' | 'port'>): string {
  return `${workload} ${transport} ${port}`
}

function workloadReach(of: Scope, index: number, port: ClusterPort): Reach {
  const workload = of.connectivity.cluster.workloads[index]!
  const builder = builderFor(of, workload.namespace)
  if (workload.hostNetwork) return hostNetworkReach(of, builder, workload)
  if (port.net === 'net:1') {
    const published = workload.ports.find(
      (one) => one.hostPort === port.port && one.transport === port.transport,
    )
    const inside = published?.port ?? port.port
    const hop = hopOf(
      'the node that runs the pod',
      `hostPort ${port.port} to container port ${inside}`,
      workload,
      published,
    )
    onNodes(of, builder, { workload: index, transport: port.transport, port: inside }, [hop], true)
    return builder.build()
  }
  inPod(of, builder, { workload: index, transport: port.transport, port: port.port }, [])
  return builder.build()
}

function serviceReach(of: Scope, service: ServiceFacts, port: ClusterPort): Reach {
  const builder = builderFor(of, service.namespace)
  const servicePorts = service.ports.filter(
    (one) => one.transport === port.transport && meansPort(service, one, port),
  )
  const targets = servicePorts.flatMap((one) => of.backends.ofPort(service, one))
  if (targets.length === 0) endpointsUnknown(of, builder, service, port)
  for (const target of distinctTargets(of, targets)) {
    const rule = `${target.servicePort.port}/${target.transport} to container port ${target.port} of ${podText(of, target.workload)}`
    const hop: Hop = {
      at: `Service ${service.namespace}/${service.name}`,
      rule,
      source: spanOf(target.servicePort) ?? spanText(service),
    }
    if (port.net === 'net:1') {
      const external = port.address !== null && !ANY.has(port.address)
      if (external) atExternalAddress(of, builder, target, hop, port.address)
      else
        onNodes(
          of,
          builder,
          target,
          [{ ...hop, at: `node port of Service ${service.namespace}/${service.name}` }],
          service.keepsSource,
        )
    } else if (port.net.startsWith('net:loadbalancer.')) {
      atBalancer(of, builder, service, target, hop, port.address)
    } else inPod(of, builder, target, [hop])
  }
  return builder.build()
}

const ANY: ReadonlySet<string> = new Set([ANY_ADDRESS, '0.0.0.0', '::'])

/** A headless Service leads to the target port, a node port of its own stands on nodes, the rest is the port. */
function meansPort(service: ServiceFacts, one: ServicePort, { net, port, address }: ClusterPort): boolean {
  if (net === 'net:1' && (address === null || ANY.has(address)))
    return one.nodePort === null ? port === 0 : one.nodePort === port
  if (service.headless && net.startsWith('net:service.'))
    return typeof one.target === 'string' || one.target === port
  return one.port === port
}

/** Targets that policies treat alike count once. */
function distinctTargets({ connectivity }: Scope, targets: readonly Target[]): readonly Target[] {
  const { atoms, peers } = connectivity
  const seen = new Map<string, Target>()
  for (const target of targets) {
    const key = `${atoms.ofPeer[peers.ofWorkload[target.workload]!]} ${target.transport} ${target.port} ${connectivity.cluster.workloads[target.workload]!.namespace}`
    if (!seen.has(key)) seen.set(key, target)
  }
  return [...seen.values()]
}

type Destination = Pick<Target, 'workload' | 'transport' | 'port'>

/** From pods and nodes of the cluster to a pod. */
function inPod(of: Scope, builder: ReachBuilder, target: Destination, hops: readonly Hop[]): void {
  const peer = of.connectivity.peers.ofWorkload[target.workload]!
  if (of.connectivity.peers.nodes === peer) return onHost(of, builder, hops)
  describeSources(of.connectivity, of.sources, builder, peer, target, hops, podText(of, target.workload))
  for (const entrance of of.fronted.get(targetKey(target)) ?? []) through(of, builder, entrance, target)
  builder.reason({
    code: 'pod-network-assumed-closed',
    text: 'addresses of pods and Services are taken as not routed from outside the cluster',
  })
}

/** Requests that a controller of an Ingress or Gateway hands on: it comes in as a pod of which nothing is known. */
function through(
  { connectivity }: Scope,
  builder: ReachBuilder,
  entrance: Entrance,
  target: Destination,
): void {
  const { peers, table, row, atoms } = connectivity
  const into = row('ingress', atoms.ofPeer[peers.ofWorkload[target.workload]!]!)
  const open = (id: number) => hasConnection(table.setOf(id), target.transport, target.port)
  if (!into.may.some(open)) return
  const via = (from: string): ReachVia => ({
    from,
    through: entrance.name,
    bound: 'may',
    authenticates: null,
    source: entrance.span.line === null ? entrance.span.file : `${entrance.span.file}:${entrance.span.line}`,
  })
  builder.via(via(ORGANISATION))
  builder.via(via(PUBLIC))
}

/** From outside the cluster, at an address of a node. Which networks nodes stand in, no manifest says. */
function onNodes(
  of: Scope,
  builder: ReachBuilder,
  target: Destination,
  hops: readonly Hop[],
  keepsSource: boolean,
): void {
  builder.reason({
    code: 'node-addresses-unread',
    text: 'in which networks the nodes stand, and what filters there, was not read',
  })
  if (!isOnNode(of, target)) fromNodes(of, builder, target, hops)
  outside(of, builder, target, hops, EVERY_ADDRESS, keepsSource, () => false)
}

function fromNodes(of: Scope, builder: ReachBuilder, target: Destination, hops: readonly Hop[]): void {
  const { peers } = of.connectivity
  const seen = builder.packet(of.connectivity, peers.nodes, peers.ofWorkload[target.workload]!, target)
  if (!seen.may) return
  const way = [...hops, seen.hop(podText(of, target.workload))]
  builder.zone(HOST, 'host', false, way)
  builder.zone(CLUSTER, 'cluster', false, way)
}

function atExternalAddress(
  of: Scope,
  builder: ReachBuilder,
  target: Target,
  hop: Hop,
  address: string | null,
): void {
  builder.reason({
    code: 'node-addresses-unread',
    text: `whether ${address ?? 'the address'} is routed to the nodes, and from where, was not read`,
  })
  const hops = [{ ...hop, rule: `externalIPs ${address ?? ''}: ${hop.rule}` }]
  if (!isOnNode(of, target)) fromNodes(of, builder, target, hops)
  outside(of, builder, target, hops, EVERY_ADDRESS, target.service.keepsSource, () => false)
}

function atBalancer(
  of: Scope,
  builder: ReachBuilder,
  service: ServiceFacts,
  target: Target,
  hop: Hop,
  address: string | null,
): void {
  const ranges = service.sourceRanges.map((text) => parseCidr(text.trim()))
  const unknown = ranges.some((range) => range === null)
  const allowed =
    service.sourceRanges.length === 0 || unknown
      ? EVERY_ADDRESS
      : addressesOf(ranges.flatMap((range) => range ?? []))
  const inside = service.internalBalancer !== null
  const open = inside ? subtractAddresses(allowed, publicAddresses(of.zones)) : allowed
  const assigned = address === null ? null : parseAddress(address)
  const isPublic = assigned !== null && hasAddress(publicAddresses(of.zones), assigned)
  const limits = [
    ...(inside ? [`inside the network by ${service.internalBalancer}`] : []),
    ...(service.sourceRanges.length > 0 ? [`from ${service.sourceRanges.join(', ')}`] : []),
  ]
  const hops: readonly Hop[] = [
    {
      at: `balancer of Service ${service.namespace}/${service.name}`,
      rule: ['LoadBalancer', ...limits].join(' '),
      source: spanText(service),
    },
    hop,
  ]
  if (!isPublic)
    builder.reason({
      code: 'balancer-unread',
      text: inside
        ? 'which networks reach the balancer was not read'
        : 'whether the balancer gets a public address is for the provider to say; nothing here asks for a private one',
    })
  if (unknown)
    builder.reason({
      code: 'expression-unknown',
      text: `a source range of ${service.sourceRanges.join(', ')} is not understood`,
    })
  if (!isOnNode(of, target)) fromNodes(of, builder, target, hops)
  outside(
    of,
    builder,
    target,
    hops,
    open,
    service.keepsSource,
    (zone) => isPublic && !unknown && zone.level === 'public',
  )
}

function publicAddresses(zones: readonly Zone[]): AddressSet {
  return zones
    .filter(({ level }) => level === 'public')
    .reduce((sum, { addresses }) => uniteAddresses(sum, addresses), NO_ADDRESS)
}

/** @param proved whether a zone is known to have a way here at all */
function outside(
  of: Scope,
  builder: ReachBuilder,
  target: Destination,
  hops: readonly Hop[],
  allowed: AddressSet,
  keepsSource: boolean,
  proved: (zone: Zone) => boolean,
): void {
  const { connectivity, zones } = of
  const { peers } = connectivity
  const to = peers.ofWorkload[target.workload]!
  const pod = podText(of, target.workload)
  const rewritten = keepsSource ? null : builder.packet(connectivity, peers.nodes, to, target)
  for (const zone of zonesWith(zones, EVERY_ADDRESS))
    if (zone.level !== 'loopback') builder.accessible(zone.name, zone.level)
  for (const [index, peer] of peers.all.entries()) {
    if (peer.peer !== 'addresses') continue
    const some = intersectAddresses(peer.addresses, allowed)
    if (isNoAddress(some)) continue
    const seen = builder.packet(connectivity, index, to, target)
    const must = seen.must && (rewritten?.must ?? true)
    const may = seen.may || (rewritten?.may ?? false)
    if (!may) continue
    if (rewritten !== null && seen.may !== rewritten.may)
      builder.reason({
        code: 'source-rewritten',
        text: 'policies may see the address of a node in place of the sender’s (externalTrafficPolicy: Cluster)',
      })
    for (const zone of zonesWith(zones, some)) {
      if (zone.level === 'loopback') continue
      const hop = (seen.may ? seen : (rewritten ?? seen)).hop(pod)
      builder.zone(zone.name, zone.level, must && proved(zone), [...hops, hop])
    }
  }
}

function isOnNode({ connectivity }: Pick<Scope, 'connectivity'>, { workload }: Destination): boolean {
  return connectivity.peers.ofWorkload[workload] === connectivity.peers.nodes
}

function hostNetworkReach(of: Scope, builder: ReachBuilder, workload: WorkloadFacts): Reach {
  onHost(of, builder, [
    {
      at: `pod ${objectKey(workload)}`,
      rule: 'hostNetwork: it listens on its node, and no policy governs it',
      source: spanText(workload),
    },
  ])
  return builder.build()
}

function onHost({ zones }: Scope, builder: ReachBuilder, hops: readonly Hop[]): void {
  builder.reason({
    code: 'node-addresses-unread',
    text: 'in which networks the nodes stand, and what filters there, was not read',
  })
  builder.zone(HOST, 'host', true, hops)
  builder.zone(CLUSTER, 'cluster', false, hops)
  for (const zone of zonesWith(zones, EVERY_ADDRESS))
    if (zone.level !== 'loopback') builder.zone(zone.name, zone.level, false, hops)
}

/** What an Ingress or Gateway listens on is its controller's, which these manifests do not hold. */
function entranceReach(of: Scope, entrance: IngressFacts | GatewayFacts): Reach {
  const builder = builderFor(of, entrance.namespace)
  const hops = [
    {
      at: `controller of ${entrance.kind} ${entrance.namespace}/${entrance.name}`,
      rule: 'takes requests',
      source: spanText(entrance),
    },
  ]
  builder.reason({
    code: 'controller-unread',
    text: 'where its controller listens, and for whom, was not read',
  })
  builder.zone(CLUSTER, 'cluster', false, hops)
  for (const zone of zonesWith(of.zones, EVERY_ADDRESS))
    if (zone.level !== 'loopback') builder.zone(zone.name, zone.level, false, hops)
  return builder.build()
}

/** Nobody here answers to the Service: whoever names its endpoints may name anything. */
function endpointsUnknown(of: Scope, builder: ReachBuilder, service: ServiceFacts, port: ClusterPort): void {
  const hops = [
    {
      at: `Service ${service.namespace}/${service.name}`,
      rule: 'its endpoints are not in these files',
      source: spanText(service),
    },
  ]
  builder.reason({
    code: 'endpoints-unknown',
    text:
      service.selector.size === 0
        ? 'the Service has no selector: its endpoints are named elsewhere'
        : 'no pod in these files is selected by the Service',
  })
  builder.zone(HOST, 'host', false, hops)
  builder.zone(CLUSTER, 'cluster', false, hops)
  const outward = port.net === 'net:1' || port.net.startsWith('net:loadbalancer.')
  if (!outward) return
  const inside = port.net.startsWith('net:loadbalancer.') && service.internalBalancer !== null
  for (const zone of zonesWith(of.zones, EVERY_ADDRESS))
    if (zone.level !== 'loopback' && !(inside && zone.level === 'public'))
      builder.zone(zone.name, zone.level, false, hops)
}

function builderFor({ connectivity }: Scope, namespace: string): ReachBuilder {
  const builder = new ReachBuilder(namespace)
  const reason = enforcementReason(connectivity)
  if (reason !== null) builder.reason(reason)
  return builder
}

/** What every answer about this cluster rests on. */
export function enforcementReason({ policies, enforcement }: Connectivity): Reason | null {
  if (policies.length === 0) return null
  return enforcement === 'assumed'
    ? {
        code: 'policies-assumed-enforced',
        text: 'policies are taken as enforced: without a network plugin that does so they have no effect',
      }
    : {
        code: 'policies-not-enforced',
        text:
          enforcement === 'none'
            ? 'policies are taken as not enforced'
            : 'whether a network plugin enforces policies is not known',
      }
}

function podText({ connectivity }: Pick<Scope, 'connectivity'>, workload: number): string {
  return `pod ${objectKey(connectivity.cluster.workloads[workload]!)}`
}

function spanOf({ span }: ServicePort): string | null {
  return span.line === null ? null : `${span.file}:${span.line}`
}

function hopOf(
  at: string,
  rule: string,
  workload: WorkloadFacts,
  port: WorkloadFacts['ports'][number] | undefined,
): Hop {
  const span = port?.span ?? workload.span
  return { at, rule, source: span.line === null ? span.file : `${span.file}:${span.line}` }
}
