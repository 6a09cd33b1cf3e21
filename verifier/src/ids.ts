/** Ids of all entries of a log: one id is one wish, so none stands twice (docs/formats/ledger-entry-v1.md). */

const DIGITS = 13

/** Entries to a piece of the list: one list would be copied as it grows, and again to be sorted. */
const PIECE = 2 ** 20

/**
 * Gathers the first 52 bits of each id: 8 bytes for an entry, where a log of millions is read. What they repeat may
 * still differ in the rest, which is for a second reading to say.
 */
export class IdBeginnings {
  readonly #size: number
  readonly #pieces: Float64Array[] = []
  #count = 0

  constructor(size = PIECE) {
    this.#size = size
  }

  /** The id stands in 32 hexadecimal digits, lowercase, at this place. */
  add(leaf: Uint8Array, at: number): void {
    const within = this.#count % this.#size
    if (within === 0) this.#pieces.push(new Float64Array(this.#size))
    const piece = this.#pieces.at(-1) as Float64Array
    piece[within] = beginningOf(leaf, at)
    this.#count++
  }

  /** Beginnings that stand more than once. Orders what was gathered: nothing is added after it. */
  repeated(): ReadonlySet<number> {
    const pieces = this.#pieces.map((piece, n) => piece.subarray(0, this.#count - n * this.#size).sort())
    const heads = pieces.map(() => 0)
    const found = new Set<number>()
    let before = -1
    for (let n = 0; n < this.#count; n++) {
      const from = leastOf(pieces, heads)
      const least = pieces[from]?.[heads[from] as number] as number
      if (least === before) found.add(least)
      before = least
      heads[from] = (heads[from] as number) + 1
    }
    return found
  }
}

/** The piece whose next value is the smallest. */
function leastOf(pieces: readonly Float64Array[], heads: readonly number[]): number {
  let [from, least] = [-1, Infinity]
  for (let i = 0; i < pieces.length; i++) {
    const value = pieces[i]?.[heads[i] as number]
    if (value !== undefined && value < least) [from, least] = [i, value]
  }
  return from
}

export function beginningOf(leaf: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + DIGITS; i++) {
    const byte = leaf[i] as number
    value = value * 16 + (byte < 0x61 ? byte - 0x30 : byte - 0x57)
  }
  return value
}
