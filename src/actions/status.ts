import { DOCUMENTED, OBSERVED } from '../model/port.ts'
import type { Environment } from './environment.ts'

/** Ports by state and the ledger's size, for the metrics. */
export interface StatusCounts {
  readonly ledgerSize: number
  readonly observed: Readonly<Record<string, number>>
  readonly documented: Readonly<Record<string, number>>
}

export async function statusCounts(env: Environment): Promise<StatusCounts> {
  const { read } = env.store
  return {
    ledgerSize: (await read.head())?.size ?? 0,
    observed: await facetCounts(env, 'observed', OBSERVED),
    documented: await facetCounts(env, 'documented', DOCUMENTED),
  }
}

async function facetCounts(
  env: Environment,
  facet: 'observed' | 'documented',
  states: readonly string[],
): Promise<Record<string, number>> {
  const values = await env.store.read.facet(facet, {}, states.length)
  return Object.fromEntries(
    states.map((state) => [state, values.find((row) => row.value === state)?.count ?? 0]),
  )
}
