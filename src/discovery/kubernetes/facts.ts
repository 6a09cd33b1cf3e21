import type { Transport } from '../../model/port.ts'
import type { Span } from '../../model/source.ts'

/** What the objects of a manifest say about ports, before one is joined with another. */
export interface ManifestFacts {
  readonly services: ServiceFacts[]
  readonly workloads: WorkloadFacts[]
  readonly ingresses: IngressFacts[]
  readonly gateways: GatewayFacts[]
  readonly routes: RouteFacts[]
  /** Objects of other kinds, counted by kind. */
  readonly passedOver: Map<string, number>
}

export interface ObjectName {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly span: Span
}

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'

export interface ServiceFacts extends ObjectName {
  readonly type: ServiceType
  readonly headless: boolean
  readonly externalName: string | null
  readonly clusterAddresses: readonly string[]
  readonly externalAddresses: readonly string[]
  /** The balancer's, where it is asked for or already assigned. */
  readonly balancerAddresses: readonly string[]
  readonly families: readonly string[]
  readonly allocatesNodePorts: boolean
  /** Who may come to the balancer; empty: anybody. */
  readonly sourceRanges: readonly string[]
  /** `key=value` of annotations that ask for a balancer inside the network. */
  readonly internalBalancer: string | null
  readonly selector: ReadonlyMap<string, string>
  readonly ports: readonly ServicePort[]
}

export interface ServicePort {
  readonly name: string | null
  readonly port: number
  readonly nodePort: number | null
  /** A number, or the name of a container port. */
  readonly target: number | string
  readonly transport: Transport
  readonly appProtocol: string | null
  readonly span: Span
}

export interface WorkloadFacts extends ObjectName {
  readonly labels: ReadonlyMap<string, string>
  readonly hostNetwork: boolean
  readonly ports: readonly ContainerPort[]
}

export interface ContainerPort {
  readonly container: string
  readonly image: string | null
  readonly name: string | null
  readonly port: number
  readonly hostPort: number | null
  readonly hostAddress: string | null
  readonly transport: Transport
  readonly span: Span
}

export interface IngressFacts extends ObjectName {
  readonly className: string | null
  readonly tls: boolean
  readonly addresses: readonly string[]
  /** `host/path to service port`, in the order of the text. */
  readonly routes: readonly string[]
}

export interface GatewayFacts extends ObjectName {
  readonly className: string | null
  readonly addresses: readonly string[]
  readonly listeners: readonly Listener[]
}

export interface Listener {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly hostname: string | null
  readonly span: Span
}

export interface RouteFacts extends ObjectName {
  readonly parents: readonly ParentRef[]
  readonly hostnames: readonly string[]
  readonly backends: readonly string[]
}

export interface ParentRef {
  readonly namespace: string
  readonly name: string
  readonly section: string | null
  readonly port: number | null
}
