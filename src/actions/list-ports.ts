import type { Output, Parsed } from '../api/operations.ts'
import type { PortView } from '../api/views.ts'
import type { Finding } from '../model/finding.ts'
import type { BookAt, PortFilter, PortRow } from '../registry/book.ts'
import { momentOf } from './as-of.ts'
import type { Environment } from './environment.ts'
import { reachInBook } from './host-reach.ts'
import type { ReachOf } from './host-reach.ts'
import { portView, REACH_NOTE } from './port-view.ts'
import { sourceViews } from './source-view.ts'

const COUNT_LIMIT = 10_000

export async function listPorts(env: Environment, input: Parsed<'listPorts'>): Promise<Output<'listPorts'>> {
  const { read, asOf } = await momentOf(env, input.at)
  const filter = filterOf(input)
  const page = await read.ports(
    filter,
    { by: input.sort, descending: input.order === 'desc' },
    { limit: input.limit, cursor: input.cursor ?? null },
  )
  return {
    version: 1,
    at: asOf?.at ?? env.now(),
    asOf,
    sources: await sourceViews(read, await placesOf(read, page.items), [REACH_NOTE]),
    ports: await withFindings(
      read,
      page.items,
      asOf === null ? await reachInBook(env.host, read, page.items) : undefined,
    ),
    next: page.next,
    total: await read.countPorts(filter, COUNT_LIMIT),
  }
}

/** Of an empty page the sources still say who looked. */
async function placesOf(read: BookAt, rows: readonly PortRow[]): Promise<ReadonlySet<string>> {
  return new Set((rows.length > 0 ? rows : await read.sources()).map((row) => row.place))
}

export async function portFacets(
  env: Environment,
  input: Parsed<'portFacets'>,
): Promise<Output<'portFacets'>> {
  const { read } = await momentOf(env, input.at)
  const values = await read.facet(input.by, filterOf(input), input.limit)
  return { values: [...values] }
}

export async function withFindings(
  read: BookAt,
  rows: readonly PortRow[],
  reachOf: ReachOf = () => null,
): Promise<PortView[]> {
  const views: PortView[] = []
  for (const row of rows)
    views.push(
      portView(row, row.severity === null && row.record === null ? [] : await findingsOf(read, row), {
        reach: reachOf(row),
      }),
    )
  return views
}

/** Findings on the port, and those on the record that declares it (no owner, something still to do). */
export async function findingsOf(read: BookAt, row: PortRow): Promise<readonly Finding[]> {
  const first = { limit: 100, cursor: null }
  const onPort = (await read.findings({ port: row.id }, first)).items
  if (row.record === null) return onPort
  const onRecord = (await read.findings({ record: row.record }, first)).items
  return [...onPort, ...onRecord.filter((finding) => finding.port === null)]
}

type Filters = Pick<
  Parsed<'listPorts'>,
  'owner' | 'system' | 'place' | 'observed' | 'documented' | 'transport' | 'port' | 'finding' | 'record' | 'q'
>

function filterOf({
  q,
  owner,
  system,
  place,
  observed,
  documented,
  transport,
  port,
  finding,
  record,
}: Filters): PortFilter {
  const given = { text: q, owner, system, place, observed, documented, transport, port, finding, record }
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== ''),
  ) as PortFilter
}
