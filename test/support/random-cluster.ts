import * as fc from 'fast-check'

import type {
  ClusterFacts,
  LabelSelector,
  PodSelection,
  PolicyFacts,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
  Requirement,
  WorkloadFacts,
} from '../../src/model/cluster.ts'
import { namespaceNamed } from '../../src/model/cluster.ts'

/** Small clusters in which rules often overlap: few namespaces, labels and ports. */
const SPAN = { file: 'random.yaml', line: 1 }
const KEYS = ['app', 'tier']
const VALUES = ['a', 'b']
const NAMESPACES = ['one', 'two']
export const PORTS = [80, 443]

const values = fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1 })
const key = fc.constantFrom(...KEYS)
const labels = fc
  .dictionary(key, fc.constantFrom(...VALUES), { maxKeys: 2 })
  .map((found) => new Map(Object.entries(found)))

const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    key,
    values,
    written: fc.constant('expression' as const),
  }),
  fc.record({ operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), key }),
) as fc.Arbitrary<Requirement>
const UNKNOWN: Requirement = { operator: 'unknown', text: 'something new' }

const selector: fc.Arbitrary<LabelSelector> = fc.array(requirement, { maxLength: 2 })
const namespaceSelector = fc.oneof(selector, fc.constantFrom(...NAMESPACES).map(namespaceNamed))
const selection: fc.Arbitrary<PodSelection> = fc.record({ namespaces: namespaceSelector, pods: selector })

const port: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.record({
    port: fc.constant('range' as const),
    transport: fc.constantFrom('tcp' as const, 'udp' as const),
    first: fc.constantFrom(...PORTS),
    last: fc.constant(443),
  }),
  fc.record({
    port: fc.constant('named' as const),
    transport: fc.constant('tcp' as const),
    name: fc.constant('web'),
  }),
)

function rule(action: fc.Arbitrary<PolicyRule['action']>): fc.Arbitrary<PolicyRule> {
  const peer = selection.map((one): PolicyPeer => ({ peer: 'pods', ...one }))
  return fc.record({
    name: fc.constant(null),
    action,
    peers: fc.option(fc.array(peer, { minLength: 1, maxLength: 2 })),
    ports: fc.option(fc.array(port, { minLength: 1, maxLength: 2 })),
    span: fc.constant(SPAN),
  })
}

const rules = (action: fc.Arbitrary<PolicyRule['action']>) =>
  fc.option(fc.array(rule(action), { maxLength: 3 }))

const networkPolicy = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    pods: selector,
    ingress: rules(fc.constant('allow')),
    egress: rules(fc.constant('allow')),
  })
  .map(({ namespace, pods, ...directions }) => ({
    kind: 'NetworkPolicy',
    namespace,
    tier: 'namespace' as const,
    subject: { namespaces: namespaceNamed(namespace), pods },
    ...directions,
  }))

const adminPolicy = fc
  .record({
    tier: fc.constantFrom('admin' as const, 'baseline' as const),
    subject: selection,
    ingress: rules(fc.constantFrom('allow', 'deny', 'pass')),
    egress: rules(fc.constantFrom('allow', 'deny', 'pass')),
  })
  .map((policy) => ({ kind: 'ClusterNetworkPolicy', namespace: '', ...policy }))

/** No two of one priority, so that the order is defined. */
export const policies: fc.Arbitrary<readonly PolicyFacts[]> = fc
  .array(fc.oneof(networkPolicy, adminPolicy), { maxLength: 5 })
  .map((found) => found.map((policy, n) => ({ ...policy, name: `p${n}`, span: SPAN, priority: n })))

/** A policy whose every rule denies. */
export const denying: fc.Arbitrary<PolicyFacts> = fc
  .record({ subject: selection, ingress: rules(fc.constant('deny')), egress: rules(fc.constant('deny')) })
  .map((policy) => ({
    kind: 'ClusterNetworkPolicy',
    namespace: '',
    name: 'denying',
    span: SPAN,
    tier: 'admin' as const,
    priority: 0,
    ...policy,
  }))

export const workloads: fc.Arbitrary<readonly WorkloadFacts[]> = fc
  .array(fc.record({ namespace: fc.constantFrom(...NAMESPACES), labels, web: fc.constantFrom(...PORTS) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((found) =>
    found.map(({ namespace, labels, web }, n) => ({
      namespace,
      kind: 'Deployment',
      name: `w${n}`,
      span: SPAN,
      labels,
      hostNetwork: false,
      maker: null,
      addresses: [],
      ports: [
        {
          container: 'c',
          image: null,
          name: 'web',
          port: web,
          hostPort: null,
          hostAddress: null,
          transport: 'tcp' as const,
          span: SPAN,
        },
      ],
    })),
  )

export const namespaceLabels = fc.tuple(labels, labels)

export function factsOf(
  found: readonly WorkloadFacts[],
  governed: readonly PolicyFacts[],
  [one, two]: readonly [ReadonlyMap<string, string>, ReadonlyMap<string, string>],
): ClusterFacts {
  const namespaces = [one, two].map((labels, n) => ({
    namespace: NAMESPACES[n]!,
    kind: 'Namespace',
    name: NAMESPACES[n]!,
    span: SPAN,
    labels,
  }))
  return {
    namespaces,
    policies: [...governed],
    services: [],
    workloads: [...found],
    ingresses: [],
    gateways: [],
    routes: [],
    passedOver: new Map(),
  }
}

/** Makes some requirement of the policies unknown; `salt` chooses which. */
export function withUnknowns(governed: readonly PolicyFacts[], salt: number): readonly PolicyFacts[] {
  let count = 0
  const blur = (selector: LabelSelector): LabelSelector =>
    selector.map((one) => ((count++ + salt) % 3 === 0 ? UNKNOWN : one))
  const blurRule = (one: PolicyRule): PolicyRule => ({
    ...one,
    peers:
      one.peers?.map((peer) =>
        peer.peer === 'pods' ? { ...peer, namespaces: blur(peer.namespaces), pods: blur(peer.pods) } : peer,
      ) ?? null,
  })
  return governed.map((policy) => ({
    ...policy,
    subject: { namespaces: policy.subject.namespaces, pods: blur(policy.subject.pods) },
    ingress: policy.ingress?.map(blurRule) ?? null,
    egress: policy.egress?.map(blurRule) ?? null,
  }))
}
