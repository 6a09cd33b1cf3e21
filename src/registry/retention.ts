import type { Entry } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import type { BookDocument } from '../model/document.ts'
import type { Spec } from './documents/schemas.ts'
import { covers, type Scope } from './hold.ts'

/** A Retention document, as erasure and disposal read it. */
export interface Retention {
  readonly name: string
  readonly basis: string
  readonly scope: Scope
  /** When what happened at this time need no longer be kept. */
  readonly until: (at: Instant) => Instant
}

export function retentionOf({ name, spec }: BookDocument): Retention {
  const { basis, keep, covers: scope = {} } = spec as Spec<'Retention'>
  return { name, basis: basis ?? '', scope, until: (at) => later(at, keep) }
}

/** Until when it keeps an entry; null where it does not speak of it. */
export function keptUntil(
  retention: Retention,
  entry: Pick<Entry, 'by' | 'type' | 'body' | 'at'>,
): Instant | null {
  return covers(retention.scope, entry) ? retention.until(entry.at) : null
}

/** Calendar years in UTC: the 29th of February is followed by the 1st of March. */
function later(
  at: Instant,
  { years = 0, days = 0 }: { years?: number | undefined; days?: number | undefined },
): Instant {
  const end = new Date(at)
  end.setUTCFullYear(end.getUTCFullYear() + years)
  end.setUTCDate(end.getUTCDate() + days)
  return end.toISOString()
}
