import type { ClusterFacts, ServiceFacts, ServicePort, WorkloadFacts } from '../../model/cluster.ts'

/** Workloads by one label each, so that many Services over many workloads are not compared each with each. */
export type WorkloadIndex = ReadonlyMap<string, readonly WorkloadFacts[]>

export function indexWorkloads(manifests: Iterable<ClusterFacts>): WorkloadIndex {
  const index = new Map<string, WorkloadFacts[]>()
  for (const { workloads } of manifests) {
    for (const workload of workloads) {
      for (const label of workload.labels) {
        const key = keyOf(workload.namespace, label)
        const listed = index.get(key)
        if (listed === undefined) index.set(key, [workload])
        else listed.push(workload)
      }
    }
  }
  return index
}

/** Enough to show; a name that thousands of pods carry is not looked up in all of them for each Service. */
const MOST_TARGETS = 50

/** What a named target port is in each pod template that the Service selects: a name may be another number in each. */
export function namedTargets(
  service: ServiceFacts,
  port: ServicePort,
  index: WorkloadIndex,
): readonly NamedTarget[] {
  const targets: NamedTarget[] = []
  for (const workload of selected(service, index)) {
    for (const one of workload.ports) {
      if (one.name !== port.target || one.transport !== port.transport) continue
      targets.push({ port: one.port, workload: `${workload.kind} ${workload.name}` })
      if (targets.length === MOST_TARGETS) return targets
    }
  }
  return targets
}

export interface NamedTarget {
  readonly port: number
  readonly workload: string
}

function* selected({ namespace, selector }: ServiceFacts, index: WorkloadIndex): Generator<WorkloadFacts> {
  const labels = [...selector]
  const lists = labels.map((label) => index.get(keyOf(namespace, label)) ?? [])
  const [shortest = []] = lists.sort((a, b) => a.length - b.length)
  for (const workload of shortest) {
    if (labels.every(([key, value]) => workload.labels.get(key) === value)) yield workload
  }
}

function keyOf(namespace: string, [key, value]: readonly [string, string]): string {
  return `${namespace}\n${key}\n${value}`
}
