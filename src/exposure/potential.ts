import type { LabelSelector, PodSelection, Requirement } from '../model/cluster.ts'
import { matchLabels } from './label-match.ts'
import type { ConnectionSet } from './connection-set.ts'
import { peersByName } from './connection-list.ts'
import { NONE } from './connection-table.ts'
import type { Connectivity } from './connectivity.ts'
import { onlyNamespace } from './peers.ts'

/** What a workload is open to beyond the pods that the files hold, in one direction. */
export interface Potential {
  readonly workload: string
  /** Another side in netpol-analyzer's words: `entire-cluster`, `backend/[pod with {app=x}]`. */
  readonly other: string
  readonly connections: ConnectionSet
}

export interface Exposure {
  readonly egress: readonly Potential[]
  readonly ingress: readonly Potential[]
}

export const ENTIRE_CLUSTER = 'entire-cluster'

/** What policies leave open to pods that are not there yet. Only the workload's own policies are asked. */
export function potentialIn(connectivity: Connectivity): Exposure {
  return { egress: inDirection(connectivity, 'egress'), ingress: inDirection(connectivity, 'ingress') }
}

function inDirection(connectivity: Connectivity, direction: 'ingress' | 'egress'): readonly Potential[] {
  const { peers, atoms, table, row } = connectivity
  const described = describedPods(connectivity)
  const any = atoms.ofPeer[peers.anyPod]!
  const found: Potential[] = []
  for (const [workload, own] of peersByName(connectivity)) {
    const open = (other: number) =>
      own.reduce((sum, peer) => table.unite(sum, row(direction, atoms.ofPeer[peer]!).must[other]!), NONE)
    const cluster = open(any)
    for (const { text, atom } of described) {
      const connections = open(atom)
      if (connections !== cluster)
        found.push({ workload, other: text, connections: table.setOf(connections) })
    }
    if (cluster !== NONE) found.push({ workload, other: ENTIRE_CLUSTER, connections: table.setOf(cluster) })
  }
  return found
}

/** Those of which the files hold no pod, as far as labels alone can tell: netpol-analyzer leaves the others out. */
function describedPods({ cluster, peers, atoms }: Connectivity): readonly { text: string; atom: number }[] {
  return peers.all.flatMap((peer, index) => {
    if (peer.peer !== 'described-pod') return []
    const { selection } = peer
    const present =
      onlyLabels(selection) &&
      cluster.workloads.some((workload) => {
        const namespace = cluster.namespaces.get(workload.namespace)
        return (
          namespace !== undefined &&
          matchLabels(selection.namespaces, namespace) === 'yes' &&
          matchLabels(selection.pods, { values: workload.labels, complete: true }) === 'yes'
        )
      })
    return present ? [] : [{ text: selectionText(selection), atom: atoms.ofPeer[index]! }]
  })
}

function onlyLabels({ namespaces, pods }: PodSelection): boolean {
  return (
    namespaces.length > 0 &&
    pods.length > 0 &&
    [...namespaces, ...pods].every((one) => one.operator === 'In' && one.written === 'label')
  )
}

function selectionText({ namespaces, pods }: PodSelection): string {
  const name = onlyNamespace(namespaces)
  const where =
    name ??
    (namespaces.length === 0 ? '[all namespaces]' : `[namespace with {${requirementsText(namespaces)}}]`)
  return `${where}/${pods.length === 0 ? '[all pods]' : `[pod with {${requirementsText(pods)}}]`}`
}

function requirementsText(selector: LabelSelector): string {
  const labels = selector.flatMap((one) =>
    one.operator === 'In' && one.written === 'label' ? [`${one.key}=${one.values[0] ?? ''}`] : [],
  )
  const expressions = selector.flatMap((one) =>
    one.operator === 'In' && one.written === 'label' ? [] : [expressionText(one)],
  )
  return [...labels.sort(), ...expressions.sort()].join(',')
}

function expressionText(one: Requirement): string {
  if (one.operator === 'unknown') return one.text
  const values = 'values' in one ? one.values.join(' ') : ''
  return `{Key:${one.key},Operator:${one.operator},Values:[${values}],}`
}
