import type { PlaceClaim } from '../model/source.ts'
import type { SourceRow } from '../registry/book.ts'
import { joinMachine, type Moment } from '../registry/clones.ts'
import type { StoreReads } from './environment.ts'

/** The id of the place that a reading speaks of. */
export async function joinObserved(read: StoreReads, claim: PlaceClaim, moment: Moment): Promise<string> {
  const candidates = await read.placesLike(claim)
  const sources = new Map<string, readonly SourceRow[]>()
  // Without an identity nothing can be a copy, and a scan's many hosts ask no more than they need.
  for (const { id, identity } of candidates)
    if (identity !== null && identity === claim.identity) sources.set(id, await read.sources(id))
  const joined = joinMachine(claim, candidates, sources, moment)
  return joined.kind === 'existing' ? joined.place.id : joined.id
}
