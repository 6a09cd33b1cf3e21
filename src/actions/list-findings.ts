import type { Output, Parsed } from '../api/operations.ts'
import { momentOf } from './as-of.ts'
import type { Environment } from './environment.ts'
import { findingView } from './port-view.ts'

export async function listFindings(
  env: Environment,
  input: Parsed<'listFindings'>,
): Promise<Output<'listFindings'>> {
  const query = {
    ...(input.rule === undefined ? {} : { rule: input.rule }),
    ...(input.place === undefined ? {} : { place: input.place }),
    ...(input.level === undefined ? {} : { atLeast: input.level }),
  }
  const { read, asOf } = await momentOf(env, input.at)
  const page = await read.findings(query, { limit: input.limit, cursor: input.cursor ?? null })
  return { findings: page.items.map(findingView), next: page.next, asOf }
}
