import type { KubernetesObject } from './objects.ts'
import { objectsOf } from './objects.ts'
import { yamlDocuments } from '../yaml/documents.ts'
import { Faults } from '../yaml/faults.ts'
import type { ManifestFacts } from './facts.ts'
import { gatewayFacts, routeFacts } from './gateway.ts'
import { ingressFacts } from './ingress.ts'
import { serviceFacts } from './service.ts'
import { podTemplate, workloadFacts } from './workload.ts'

/**
 * The facts of one manifest file. One document is held at a time, so that memory follows the largest of them.
 *
 * @throws Refusal `source-invalid` with file, line and column; `source-too-large` for one document above 4 MiB.
 */
export function manifestFacts(file: string, text: string): ManifestFacts {
  const faults = new Faults(file)
  const facts: ManifestFacts = {
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
function sort(object: KubernetesObject, facts: ManifestFacts): void {
  const { group, kind } = object
  if (group === '' && kind === 'Service') facts.services.push(serviceFacts(object))
  else if (podTemplate(object) !== undefined) facts.workloads.push(workloadFacts(object))
  else if (INGRESS_GROUPS.has(group) && kind === 'Ingress') facts.ingresses.push(ingressFacts(object))
  else if (group === GATEWAY_GROUP && kind === 'Gateway') facts.gateways.push(gatewayFacts(object))
  else if (group === GATEWAY_GROUP && kind.endsWith('Route')) facts.routes.push(routeFacts(object))
  else facts.passedOver.set(kind, (facts.passedOver.get(kind) ?? 0) + 1)
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io'
const INGRESS_GROUPS: ReadonlySet<string> = new Set(['networking.k8s.io', 'extensions'])
