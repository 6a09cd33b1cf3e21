import { ANY_ADDRESS } from '../../model/port.ts'
import type { ContainerPort, WorkloadFacts } from '../../model/cluster.ts'
import { netOf, NODE_NET } from './sighting.ts'
import type { Opening } from './sighting.ts'

/**
 * Container ports are what the author says of the container, and bind nothing: a process may listen elsewhere.
 * `hostPort` and `hostNetwork` put them on the node.
 */
export function* workloadOpenings(workload: WorkloadFacts): Generator<Opening> {
  for (const port of workload.ports) {
    if (workload.hostNetwork) yield onNode(workload, port)
    else {
      yield inPod(workload, port)
      if (port.hostPort !== null) yield onHostPort(workload, port, port.hostPort)
    }
  }
}

export function workloadNote(workload: WorkloadFacts): string | null {
  if (!workload.hostNetwork) return null
  const name = `${workload.kind} ${workload.namespace}/${workload.name}`
  return `${name} uses its node's network: it listens wherever its processes do, named here or not`
}

function inPod(workload: WorkloadFacts, port: ContainerPort): Opening {
  return {
    ...shared(workload, port, []),
    net: netOf(workload.kind, workload.name),
    address: null,
    port: port.port,
    flags: ['internal'],
  }
}

function onNode(workload: WorkloadFacts, port: ContainerPort): Opening {
  return { ...shared(workload, port, ['hostNetwork']), net: NODE_NET, address: null, port: port.port }
}

function onHostPort(workload: WorkloadFacts, port: ContainerPort, hostPort: number): Opening {
  const remark = `hostPort ${hostPort} to container port ${port.port}`
  return {
    ...shared(workload, port, [remark]),
    net: NODE_NET,
    address: port.hostAddress ?? ANY_ADDRESS,
    port: hostPort,
  }
}

function shared(workload: WorkloadFacts, port: ContainerPort, remarks: readonly string[]) {
  const named = port.name === null ? [] : [`name ${port.name}`]
  const all = [...remarks, `container ${port.container}`, ...named]
  return { of: workload, transport: port.transport, image: port.image, span: port.span, remarks: all }
}
