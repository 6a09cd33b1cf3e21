import { connectionsIn } from './connection-list.ts'
import { connectionText, isNoConnection } from './connection-set.ts'
import type { Connectivity } from './connectivity.ts'
import { potentialIn } from './potential.ts'
import type { Potential } from './potential.ts'

/** netpol-analyzer's JSON: https://github.com/np-guard/netpol-analyzer/blob/main/docs/connlist.md */
export interface ListedConnection {
  readonly src: string
  readonly dst: string
  readonly conn: string
}

export interface ListedExposure {
  readonly connlist_results: readonly ListedConnection[]
  readonly exposure_results: {
    /** Null, and no empty list, where there is none: so the Go program writes it. */
    readonly egress_exposure: readonly ListedConnection[] | null
    readonly ingress_exposure: readonly ListedConnection[] | null
  }
}

/** What is proved; what is merely not ruled out has no place in this notation. */
export function* connectionListOf(connectivity: Connectivity): Generator<ListedConnection> {
  for (const { from, to, must } of connectionsIn(connectivity))
    if (!isNoConnection(must)) yield { src: from, dst: to, conn: connectionText(must) }
}

export function exposureListOf(connectivity: Connectivity): ListedExposure {
  const connections = [...connectionListOf(connectivity)]
  const { egress, ingress } = potentialIn(connectivity)
  return {
    connlist_results: connections,
    exposure_results: {
      egress_exposure: orNull([
        ...connections.filter(({ dst }) => isOutside(dst)),
        ...egress.map(({ workload, other, connections }) => line(workload, other, connections)),
      ]),
      ingress_exposure: orNull([
        ...connections.filter(({ src }) => isOutside(src)),
        ...ingress.map(({ workload, other, connections }) => line(other, workload, connections)),
      ]),
    },
  }
}

function line(src: string, dst: string, connections: Potential['connections']): ListedConnection {
  return { src, dst, conn: connectionText(connections) }
}

function orNull(listed: readonly ListedConnection[]): readonly ListedConnection[] | null {
  return listed.length === 0 ? null : listed
}

function isOutside(name: string): boolean {
  return name.endsWith('[External]')
}
