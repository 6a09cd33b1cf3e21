import type { Period } from '../evidence/port-evidence.ts'
import { readRecord } from '../ledger/record.ts'
import type { LedgerReads } from '../ledger/store.ts'
import type { EntryType, JsonObject } from '../model/entry.ts'
import type { Population } from '../model/population.ts'
import type { BookAt } from '../registry/book.ts'

/** What is counted: a population, of all time or of a stretch of it. */
export interface Counted {
  readonly population: Population
  readonly period: Period | null
}

/** Items that the entries from `from` on, and below `size`, add to a population; none for places. */
export async function itemsBetween(
  read: Pick<LedgerReads, 'entries'>,
  { population, period }: Counted,
  from: number,
  size: number,
): Promise<readonly string[]> {
  if (population === 'places') return []
  const { types, itemsIn } = MEMBERS[population]
  const items: string[] = []
  for (let next = from; next < size;) {
    const page = await read.entries({ from: next, limit: PAGE, types })
    for (const { index, leaf } of page) {
      if (index >= size) break
      // Whether an entry belongs to a population is said outside of sealed values.
      const record = readRecord(leaf)
      items.push(...itemsIn(index, record.at, record.body, (at) => isWithin(at, period)))
    }
    if (page.length < PAGE) break
    next = (page.at(-1)?.index ?? 0) + 1
  }
  return items
}

/** Places in scope, whatever the period. */
export async function placesInScope(book: Pick<BookAt, 'places'>): Promise<readonly string[]> {
  return (await book.places()).filter(({ inScope }) => inScope).map(({ id }) => id)
}

/** Ascending byte order, each once: evidence-pack-v1.md, "Sample". */
export function inOrder(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

const PAGE = 1_000

interface Members {
  readonly types: readonly EntryType[]
  readonly itemsIn: (
    index: number,
    at: string,
    body: JsonObject,
    within: (at: unknown) => boolean,
  ) => readonly string[]
}

const whole: Members['itemsIn'] = (index, at, _body, within) => (within(at) ? [String(index)] : [])

/** Which entries, or changes within them, a population consists of. */
const MEMBERS: Record<Exclude<Population, 'places'>, Members> = {
  openings: {
    types: ['sighting'],
    itemsIn: (index, _at, body, within) =>
      listOf(body['changes']).flatMap((change, n) =>
        change['kind'] === 'opened' && within(change['not_after']) ? [`${index}/${n}`] : [],
      ),
  },
  changes: { types: ['declaration', 'tombstone'], itemsIn: whole },
  decisions: { types: ['decision'], itemsIn: whole },
  expiries: {
    types: ['grant'],
    itemsIn: (index, _at, body, within) => (within(body['until']) ? [String(index)] : []),
  },
  emergencies: {
    types: ['grant'],
    itemsIn: (index, at, body, within) => (body['emergency'] === true && within(at) ? [String(index)] : []),
  },
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : []
}

function isWithin(at: unknown, period: Period | null): boolean {
  return typeof at === 'string' && (period === null || (at >= period.from && at < period.until))
}
