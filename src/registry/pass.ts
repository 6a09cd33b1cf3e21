import { portKeyText, type Instant } from '../model/port.ts'
import type { AbsentRegion, PlaceReading, Sighting } from '../model/source.ts'
import { provesAbsence } from './absent.ts'
import type { Flaps, Opening, SightingRow } from './book.ts'
import { canonicalSighting, holderText, mergeSighting } from './canonical.ts'

/** One look of one source at one place, beside what the book holds of the same source there. */
export interface Pass {
  /** Rows of this source at this place that hold now. */
  readonly previous: readonly SightingRow[]
  readonly reading: Pick<PlaceReading, 'sightings' | 'absent'>
  readonly at: Instant
  readonly complete: boolean
  /** The last complete pass before this one and what an absence in it proved (`SourceRow`); null and empty: none. */
  readonly lastComplete: Instant | null
  readonly lastAbsent: readonly AbsentRegion[]
}

export interface SightingChange {
  readonly kind: 'opened' | 'closed' | 'unknown' | 'changed'
  /** `portKeyText` of the sighting. */
  readonly key: string
  /** What holds from now on. */
  readonly sighting: Sighting
  /** Of the state, so a `changed` keeps the one that was. */
  readonly since: Opening
  readonly flaps: Flaps | null
}

/**
 * What a pass changes, sorted by key. A port closes only where the source says that it is closed, or where the pass
 * would have seen it: a truncated scan reports no absent region and closes nothing.
 */
export function comparePass(pass: Pass): readonly SightingChange[] {
  const before = new Map(pass.previous.map((row) => [row.key, row]))
  const now = sightingsByKey(pass.reading.sightings)
  const changes: SightingChange[] = []
  for (const [key, sighting] of now) {
    const change = changeOf(key, sighting, before.get(key) ?? null, pass)
    if (change !== null) changes.push(change)
  }
  for (const row of pass.previous) {
    const gone = row.sighting.state !== 'closed' && !now.has(row.key)
    if (gone && provesAbsence(pass.reading.absent, row.sighting)) changes.push(closing(row, pass))
  }
  return changes.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

/** The row after a change; the caller ends the one before at the same index. */
export function applyChange(
  row: SightingRow | null,
  change: SightingChange,
  where: { readonly place: string; readonly source: string; readonly index: number },
): SightingRow {
  return {
    place: where.place,
    source: where.source,
    key: change.key,
    sighting: change.sighting,
    since: change.since,
    flaps: change.flaps ?? (change.kind === 'changed' ? (row?.flaps ?? null) : null),
    fromIndex: where.index,
    toIndex: null,
  }
}

function sightingsByKey(sightings: readonly Sighting[]): ReadonlyMap<string, Sighting> {
  const byKey = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const key = portKeyText(sighting)
    const other = byKey.get(key)
    byKey.set(key, other === undefined ? canonicalSighting(sighting) : mergeSighting(other, sighting))
  }
  return byKey
}

function changeOf(
  key: string,
  sighting: Sighting,
  row: SightingRow | null,
  pass: Pass,
): SightingChange | null {
  const before = row?.sighting.state ?? 'closed'
  if (sighting.state === 'closed') {
    const told = pass.complete || provesAbsence(pass.reading.absent, sighting)
    return row === null || before === 'closed' || !told ? null : closing(row, pass)
  }
  if (sighting.state === before) {
    const same = row !== null && sameHolding(row.sighting, sighting)
    return row === null || same ? null : { kind: 'changed', key, sighting, since: row.since, flaps: null }
  }
  const since = { notBefore: lastKnownOtherwise(sighting, row, pass), notAfter: pass.at }
  return { kind: sighting.state === 'open' ? 'opened' : 'unknown', key, sighting, since, flaps: null }
}

/** Who held it stands in the earlier rows; a closed port has no holder. */
function closing(row: SightingRow, pass: Pass): SightingChange {
  const sighting: Sighting = { ...row.sighting, state: 'closed', owners: [], span: null, detail: null }
  const since = { notBefore: lastKnownOtherwise(row.sighting, row, pass), notAfter: pass.at }
  return { kind: 'closed', key: row.key, sighting, since, flaps: null }
}

/** The latest moment at which this source is on record with the earlier state; null: there is none on record. */
function lastKnownOtherwise(sighting: Sighting, row: SightingRow | null, pass: Pass): Instant | null {
  const looked =
    pass.lastComplete !== null && provesAbsence(pass.lastAbsent, sighting) ? pass.lastComplete : null
  const known = later(looked, row?.since.notAfter ?? null)
  // A clock that was set back must not yield an interval that ends before it begins.
  return known !== null && known <= pass.at ? known : null
}

function later(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}

/** A line that moved within a file, or the number of folded client sockets, is no change of the port. */
function sameHolding(one: Sighting, other: Sighting): boolean {
  if (one.family !== other.family || one.last !== other.last || one.workload !== other.workload) return false
  if (one.service?.name !== other.service?.name || one.service?.by !== other.service?.by) return false
  if (one.flags.join() !== other.flags.join() || one.image !== other.image) return false
  return one.flags.includes('aggregated') || sameOwners(one, other)
}

function sameOwners(one: Sighting, other: Sighting): boolean {
  if (one.owners.length !== other.owners.length) return false
  if (one.owners.some((owner, i) => holderText(owner) !== holderText(other.owners[i] ?? owner))) return false
  // Workers come and go under their parent; when no process is left from before, the service was restarted.
  const before = one.owners.flatMap((owner) => owner.pid ?? [])
  const after = new Set(other.owners.flatMap((owner) => owner.pid ?? []))
  return before.length === 0 || after.size === 0 || before.some((pid) => after.has(pid))
}
