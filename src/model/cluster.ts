import type { Cidr } from '../lib/ip.ts'
import type { Transport } from './port.ts'
import type { Span } from './source.ts'

/**
 * The facts that the objects of a cluster state, each with the place where it stands, before one is joined with
 * another. Parsers write them, `src/exposure` reads them. What a parser does not understand is kept as `unknown`
 * with its text: it is read as open in `may` and as closed in `must`.
 */
export interface ClusterFacts {
  readonly namespaces: NamespaceFacts[]
  readonly policies: PolicyFacts[]
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

export interface NamespaceFacts extends ObjectName {
  readonly labels: ReadonlyMap<string, string>
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
  /** `externalTrafficPolicy: Local`: pods see the address of who asks, and not that of a node. */
  readonly keepsSource: boolean
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
  /** Who made the pod, for a pod that was read back from a cluster. */
  readonly maker: { readonly kind: string; readonly name: string } | null
  /** Assigned to the pod; empty in a manifest. */
  readonly addresses: readonly string[]
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
  readonly backends: readonly Backend[]
}

/** A Service that something in front of it hands requests to. */
export interface Backend {
  readonly namespace: string
  readonly service: string
  /** Number or name; null: every port of the Service. */
  readonly port: number | string | null
  /** What `port` names: a port of the Service, or (OpenShift) the target behind it. */
  readonly by: 'port' | 'target'
  readonly span: Span
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
  readonly targets: readonly Backend[]
}

export interface ParentRef {
  readonly namespace: string
  readonly name: string
  readonly section: string | null
  readonly port: number | null
}

export const POLICY_KINDS = [
  'NetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'ClusterNetworkPolicy',
] as const

/** Decided in this order: https://network-policy-api.sigs.k8s.io/api-overview/ */
export const POLICY_TIERS = ['admin', 'namespace', 'baseline'] as const
export type PolicyTier = (typeof POLICY_TIERS)[number]

export interface PolicyFacts extends ObjectName {
  readonly tier: PolicyTier
  /** Within its tier, lower first. NetworkPolicies have none, and add up. */
  readonly priority: number
  readonly subject: PodSelection
  /** Null: the policy says nothing of this direction. An empty list isolates in the tier `namespace`. */
  readonly ingress: readonly PolicyRule[] | null
  readonly egress: readonly PolicyRule[] | null
}

export interface PodSelection {
  readonly namespaces: LabelSelector
  readonly pods: LabelSelector
}

/** All requirements must hold; without any, everything is selected. */
export type LabelSelector = readonly Requirement[]

export type Requirement =
  | Listed<'In'>
  | Listed<'NotIn'>
  | { readonly operator: 'Exists'; readonly key: string }
  | { readonly operator: 'DoesNotExist'; readonly key: string }
  | { readonly operator: 'unknown'; readonly text: string }

interface Listed<O> {
  readonly operator: O
  readonly key: string
  readonly values: readonly string[]
  /** `matchLabels` or `matchExpressions`: they mean the same, and are shown as they were written. */
  readonly written: 'label' | 'expression'
}

export interface PolicyRule {
  readonly name: string | null
  readonly action: 'allow' | 'deny' | 'pass'
  /** Null: anybody. */
  readonly peers: readonly PolicyPeer[] | null
  /** Null: every port of every transport. */
  readonly ports: readonly PolicyPort[] | null
  readonly span: Span
}

export type PolicyPeer =
  | ({ readonly peer: 'pods' } & PodSelection)
  /** `wholly`: the addresses of pods are meant too (`networks`), and not only what is outside (`ipBlock`). */
  | {
      readonly peer: 'addresses'
      readonly cidrs: readonly Cidr[]
      readonly except: readonly Cidr[]
      readonly wholly: boolean
    }
  | { readonly peer: 'nodes'; readonly nodes: LabelSelector }
  /** `outside`: it can only mean something outside the cluster (a domain name). */
  | { readonly peer: 'unknown'; readonly text: string; readonly outside: boolean }

export type PolicyPort =
  | { readonly port: 'range'; readonly transport: Transport; readonly first: number; readonly last: number }
  /** `transport` null: whatever the container port says. */
  | { readonly port: 'named'; readonly transport: Transport | null; readonly name: string }
  | { readonly port: 'unknown'; readonly text: string }

/** Every namespace has it, and it cannot be changed. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name'

export function namespaceNamed(name: string): LabelSelector {
  return [{ operator: 'In', key: NAMESPACE_NAME_LABEL, values: [name], written: 'label' }]
}
