import type { DocumentView, SightingView } from '../../../../src/api/views.ts'
import { interval, localTime, utcTime } from '../../format/time.ts'

/** Where a fact was read, in words, and the ledger entry that says so. */
export interface FactSource {
  readonly text: string
  readonly index: number
}

/** The sighting that passed last is the one that the observed facts stand on. */
export function seenBy(sightings: readonly SightingView[]): FactSource | null {
  const last = sightings.reduce<SightingView | undefined>(
    (best, one) => ((one.lastPass ?? '') >= (best?.lastPass ?? '') ? one : best),
    undefined,
  )
  if (last === undefined) return null
  const pass =
    last.lastPass === null ? '' : `; last pass ${localTime(last.lastPass)} (${utcTime(last.lastPass)})`
  const vantage = last.vantage === null ? '' : ` from ${last.vantage}`
  return {
    text: `Read by ${last.source}${vantage}${last.at === null ? '' : ` at ${last.at}`}; ${last.state} ${interval(last.since)}${pass}`,
    index: last.index,
  }
}

export function saidBy(document: DocumentView | null): FactSource | null {
  if (document === null) return null
  const { kind, name, at, declaredAt, fromIndex } = document
  return {
    text: `Declared in ${kind} ${name}${at === null ? '' : ` (${at})`}, ${localTime(declaredAt)} (${utcTime(declaredAt)})`,
    index: fromIndex,
  }
}
