import { hash } from 'node:crypto'

import { z } from 'zod'

import { canonicalJson } from '../lib/canonical-json.ts'
import type { JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { PLACE_KINDS, SOURCE_KINDS, type AbsentRegion, type PlaceClaim } from '../model/source.ts'
import { absentFromBody, absentToBody } from './absent.ts'
import type { CoverageRow, SourceRow } from './book.ts'
import { claimToBody } from './claim-body.ts'

/**
 * Coverage: which places a source looked at, from when until when, how completely, and what its silence proves.
 * The body of a `coverage` entry, and the calendar that is drawn from many of them.
 */
export interface CoverageBeat {
  readonly source: {
    readonly name: string
    readonly kind: SourceRow['kind']
    readonly vantage: string | null
    readonly digest: string | null
  }
  readonly state: SourceRow['state']
  /** Every place that the beat speaks for, with the id that the book gave it. */
  readonly places: readonly (PlaceClaim & { readonly id: string })[]
  readonly from: Instant
  readonly until: Instant
  readonly passes: number
  readonly completePasses: number
  readonly lastComplete: Instant | null
  readonly intervalMs: number | null
  readonly gaps: CoverageRow['gaps']
  readonly absent: readonly AbsentRegion[]
  /** The regions speak of each place's first address alone, as a scan's do; they name none then. */
  readonly ownAddress: boolean
  readonly collector: CoverageRow['collector']
  /** How the collector was set to look; null for what is no collector of ours, and in entries of older versions. */
  readonly configuration: JsonObject | null
  readonly notes: readonly string[]
}

export function coverageBody(beat: CoverageBeat): JsonObject {
  return {
    source: { ...beat.source },
    state: beat.state,
    places: beat.places.map(({ id, ...claim }) => ({ id, ...claimToBody(claim), ...bootOf(claim) })),
    span: { from: beat.from, until: beat.until },
    passes: beat.passes,
    complete_passes: beat.completePasses,
    last_complete: beat.lastComplete,
    interval_ms: beat.intervalMs,
    gaps: beat.gaps.map(({ from, until }) => ({ from, until })),
    absent: absentToBody(beat.absent),
    own_address: beat.ownAddress,
    collector: beat.collector === null ? null : { ...beat.collector },
    ...(beat.configuration === null ? {} : { configuration: configurationBody(beat.configuration) }),
    notes: beat.notes,
  }
}

/** docs/guide/sources.md: the document, and its digest for who compares two of them. */
function configurationBody(document: JsonObject): JsonObject {
  return { document, sha256: hash('sha256', canonicalJson(document), 'hex') }
}

export function readCoverageBody(body: JsonObject): CoverageBeat {
  const read = Body.parse(body)
  return {
    source: read.source,
    state: read.state,
    places: read.places.map(({ boot, ...place }) => ({ ...place, ...bootOf({ boot }) })),
    from: read.span.from,
    until: read.span.until,
    passes: read.passes,
    completePasses: read.complete_passes,
    lastComplete: read.last_complete,
    intervalMs: read.interval_ms,
    gaps: read.gaps,
    absent: absentFromBody(body['absent']),
    ownAddress: read.own_address,
    collector: read.collector,
    configuration: (read.configuration?.document ?? null) as JsonObject | null,
    notes: read.notes,
  }
}

function bootOf({ boot }: { readonly boot?: string | undefined }): { readonly boot?: string } {
  return boot === undefined ? {} : { boot }
}

const Body = z.object({
  source: z.object({
    name: z.string(),
    kind: z.enum(SOURCE_KINDS),
    vantage: z.string().nullable(),
    digest: z.string().nullable(),
  }),
  state: z.enum(['observing', 'stopped', 'once']),
  places: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(PLACE_KINDS),
      name: z.string(),
      identity: z.string().nullable(),
      names: z.array(z.string()),
      addresses: z.array(z.string()),
      realm: z.string(),
      boot: z.string().optional(),
    }),
  ),
  span: z.object({ from: z.string(), until: z.string() }),
  passes: z.int(),
  complete_passes: z.int(),
  last_complete: z.string().nullable(),
  interval_ms: z.int().nullable(),
  gaps: z.array(z.object({ from: z.string(), until: z.string() })),
  own_address: z.boolean(),
  collector: z.record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()])).nullable(),
  configuration: z.object({ document: z.record(z.string(), z.unknown()) }).optional(),
  notes: z.array(z.string()),
})

/** What an absence proves at one of the places. */
export function absentAt(beat: CoverageBeat, place: PlaceClaim): readonly AbsentRegion[] {
  if (!beat.ownAddress) return beat.absent
  return beat.absent.map((region) => ({ ...region, addresses: place.addresses.slice(0, 1) }))
}

export interface Day {
  /** `2026-11-23`, UTC. */
  readonly day: string
  /** Full: complete passes cover the whole day, up to now for today. Partial: some. Never: none. */
  readonly state: 'full' | 'partial' | 'never'
  readonly passes: number
  readonly completePasses: number
  readonly coveredMs: number
  readonly gaps: CoverageRow['gaps']
}

const DAY_MS = 86_400_000

/** The last `days` days of one place, oldest first. `rows` are its coverage rows, in any order. */
export function coverageByDay(rows: readonly CoverageRow[], days: number, now: Instant): Day[] {
  const nowMs = Date.parse(now)
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS
  const stretches = rows.map(stretchesOf)
  return Array.from({ length: days }, (_, n) => {
    const start = today - (days - 1 - n) * DAY_MS
    return dayOf(rows, stretches, start, Math.min(start + DAY_MS, nowMs))
  })
}

type Stretch = readonly [from: number, until: number]

function dayOf(
  rows: readonly CoverageRow[],
  stretches: readonly (readonly Stretch[])[],
  start: number,
  end: number,
): Day {
  const touching = rows.filter((row) => Date.parse(row.until) >= start && Date.parse(row.from) <= end)
  const covered = union(
    stretches.flat().map(([from, until]) => [Math.max(from, start), Math.min(until, end)] as const),
  )
  const coveredMs = covered.reduce((sum, [from, until]) => sum + (until - from), 0)
  const completePasses = touching.reduce((sum, row) => sum + row.completePasses, 0)
  return {
    day: new Date(start).toISOString().slice(0, 10),
    state: completePasses === 0 ? 'never' : coveredMs >= end - start ? 'full' : 'partial',
    passes: touching.reduce((sum, row) => sum + row.passes, 0),
    completePasses,
    coveredMs,
    gaps: touching
      .flatMap((row) => row.gaps)
      .filter((gap) => Date.parse(gap.until) >= start && Date.parse(gap.from) <= end),
  }
}

/** What a row covers: its span without its gaps; nothing without a complete pass. */
function stretchesOf(row: CoverageRow): Stretch[] {
  if (row.completePasses === 0) return []
  const gaps = row.gaps
    .map((gap) => [Date.parse(gap.from), Date.parse(gap.until)] as const)
    .sort((a, b) => a[0] - b[0])
  const stretches: Stretch[] = []
  let from = Date.parse(row.from)
  for (const [gapFrom, gapUntil] of gaps) {
    if (gapFrom > from) stretches.push([from, gapFrom])
    from = Math.max(from, gapUntil)
  }
  const until = Date.parse(row.until)
  if (until >= from) stretches.push([from, until])
  return stretches
}

function union(stretches: readonly Stretch[]): Stretch[] {
  const merged: [number, number][] = []
  for (const [from, until] of stretches
    .filter(([from, until]) => until >= from)
    .sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until)
    else merged.push([from, until])
  }
  return merged
}
