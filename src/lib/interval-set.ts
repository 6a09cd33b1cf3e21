/**
 * Sets of integers as the boundaries at which membership changes: `[80, 81, 443, 444]` is {80, 443}. Strictly
 * increasing and of even length, so that one set has one spelling and equal sets are equal arrays. Works alike on
 * numbers (ports, IPv4) and on bigints (IPv6).
 */
export type IntervalSet<T extends number | bigint = number> = readonly T[]

/** From pairs `[first, last]`, both inclusive, in any order and overlapping as they like. */
export function intervalsOf<T extends number | bigint>(
  ranges: readonly (readonly [first: T, last: T])[],
): IntervalSet<T> {
  const sorted = ranges
    .filter(([first, last]) => first <= last)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const bounds: T[] = []
  for (const [first, last] of sorted) {
    const end = after(last)
    const reached = bounds.at(-1)
    if (reached === undefined || reached < first) bounds.push(first, end)
    else if (reached < end) bounds[bounds.length - 1] = end
  }
  return bounds
}

/** The pairs `[first, last]`, inclusive, in order. */
export function rangesOf<T extends number | bigint>(set: IntervalSet<T>): readonly (readonly [T, T])[] {
  const ranges: (readonly [T, T])[] = []
  for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, before(set[i + 1]!)])
  return ranges
}

export function unite<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return sweep(a, b, (inA, inB) => inA || inB)
}

export function intersect<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (a.length === 0 || b.length === 0) return []
  return sweep(a, b, (inA, inB) => inA && inB)
}

/** What is in `a` and not in `b`. */
export function subtract<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (a.length === 0 || b.length === 0) return a
  return sweep(a, b, (inA, inB) => inA && !inB)
}

export function hasInteger<T extends number | bigint>(set: IntervalSet<T>, value: T): boolean {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (set[middle]! <= value) low = middle + 1
    else high = middle
  }
  // An odd number of boundaries at or below it: the last of them was a beginning.
  return low % 2 === 1
}

export function sameIntegers<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]))
}

/** True where every member of `part` is in `whole`. */
export function covers<T extends number | bigint>(whole: IntervalSet<T>, part: IntervalSet<T>): boolean {
  return subtract(part, whole).length === 0
}

function sweep<T extends number | bigint>(
  a: IntervalSet<T>,
  b: IntervalSet<T>,
  keep: (inA: boolean, inB: boolean) => boolean,
): IntervalSet<T> {
  const bounds: T[] = []
  let [i, j] = [0, 0]
  let inside = false
  while (i < a.length || j < b.length) {
    const at = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!
    if (a[i] === at) i++
    if (b[j] === at) j++
    if (keep(i % 2 === 1, j % 2 === 1) === inside) continue
    inside = !inside
    bounds.push(at)
  }
  return bounds
}

function after<T extends number | bigint>(value: T): T {
  return (typeof value === 'bigint' ? value + 1n : (value as number) + 1) as T
}

function before<T extends number | bigint>(value: T): T {
  return (typeof value === 'bigint' ? value - 1n : (value as number) - 1) as T
}
