import type { SizeAt } from '../../ledger/store.ts'
import type { Instant } from '../../model/port.ts'
import type { Connection } from './connection.ts'
import { ENTRY_TIMES } from './shapes.ts'
import type { EntryTimeTable } from './tables.ts'

/** Entries to a row of `entry_time`: so many are read at most to find a moment among them. */
export const SPAN = 256

/** Rows for the spans that an append fills. Entries may say any time; what counts is the latest so far. */
export async function addEntryTimes(
  connection: Connection,
  from: number,
  appended: readonly { readonly at: Instant }[],
): Promise<void> {
  const start = from - (from % SPAN)
  if (start + SPAN > from + appended.length) return
  const { db } = connection
  const standing = await db
    .selectFrom('entry')
    .select('at')
    .where('idx', '>=', start)
    .where('idx', '<', from)
    .execute()
  const before = await db
    .selectFrom('entry_time')
    .select('latest')
    .where('idx', '=', start)
    .executeTakeFirst()
  const times = [...standing, ...appended].map(({ at }) => at)
  await connection.put(ENTRY_TIMES, spansOf(times, start, before?.latest ?? ''))
}

/** The size of the log as of a time: entries before the first one that says a later time. */
export async function sizeAt({ db }: Connection, at: Instant): Promise<SizeAt> {
  const spans = db.selectFrom('entry_time').select('idx')
  const before = await spans.where('latest', '<=', at).orderBy('idx', 'desc').limit(1).executeTakeFirst()
  const start = before?.idx ?? 0
  const later = await db
    .selectFrom('entry')
    .select('idx')
    .where('idx', '>=', start)
    .where('idx', '<', start + SPAN)
    .where('at', '>', at)
    .orderBy('idx')
    .limit(1)
    .executeTakeFirst()
  const last = await db.selectFrom('entry').select('idx').orderBy('idx', 'desc').limit(1).executeTakeFirst()
  const size = later?.idx ?? (last === undefined ? 0 : last.idx + 1)
  return { size, isContradicted: later !== undefined && (await saysEarlier({ db }, at, size)) }
}

async function saysEarlier({ db }: Pick<Connection, 'db'>, at: Instant, size: number): Promise<boolean> {
  const end = size - (size % SPAN) + SPAN
  const span = await db
    .selectFrom('entry_time')
    .select('idx')
    .where('idx', '>', end)
    .where('earliest', '<=', at)
    .limit(1)
    .executeTakeFirst()
  if (span !== undefined) return true
  const newest = await db
    .selectFrom('entry_time')
    .select('idx')
    .orderBy('idx', 'desc')
    .limit(1)
    .executeTakeFirst()
  // Within the span of the moment, and behind the last row, where no row says it.
  const entry = await db
    .selectFrom('entry')
    .select('idx')
    .where('idx', '>=', size)
    .where('at', '<=', at)
    .where((or) => or.or([or('idx', '<', end), or('idx', '>=', newest?.idx ?? 0)]))
    .limit(1)
    .executeTakeFirst()
  return entry !== undefined
}

/** The rows of the filled spans of some times; the first is that of entry `start`. */
function spansOf(times: readonly Instant[], start: number, latestBefore: Instant): EntryTimeTable[] {
  const rows: EntryTimeTable[] = []
  let latest = latestBefore
  for (let at = 0; at + SPAN <= times.length; at += SPAN) {
    const span = times.slice(at, at + SPAN)
    let earliest = span[0] ?? ''
    for (const time of span) {
      if (time > latest) latest = time
      if (time < earliest) earliest = time
    }
    rows.push({ idx: start + at + SPAN, latest, earliest })
  }
  return rows
}
