import type { Instant } from '../model/port.ts'

/**
 * Somebody else's word on when the log held a checkpoint: a witness' cosignature or an authority's timestamp. An
 * anchor is an entry that holds the digest of a timestamp and was therefore written after it.
 */
export type Seen =
  | { readonly by: 'cosignature'; readonly name: string; readonly size: number; readonly at: Instant }
  | { readonly by: 'timestamp'; readonly name: string; readonly size: number; readonly at: Instant }
  | { readonly by: 'anchor'; readonly index: number; readonly size: number; readonly at: Instant }

/** A time proof of evidence-pack-v1.md. */
export type TimeProof = { readonly at: Instant; readonly by: string; readonly size: number }

/** Between which moments an entry came onto the log, by others' word. Null: nobody vouches for that end. */
export interface Bracket {
  readonly notBefore: Seen | null
  readonly notAfter: Seen | null
}

/**
 * The narrowest bracket around entry `index`: the latest proof that the log did not hold it yet, and the earliest that
 * it did. A timestamp over a smaller checkpoint proves nothing about what was not in it, so it gives no lower end.
 */
export function bracketOf(index: number, seen: readonly Seen[]): Bracket {
  const before = seen.filter(
    (one) => (one.by === 'cosignature' && one.size <= index) || (one.by === 'anchor' && one.index < index),
  )
  const after = seen.filter((one) => one.by !== 'anchor' && one.size > index)
  return { notBefore: before.toSorted(byTime).at(-1) ?? null, notAfter: after.toSorted(byTime)[0] ?? null }
}

/** @param numberOf `<size>.<n>` of a timestamp in the pack */
export function timeProof(
  seen: Seen | null,
  numberOf: (stamp: { readonly size: number; readonly name: string }) => string,
): TimeProof | null {
  if (seen === null) return null
  const { at, size } = seen
  if (seen.by === 'anchor') return { at, by: `anchor ${seen.index}`, size }
  return {
    at,
    by: seen.by === 'cosignature' ? `cosignature ${seen.name}` : `timestamp ${numberOf(seen)}`,
    size,
  }
}

/** Milliseconds between two ends, or null where one is missing. */
export function widthOf(from: Instant | null | undefined, until: Instant | null | undefined): number | null {
  if (from === null || from === undefined || until === null || until === undefined) return null
  return Date.parse(until) - Date.parse(from)
}

function byTime(a: Seen, b: Seen): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0
}
