import { ANY_ADDRESS } from '../../model/port.ts'
import type { Family } from '../../model/port.ts'
import type { ServiceFacts, ServicePort } from '../../model/cluster.ts'
import { namedTargets } from './selectors.ts'
import type { NamedTarget, WorkloadIndex } from './selectors.ts'
import { netOf, NODE_NET } from './sighting.ts'
import type { Opening } from './sighting.ts'

/**
 * Where a Service can be reached: at its cluster address, on every node, at a balancer, at external addresses.
 *
 * @param indexes workloads to resolve named target ports in; the first that knows the name answers.
 */
export function* serviceOpenings(
  service: ServiceFacts,
  indexes: readonly WorkloadIndex[],
): Generator<Opening> {
  if (service.type === 'ExternalName') return
  for (const port of service.ports) {
    const targets = typeof port.target === 'string' ? resolve(service, port, indexes) : null
    const remarks = [targetRemark(port, targets), ...portRemarks(service, port)]
    if (service.headless) yield headless(service, port, targets, remarks)
    else {
      yield* clusterAddresses(service, port, remarks)
      yield* nodePorts(service, port, remarks)
      yield* balancer(service, port, remarks)
    }
    yield* externalAddresses(service, port, remarks)
  }
}

export function serviceNote(service: ServiceFacts): string | null {
  if (service.type !== 'ExternalName') return null
  return `Service ${service.namespace}/${service.name} is a name for ${service.externalName ?? 'nothing'}: it opens no port`
}

function resolve(
  service: ServiceFacts,
  port: ServicePort,
  indexes: readonly WorkloadIndex[],
): readonly NamedTarget[] {
  for (const index of indexes) {
    const found = namedTargets(service, port, index)
    if (found.length > 0) return found
  }
  return []
}

function targetRemark({ port, target }: ServicePort, targets: readonly NamedTarget[] | null): string {
  if (targets === null) return `${port} to container port ${target}`
  if (targets.length === 0)
    return `${port} to container port named ${target}, which no pod in these files has`
  const numbers = [...new Set(targets.map((one) => one.port))]
  if (numbers.length === 1) return `${port} to container port ${numbers[0]} (${target})`
  return `${port} to container port named ${target}: ${targets.map((one) => `${one.port} in ${one.workload}`).join(', ')}`
}

function portRemarks(service: ServiceFacts, port: ServicePort): readonly string[] {
  return [
    ...(port.name === null ? [] : [`name ${port.name}`]),
    ...(port.appProtocol === null ? [] : [`app protocol ${port.appProtocol}`]),
    ...(service.selector.size === 0 ? ['no selector: its endpoints are named elsewhere'] : []),
  ]
}

/** The name of a headless Service resolves to its pods: what answers is the target port. */
function headless(
  service: ServiceFacts,
  port: ServicePort,
  targets: readonly NamedTarget[] | null,
  remarks: readonly string[],
): Opening {
  const numbers = targets === null ? [Number(port.target)] : [...new Set(targets.map((one) => one.port))]
  const only = numbers.length === 1 ? (numbers[0] ?? null) : null
  return {
    ...shared(service, port, ['headless: the name leads to the pods themselves', ...remarks]),
    net: netOf('service', service.name),
    address: null,
    port: only,
    flags: ['internal'],
  }
}

function* clusterAddresses(
  service: ServiceFacts,
  port: ServicePort,
  remarks: readonly string[],
): Generator<Opening> {
  for (const address of orUnknown(service.clusterAddresses)) {
    yield {
      ...shared(service, port, ['cluster address', ...remarks]),
      net: netOf('service', service.name),
      address,
      port: port.port,
      flags: ['internal'],
    }
  }
}

function* nodePorts(
  service: ServiceFacts,
  port: ServicePort,
  remarks: readonly string[],
): Generator<Opening> {
  const onNodes =
    service.type === 'NodePort' ||
    (service.type === 'LoadBalancer' && (service.allocatesNodePorts || port.nodePort !== null))
  if (!onNodes) return
  const chosen =
    port.nodePort === null ? ['node port chosen by the cluster, by default from 30000-32767'] : []
  const family = familyOf(service.families)
  yield {
    ...shared(service, port, ['on every node', ...chosen, ...remarks]),
    net: NODE_NET,
    address: family === 'ipv4' ? '0.0.0.0' : family === 'ipv6' ? '::' : ANY_ADDRESS,
    family,
    port: port.nodePort,
  }
}

function* balancer(service: ServiceFacts, port: ServicePort, remarks: readonly string[]): Generator<Opening> {
  if (service.type !== 'LoadBalancer') return
  const { sourceRanges, internalBalancer } = service
  const limits = [
    ...(internalBalancer === null ? [] : [`inside the network by ${internalBalancer}`]),
    ...(sourceRanges.length === 0 ? [] : [`from ${sourceRanges.join(', ')}`]),
  ]
  for (const address of orUnknown(service.balancerAddresses)) {
    yield {
      ...shared(service, port, ['LoadBalancer', ...limits, ...remarks]),
      net: netOf('loadbalancer', service.name),
      address,
      port: port.port,
    }
  }
}

/** Any author of a Service can claim any address so (CVE-2020-8554). */
function* externalAddresses(
  service: ServiceFacts,
  port: ServicePort,
  remarks: readonly string[],
): Generator<Opening> {
  for (const address of service.externalAddresses) {
    yield { ...shared(service, port, ['externalIPs', ...remarks]), net: NODE_NET, address, port: port.port }
  }
}

function shared(service: ServiceFacts, { transport, span }: ServicePort, remarks: readonly string[]) {
  return { of: service, transport, span, remarks }
}

function orUnknown(addresses: readonly string[]): readonly (string | null)[] {
  return addresses.length === 0 ? [null] : addresses
}

function familyOf(families: readonly string[]): Family | null {
  if (families.length > 1) return 'dual'
  return families[0] === 'IPv4' ? 'ipv4' : families[0] === 'IPv6' ? 'ipv6' : null
}
