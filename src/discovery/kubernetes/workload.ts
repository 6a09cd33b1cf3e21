import { canonicalAddress } from '../../lib/ip.ts'
import { fault, isTrue, items, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import type { ContainerPort, WorkloadFacts } from '../../model/cluster.ts'
import type { KubernetesObject } from './objects.ts'
import { at, portNumber, requiredPort, textsOf } from './objects.ts'
import { addressesIn, transportOf } from './service.ts'

/** Where each workload kind keeps its pod: the mapping that holds `metadata` and `spec` of the pod. */
const TEMPLATE_PATH: ReadonlyMap<string, readonly string[]> = new Map([
  ['/Pod', []],
  ['/ReplicationController', ['spec', 'template']],
  ['apps/Deployment', ['spec', 'template']],
  ['apps/StatefulSet', ['spec', 'template']],
  ['apps/DaemonSet', ['spec', 'template']],
  ['apps/ReplicaSet', ['spec', 'template']],
  ['batch/Job', ['spec', 'template']],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  // Served until Kubernetes 1.15; such files are still about.
  ['extensions/Deployment', ['spec', 'template']],
  ['extensions/DaemonSet', ['spec', 'template']],
  ['extensions/ReplicaSet', ['spec', 'template']],
])

/** The pod template of a workload; null where it has none, undefined where the object is no workload. */
export function podTemplate({ group, kind, root }: KubernetesObject): YamlNode | null | undefined {
  const path = TEMPLATE_PATH.get(`${group}/${kind}`)
  return path === undefined ? undefined : at(root, ...path)
}

export function workloadFacts(object: KubernetesObject): WorkloadFacts {
  const pod = podTemplate(object) ?? null
  const spec = at(pod, 'spec')
  const containers = [...items(at(spec, 'containers')), ...items(at(spec, 'initContainers'))]
  return {
    namespace: object.namespace,
    kind: object.kind,
    name: object.name,
    span: spanOf(object.root),
    labels: textsOf(at(pod, 'metadata', 'labels')),
    hostNetwork: isTrue(at(spec, 'hostNetwork')),
    maker: makerOf(object),
    addresses: object.kind === 'Pod' ? podAddresses(object.root) : [],
    ports: containers.flatMap(portsOf),
  }
}

/** The controller among the owners; a static pod of a node is its own. */
function makerOf({ kind, root }: KubernetesObject): WorkloadFacts['maker'] {
  if (kind !== 'Pod') return null
  const owners = items(at(root, 'metadata', 'ownerReferences'))
  const owner = owners.find((one) => isTrue(at(one, 'controller'))) ?? owners[0] ?? null
  const [ownerKind, name] = [text(at(owner, 'kind')), text(at(owner, 'name'))]
  return ownerKind === null || name === null || ownerKind === 'Node' ? null : { kind: ownerKind, name }
}

function podAddresses(root: YamlNode): readonly string[] {
  const listed = items(at(root, 'status', 'podIPs')).map((one) => text(at(one, 'ip')))
  return addressesIn([text(at(root, 'status', 'podIP')), ...listed])
}

function portsOf(container: YamlNode): readonly ContainerPort[] {
  const name = text(at(container, 'name')) ?? 'unnamed'
  const image = text(at(container, 'image'))
  return items(at(container, 'ports')).flatMap((of) =>
    portOf(of, { name, image: image === '' ? null : image }),
  )
}

function portOf(
  of: YamlNode,
  container: { readonly name: string; readonly image: string | null },
): readonly ContainerPort[] {
  const port = requiredPort(of, 'containerPort')
  if (port === null) return []
  return [
    {
      container: container.name,
      image: container.image,
      name: text(at(of, 'name')),
      port,
      // 0 is how older tools write "none".
      hostPort: text(at(of, 'hostPort')) === '0' ? null : portNumber(at(of, 'hostPort')),
      hostAddress: hostAddress(at(of, 'hostIP')),
      transport: transportOf(at(of, 'protocol')),
      span: spanOf(of),
    },
  ]
}

function hostAddress(of: YamlNode | null): string | null {
  const written = text(of)
  if (of === null || written === null || written === '') return null
  const address = canonicalAddress(written)
  if (address === null) fault(of, `"${written.slice(0, 40)}" is not an IP address`)
  return address
}
