import type { Backend, ServiceFacts, ServicePort, WorkloadFacts } from '../model/cluster.ts'
import type { Transport } from '../model/port.ts'
import type { Span } from '../model/source.ts'
import type { Cluster } from './cluster.ts'

/** Where a request to a Service's port ends: a port of a pod. */
export interface Target {
  /** Index of the workload. */
  readonly workload: number
  readonly transport: Transport
  readonly port: number
  readonly service: ServiceFacts
  readonly servicePort: ServicePort
}

export interface Backends {
  /** Every target of one port of a Service. */
  readonly ofPort: (service: ServiceFacts, port: ServicePort) => readonly Target[]
  /** Targets of what stands in front of a Service. */
  readonly ofBackend: (backend: Backend) => readonly Target[]
}

/** Services choose their pods by labels of the same namespace; without a selector somebody else names endpoints. */
export function backendsOf({ workloads, services }: Cluster): Backends {
  const byLabel = new Map<string, number[]>()
  for (const [index, workload] of workloads.entries())
    for (const label of workload.labels) {
      const key = labelKey(workload.namespace, label)
      const listed = byLabel.get(key)
      if (listed === undefined) byLabel.set(key, [index])
      else listed.push(index)
    }
  const byName = new Map(services.map((service) => [`${service.namespace}/${service.name}`, service]))
  const chosen = new Map<ServiceFacts, readonly number[]>()

  const selected = (service: ServiceFacts): readonly number[] => {
    const known = chosen.get(service)
    if (known !== undefined) return known
    const labels = [...service.selector]
    const lists = labels.map((label) => byLabel.get(labelKey(service.namespace, label)) ?? [])
    const [shortest = []] = lists.toSorted((a, b) => a.length - b.length)
    const found = shortest.filter((index) =>
      labels.every(([key, value]) => workloads[index]?.labels.get(key) === value),
    )
    chosen.set(service, found)
    return found
  }

  const ofPort = (service: ServiceFacts, servicePort: ServicePort): readonly Target[] =>
    selected(service).flatMap((index) =>
      numbersOf(servicePort, workloads[index]).map((port) => ({
        workload: index,
        transport: servicePort.transport,
        port,
        service,
        servicePort,
      })),
    )

  return {
    ofPort,
    ofBackend(backend) {
      const service = byName.get(`${backend.namespace}/${backend.service}`)
      if (service === undefined) return []
      return service.ports.filter((port) => meant(port, backend)).flatMap((port) => ofPort(service, port))
    },
  }
}

/** A name is another number in each pod. */
function numbersOf(
  { target, transport }: ServicePort,
  workload: WorkloadFacts | undefined,
): readonly number[] {
  if (typeof target === 'number') return [target]
  const named = workload?.ports.filter((port) => port.name === target && port.transport === transport) ?? []
  return [...new Set(named.map(({ port }) => port))]
}

/** ingress-nginx takes the number of the target for that of the port as well, and so must who asks what is open. */
function meant(port: ServicePort, { port: wanted, by }: Backend): boolean {
  if (wanted === null || wanted === port.name || wanted === port.target) return true
  return by === 'port' && wanted === port.port
}

function labelKey(namespace: string, [key, value]: readonly [string, string]): string {
  return `${namespace}\n${key}\n${value}`
}

/** Something that ends a connection from outside and opens one of its own to pods: an Ingress, a Route, a Gateway. */
export interface Entrance {
  readonly name: string
  readonly span: Span
  readonly backends: readonly Backend[]
}

export function entrancesOf({ ingresses, routes }: Cluster): readonly Entrance[] {
  return [
    ...ingresses.map((one) => ({
      name: `${one.kind} ${one.namespace}/${one.name}`,
      span: one.span,
      backends: one.backends,
    })),
    ...routes.map((one) => ({
      name: `${one.kind} ${one.namespace}/${one.name}`,
      span: one.span,
      backends: one.targets,
    })),
  ]
}
