import type { Instant } from '../model/port.ts'
import type { SightingRow } from './book.ts'
import { applyChange, type SightingChange } from './pass.ts'

const WINDOW_MS = 10 * 60_000
const FOLD_AT = 6
const REPORT_EVERY_MS = 10 * 60_000
const STABLE_AFTER_MS = 2 * 60_000

/** What is remembered of one source at one place between passes: plain JSON, bounded by what changed lately. */
export interface FlapState {
  readonly keys: Readonly<Record<string, FlappingKey>>
}

interface FlappingKey {
  /** The latest changes, at most six, within ten minutes. */
  readonly times: readonly Instant[]
  readonly fold: Fold | null
}

interface Fold {
  readonly count: number
  readonly first: Instant
  readonly last: Instant
  readonly reported: Instant
  /** The latest change that is not on record yet. */
  readonly held: SightingChange | null
  /** Whether the port is open by what is on record. */
  readonly open: boolean
}

export const NO_FLAPS: FlapState = { keys: {} }

/**
 * Lets changes through until a key changed six times within ten minutes; from then on it is told at most every ten
 * minutes, and once it has been stable for two, as one change with count, first and last. An opening of what is
 * closed on record is told at once all the same, or whoever keeps a port flapping would keep it out of the book.
 * Call it once for each pass, also for one that changed nothing.
 */
export function foldFlaps(
  state: FlapState,
  changes: readonly SightingChange[],
  now: Instant,
): { readonly state: FlapState; readonly emit: readonly SightingChange[] } {
  const arriving = new Map(changes.map((change) => [change.key, change]))
  // Keys hold text from outside: a Map, because `__proto__` is a key like any other there.
  const keys = new Map<string, FlappingKey>()
  const emit: SightingChange[] = []
  for (const key of new Set([...Object.keys(state.keys), ...arriving.keys()])) {
    const known = Object.hasOwn(state.keys, key) ? state.keys[key] : undefined
    const step = stepOf(known ?? { times: [], fold: null }, arriving.get(key) ?? null, now)
    if (step.next !== null) keys.set(key, step.next)
    if (step.emit !== null) emit.push(step.emit)
  }
  return { state: { keys: Object.fromEntries(keys) }, emit }
}

/** The rows as the source saw them last: on record, or held back. What the next pass is compared with. */
export function asLastSeen(rows: readonly SightingRow[], state: FlapState): readonly SightingRow[] {
  return rows.map((row) => {
    const held = Object.hasOwn(state.keys, row.key) ? state.keys[row.key]?.fold?.held : null
    return held ? applyChange(row, held, { place: row.place, source: row.source, index: row.fromIndex }) : row
  })
}

interface Step {
  readonly next: FlappingKey | null
  readonly emit: SightingChange | null
}

function stepOf(known: FlappingKey, change: SightingChange | null, now: Instant): Step {
  const times = [...known.times, ...(change === null ? [] : [now])]
    .filter((time) => elapsed(time, now) < WINDOW_MS)
    .slice(-FOLD_AT)
  return known.fold === null ? whileOpen(times, change, now) : whileFolded(times, known.fold, change, now)
}

function whileOpen(times: readonly Instant[], change: SightingChange | null, now: Instant): Step {
  const first = times[0]
  if (first === undefined) return { next: null, emit: null }
  if (change === null || times.length < FOLD_AT) return { next: { times, fold: null }, emit: change }
  const fold = { count: times.length, first, last: now, reported: now, held: null, open: isOpen(change) }
  return { next: { times, fold }, emit: { ...change, flaps: { count: fold.count, first, last: now } } }
}

function whileFolded(
  times: readonly Instant[],
  before: Fold,
  change: SightingChange | null,
  now: Instant,
): Step {
  const fold = change === null ? before : { ...before, count: before.count + 1, last: now, held: change }
  const stable = elapsed(fold.last, now) >= STABLE_AFTER_MS
  const reopened = change !== null && isOpen(change) && !fold.open
  const due = stable || reopened || elapsed(fold.reported, now) >= REPORT_EVERY_MS
  const emit = due && fold.held !== null ? withFlaps(fold.held, fold) : null
  if (stable) return { next: null, emit }
  const told = emit === null ? fold : { ...fold, reported: now, held: null, open: isOpen(emit) }
  return { next: { times, fold: told }, emit }
}

function isOpen(change: SightingChange): boolean {
  return change.sighting.state === 'open'
}

function withFlaps(change: SightingChange, fold: Fold): SightingChange {
  return { ...change, flaps: { count: fold.count, first: fold.first, last: fold.last } }
}

function elapsed(from: Instant, until: Instant): number {
  return Date.parse(until) - Date.parse(from)
}
