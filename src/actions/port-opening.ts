import type { Instant } from '../model/port.ts'
import type { PortRow, SightingRow } from '../registry/book.ts'
import type { StoreReads } from './environment.ts'
import { sightingKeys } from './port-keys.ts'

/** What each source saw of the port in the entries below `size` and up to a moment, in the order of the log. */
export async function historyOf(
  read: StoreReads,
  row: PortRow,
  size: number,
  until: Instant,
): Promise<readonly SightingRow[]> {
  const rows: SightingRow[] = []
  for (const key of await sightingKeys(read, row)) rows.push(...(await read.sightingHistory(row.place, key)))
  return rows
    .filter(({ fromIndex, since }) => fromIndex < size && since.notAfter <= until)
    .sort((a, b) => a.fromIndex - b.fromIndex)
}

/** Sources that look from elsewhere: what they do not see open is a test that the port was not reachable for them. */
export async function outsideSources(read: StoreReads, place: string): Promise<ReadonlySet<string>> {
  const sources = await read.sources(place)
  return new Set(sources.filter(({ kind }) => kind === 'nmap-xml').map(({ source }) => source))
}

/** The opening that a moment falls into: of the sources that saw it, the one that saw it first. Else the last before. */
export function openingAt(
  history: readonly SightingRow[],
  moment: Instant,
  outside: ReadonlySet<string>,
): SightingRow | null {
  const stretches = [...Map.groupBy(history, ({ source, key }) => `${source}\n${key}`).values()]
    .flatMap(openStretches)
    .filter(({ first }) => first.since.notAfter <= moment)
  const inside = stretches.filter(({ first }) => !outside.has(first.source))
  const heard = inside.length > 0 ? inside : stretches
  const open = heard.filter(({ until }) => until === null || until > moment)
  if (open.length > 0) return open.toSorted(byFirst)[0]?.first ?? null
  return heard.toSorted(byFirst).at(-1)?.first ?? null
}

interface Stretch {
  readonly first: SightingRow
  /** When it was seen closed again; null while it is open. */
  readonly until: Instant | null
}

function openStretches(rows: readonly SightingRow[]): Stretch[] {
  const stretches: { first: SightingRow; until: Instant | null }[] = []
  let isOpen = false
  for (const row of rows) {
    if (row.sighting.state === 'open' && !isOpen) stretches.push({ first: row, until: null })
    const last = stretches.at(-1)
    if (row.sighting.state !== 'open' && isOpen && last !== undefined) last.until = row.since.notAfter
    isOpen = row.sighting.state === 'open'
  }
  return stretches
}

function byFirst(a: Stretch, b: Stretch): number {
  const [one, other] = [a.first.since.notAfter, b.first.since.notAfter]
  return one < other ? -1 : one > other ? 1 : a.first.fromIndex - b.first.fromIndex
}
