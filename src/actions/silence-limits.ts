import type { PlaceRow } from '../registry/book.ts'
import { silenceLimits } from '../registry/gate.ts'
import type { StoreReads } from './environment.ts'

/** A Place document may allow its collectors more or less silence. */
export async function limitsByPlace(
  read: StoreReads,
  places: readonly PlaceRow[],
): Promise<ReadonlyMap<string, number>> {
  const limits = silenceLimits(await read.documents('Place'))
  return new Map(
    places.flatMap(({ id, declared }) => {
      const limit = declared === null ? undefined : limits.get(declared)
      return limit === undefined ? [] : [[id, limit] as const]
    }),
  )
}
