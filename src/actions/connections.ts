import { enforcementReason } from '../exposure/cluster-reach.ts'
import { connectionsIn } from '../exposure/connection-list.ts'
import type { Connection } from '../exposure/connection-list.ts'
import { connectionText } from '../exposure/connection-set.ts'
import type { Connectivity } from '../exposure/connectivity.ts'
import { rulesBetween } from '../exposure/decision.ts'
import type { SpokenRule } from '../exposure/decision.ts'
import { connectionListOf, exposureListOf } from '../exposure/notation.ts'
import type { ListedConnection, ListedExposure } from '../exposure/notation.ts'
import { potentialIn } from '../exposure/potential.ts'
import type { Potential } from '../exposure/potential.ts'
import type { Reason } from '../model/reach.ts'
import { readCluster } from './read-cluster.ts'
import type { ReachOptions } from './read-cluster.ts'
import type { FileSource } from './read-files.ts'

export interface ConnectionView {
  readonly from: string
  readonly to: string
  /** Ports that are surely open: `TCP 80,443`. */
  readonly must: string
  /** Ports that are open where everything unknown is. */
  readonly may: string
  readonly rules: readonly SpokenRule[]
}

export interface ExposureView {
  readonly workload: string
  readonly other: string
  readonly connections: string
}

export interface ConnectionReport {
  readonly assumptions: readonly Reason[]
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** One after the other: a cluster of thousands of workloads has millions. */
  readonly connections: () => Generator<ConnectionView>
  readonly exposure: () => {
    readonly egress: readonly ExposureView[]
    readonly ingress: readonly ExposureView[]
  }
  readonly connlist: () => Generator<ListedConnection>
  readonly connlistExposure: () => ListedExposure
}

/** Every allowed connection between the workloads of some manifests, and with what is outside. */
export async function connections(
  files: FileSource,
  paths: readonly string[],
  options: ReachOptions,
): Promise<ConnectionReport> {
  const { connectivity, found } = await readCluster(files, paths, options)
  const assumption = enforcementReason(connectivity)
  return {
    assumptions: assumption === null ? [] : [assumption],
    unreadable: found.unreadable,
    connections: () => views(connectivity),
    exposure: () => {
      const { egress, ingress } = potentialIn(connectivity)
      return { egress: egress.map(exposureView), ingress: ingress.map(exposureView) }
    },
    connlist: () => connectionListOf(connectivity),
    connlistExposure: () => exposureListOf(connectivity),
  }
}

function* views(connectivity: Connectivity): Generator<ConnectionView> {
  for (const { from, to, must, may, ends } of connectionsIn(connectivity)) {
    yield {
      from,
      to,
      must: connectionText(must),
      may: connectionText(may),
      rules: rulesOf(connectivity, ends),
    }
  }
}

function rulesOf(connectivity: Connectivity, ends: Connection['ends']): readonly SpokenRule[] {
  return ends === null ? [] : rulesBetween(connectivity, ends.from, ends.to)
}

function exposureView({ workload, other, connections }: Potential): ExposureView {
  return { workload, other, connections: connectionText(connections) }
}
