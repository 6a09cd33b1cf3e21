import { POLICY_KINDS } from '../../model/cluster.ts'
import { clusterPolicyFacts } from './cluster-policy.ts'
import { namespaceFacts } from './namespace.ts'
import { networkPolicyFacts } from './network-policy.ts'
import type { KubernetesObject } from './objects.ts'
import { objectsOf } from './objects.ts'
import { yamlDocuments } from '../yaml/documents.ts'
import { Faults } from '../yaml/faults.ts'
import type { ClusterFacts } from '../../model/cluster.ts'
import { gatewayFacts, routeFacts } from './gateway.ts'
import { ingressFacts, openShiftRouteFacts } from './ingress.ts'
import { serviceFacts } from './service.ts'
import { podTemplate, workloadFacts } from './workload.ts'

/**
 * The facts of one manifest file. One document is held at a time, so that memory follows the largest of them.
 *
 * @throws Refusal `source-invalid` with file, line and column; `source-too-large` for one document above 4 MiB.
 */
export function manifestFacts(file: string, text: string): ClusterFacts {
  const faults = new Faults(file)
  const facts: ClusterFacts = {
    namespaces: [],
    policies: [],
    services: [],
    workloads: [],
    ingresses: [],
    gateways: [],
    routes: [],
    passedOver: new Map(),
  }
  for (const root of yamlDocuments(file, text, faults)) {
    for (const object of objectsOf(root)) sort(object, facts)
  }
  faults.refuseIfAny()
  return facts
}

// The group decides too: Knative has a Service and Istio a Gateway, and neither opens ports in this way.
function sort(object: KubernetesObject, facts: ClusterFacts): void {
  const { group, kind } = object
  if (group === '' && kind === 'Service') facts.services.push(serviceFacts(object))
  else if (group === '' && kind === 'Namespace') facts.namespaces.push(namespaceFacts(object))
  else if (podTemplate(object) !== undefined) facts.workloads.push(workloadFacts(object))
  else if (INGRESS_GROUPS.has(group) && kind === 'Ingress') facts.ingresses.push(ingressFacts(object))
  else if (group === GATEWAY_GROUP && kind === 'Gateway') facts.gateways.push(gatewayFacts(object))
  else if (group === GATEWAY_GROUP && kind.endsWith('Route')) facts.routes.push(routeFacts(object))
  else if (group === 'route.openshift.io' && kind === 'Route')
    facts.ingresses.push(openShiftRouteFacts(object))
  else if (group === 'networking.k8s.io' && kind === 'NetworkPolicy')
    facts.policies.push(networkPolicyFacts(object))
  else if (group === POLICY_GROUP && CLUSTER_POLICIES.has(kind))
    facts.policies.push(clusterPolicyFacts(object))
  else facts.passedOver.set(kind, (facts.passedOver.get(kind) ?? 0) + 1)
}

const POLICY_GROUP = 'policy.networking.k8s.io'
const CLUSTER_POLICIES: ReadonlySet<string> = new Set(POLICY_KINDS)
const GATEWAY_GROUP = 'gateway.networking.k8s.io'
const INGRESS_GROUPS: ReadonlySet<string> = new Set(['networking.k8s.io', 'extensions'])
