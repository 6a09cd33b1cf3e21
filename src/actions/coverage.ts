import type { Output, Parsed } from '../api/operations.ts'
import type { CoverageReport, PlaceCoverage } from '../api/views.ts'
import type { Instant } from '../model/port.ts'
import type { CoverageRow, PlaceRow, SourceRow } from '../registry/book.ts'
import { coverageByDay } from '../registry/coverage.ts'
import { isSilent } from '../registry/silence.ts'
import type { Environment } from './environment.ts'
import { sealedState } from './lost-keys.ts'
import { limitsByPlace } from './silence-limits.ts'

const DAY_MS = 86_400_000

export async function coverage(env: Environment, input: Parsed<'coverage'>): Promise<Output<'coverage'>> {
  const places = await placesCovered(env, input)
  return {
    version: 1,
    at: env.now(),
    summary: summarise(places),
    places: [...places],
    sealed: { ...(await sealedState(env)) },
  }
}

export async function placesCovered(
  env: Environment,
  input: Parsed<'coverage'>,
): Promise<readonly PlaceCoverage[]> {
  const { read } = env.store
  const now = env.now()
  const from = new Date(Date.parse(now) - input.days * DAY_MS).toISOString()
  const places =
    input.place === undefined
      ? await read.places()
      : [await read.place(input.place)].filter((place) => place !== null)
  const rows = groupBy(
    await read.coverage({ ...(input.place === undefined ? {} : { place: input.place }), from }),
    (row) => row.place,
  )
  const sources = groupBy(await read.sources(input.place), (row) => row.place)
  const limits = await limitsByPlace(read, places)
  return places.map((place) =>
    placeView(
      env,
      place,
      rows.get(place.id) ?? [],
      sources.get(place.id) ?? [],
      limits.get(place.id),
      input.days,
      now,
    ),
  )
}

/** Counts places in scope by their state today. */
export function summarise(places: readonly PlaceCoverage[]): CoverageReport['summary'] {
  const inScope = places.filter((place) => place.inScope)
  const count = (state: string) => inScope.filter((place) => place.days.at(-1)?.state === state).length
  return { inScope: inScope.length, full: count('full'), partial: count('partial'), never: count('never') }
}

function placeView(
  env: Environment,
  place: PlaceRow,
  rows: readonly CoverageRow[],
  sources: readonly SourceRow[],
  limit: number | undefined,
  days: number,
  now: Instant,
): PlaceCoverage {
  return {
    place: place.id,
    kind: place.kind,
    inScope: place.inScope,
    declared: place.declared !== null,
    names: [...place.names],
    addresses: [...place.addresses],
    sources: withPulse(sources, env.pulse).map((source) => {
      const latest = rows.filter((row) => row.source === source.source).at(-1)
      return {
        name: source.source,
        kind: source.kind,
        vantage: source.vantage,
        state: isSilent(source, now, limit) ? ('silent' as const) : source.state,
        lastPass: source.lastPass,
        lastComplete: source.lastComplete,
        collector: latest?.collector ?? null,
        notes: [...(latest?.notes ?? [])],
      }
    }),
    days: coverageByDay(
      [...rows, ...sources.flatMap((source) => sinceLastBeat(source, env.pulse))],
      days,
      now,
    ).map((day) => ({
      ...day,
      gaps: [...day.gaps],
    })),
  }
}

/** What a running collector has covered since its last hourly beat; the ledger will say so with the next. */
function sinceLastBeat(source: SourceRow, pulse: Environment['pulse']): CoverageRow[] {
  const until = pulse.get(source.source)
  if (until === undefined || source.state !== 'observing') return []
  return [
    {
      index: Number.MAX_SAFE_INTEGER,
      place: source.place,
      source: source.source,
      from: source.lastPass,
      until,
      passes: 1,
      completePasses: source.lastComplete === null ? 0 : 1,
      gaps: [],
      collector: null,
      notes: [],
    },
  ]
}

export function withPulse(sources: readonly SourceRow[], pulse: Environment['pulse']): SourceRow[] {
  return sources.map((source) => ({ ...source, lastPass: pulse.get(source.source) ?? source.lastPass }))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
