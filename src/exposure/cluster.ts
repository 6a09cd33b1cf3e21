import type {
  ClusterFacts,
  GatewayFacts,
  IngressFacts,
  NamespaceFacts,
  ObjectName,
  PolicyFacts,
  RouteFacts,
  ServiceFacts,
  WorkloadFacts,
} from '../model/cluster.ts'
import { NAMESPACE_NAME_LABEL } from '../model/cluster.ts'
import type { Labels } from './label-match.ts'

/** Everything that was read of one cluster, in an order that does not depend on that of the files. */
export interface Cluster {
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly workloads: readonly WorkloadFacts[]
  readonly policies: readonly PolicyFacts[]
  readonly services: readonly ServiceFacts[]
  readonly ingresses: readonly IngressFacts[]
  readonly gateways: readonly GatewayFacts[]
  readonly routes: readonly RouteFacts[]
}

/**
 * An object that stands in several files counts once, as it does when all of them are applied.
 *
 * @param before what was made of other facts: its pods are taken over where the same facts state them
 */
export function clusterOf(
  facts: readonly ClusterFacts[],
  before?: { readonly facts: readonly ClusterFacts[]; readonly cluster: Cluster },
): Cluster {
  const same = before !== undefined && samePods(facts, before.facts)
  const workloads = same ? before.cluster.workloads : distinct(facts.flatMap((one) => one.workloads))
  const policies = distinct(facts.flatMap((one) => one.policies))
  return {
    namespaces: same
      ? before.cluster.namespaces
      : namespacesOf(
          distinct(facts.flatMap((one) => one.namespaces)),
          workloads.map(({ namespace }) => namespace),
        ),
    workloads,
    policies,
    services: distinct(facts.flatMap((one) => one.services)),
    ingresses: distinct(facts.flatMap((one) => one.ingresses)),
    gateways: distinct(facts.flatMap((one) => one.gateways)),
    routes: distinct(facts.flatMap((one) => one.routes)),
  }
}

function samePods(now: readonly ClusterFacts[], before: readonly ClusterFacts[]): boolean {
  return (
    now.length === before.length &&
    now.every((one, i) => one.workloads === before[i]?.workloads && one.namespaces === before[i]?.namespaces)
  )
}

/** `default/Deployment/web`; `Kind/name` for what stands in no namespace. */
export function objectKey({ namespace, kind, name }: ObjectName): string {
  return namespace === '' ? `${kind}/${name}` : `${namespace}/${kind}/${name}`
}

/** What people call the pods: by what made them, as netpol-analyzer writes it. */
export function workloadName({ namespace, kind, name, maker }: WorkloadFacts): string {
  return maker === null ? `${namespace}/${name}[${kind}]` : `${namespace}/${maker.name}[${maker.kind}]`
}

export function spanText({ span }: ObjectName): string {
  return span.line === null ? span.file : `${span.file}:${span.line}`
}

function distinct<T extends ObjectName>(objects: readonly T[]): readonly T[] {
  const byKey = new Map<string, T>()
  for (const object of objects) {
    const key = objectKey(object)
    const known = byKey.get(key)
    // A generated name names nobody: two of them are two.
    if (known === undefined || object.name.endsWith('*'))
      byKey.set(known === undefined ? key : `${key} ${spanText(object)}`, object)
    else if (spanText(object) < spanText(known)) byKey.set(key, object)
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
}

/** A namespace without an object here exists all the same; of its labels only the name is known. */
function namespacesOf(
  described: readonly NamespaceFacts[],
  used: readonly string[],
): ReadonlyMap<string, Labels> {
  const found = new Map<string, Labels>()
  for (const name of used)
    found.set(name, { values: new Map([[NAMESPACE_NAME_LABEL, name]]), complete: false })
  for (const { name, labels } of described)
    found.set(name, { values: new Map([...labels, [NAMESPACE_NAME_LABEL, name]]), complete: true })
  return found
}
