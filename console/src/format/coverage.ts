import type { PlaceCoverage } from '../../../src/api/views.ts'
import { duration } from './duration.ts'

type Day = PlaceCoverage['days'][number]

/** `23 Nov`. Days of coverage are days in UTC, for every reader the same. */
export function dayText(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}

/** What stands behind the word of a day. */
export function dayTitle({ day, passes, completePasses, coveredMs, gaps }: Day): string {
  if (passes === 0) return `${day} (UTC): not observed`
  const count = `${completePasses} of ${passes} ${passes === 1 ? 'pass' : 'passes'} complete`
  const gap = gaps.length === 0 ? '' : `, ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`
  return `${day} (UTC): ${count}, ${duration(coveredMs)} covered${gap}`
}
