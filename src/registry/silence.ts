import type { Instant } from '../model/port.ts'
import type { FindingRow, SourceRow } from './book.ts'
import { byFingerprint, driftFinding } from './finding.ts'
import { plain, shellWord } from './wording.ts'

const SILENT_AFTER_MS = 2 * 60 * 60_000
const CLOCK_SKEW_MS = 10 * 60_000

/** Sources that should observe and have not reported for as long as their place allows (two hours), as findings. */
export function silentSources(
  sources: readonly SourceRow[],
  now: Instant,
  options: { readonly limits?: ReadonlyMap<string, number>; readonly index: number },
): readonly FindingRow[] {
  return sources
    .filter((source) => isSilent(source, now, options.limits?.get(source.place)))
    .map((source) => silence(source, options.index))
    .sort(byFingerprint)
}

export function isSilent(source: SourceRow, now: Instant, silentAfterMs: number = SILENT_AFTER_MS): boolean {
  return source.state === 'observing' && silenceOf(source, now) > silentAfterMs
}

/** A last pass that lies in the future was dated by a clock that was set back since: when it was is not known. */
function silenceOf(source: SourceRow, now: Instant): number {
  const silence = Date.parse(now) - Date.parse(source.lastPass)
  return silence < -CLOCK_SKEW_MS ? Number.POSITIVE_INFINITY : silence
}

/** The sentence has no "for 3 hours": a finding that says the same is the same finding at the next look. */
function silence(source: SourceRow, index: number): FindingRow {
  const drift = {
    rule: 'drift.collector-silent',
    subject: `${source.place}\n${source.source}`,
    place: source.place,
    since: source.lastPass,
    text: `${plain(source.source)} has not reported on ${plain(source.place)} since ${source.lastPass}; what opened there since is not on record.`,
    hint: `start it again on ${shellWord(source.place)}: portreeve up; portreeve coverage ${shellWord(source.place)} shows the gaps`,
  } as const
  return driftFinding(drift, index)
}
