/** Ids of all entries of a log: one id is one wish, so none stands twice (docs/formats/ledger-entry-v1.md). */

const DIGITS = 13

/**
 * Gathers the first 52 bits of each id: 8 bytes for an entry, where a log of millions is read. What they repeat may
 * still differ in the rest, which is for a second reading to say.
 */
export class IdBeginnings {
  #values = new Float64Array(1024)
  #count = 0

  /** The id stands in 32 hexadecimal digits, lowercase, at this place. */
  add(leaf: Uint8Array, at: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = beginningOf(leaf, at)
  }

  /** Beginnings that stand more than once. */
  repeated(): ReadonlySet<number> {
    const sorted = this.#values.subarray(0, this.#count).toSorted()
    return new Set(sorted.filter((value, i) => i > 0 && value === sorted[i - 1]))
  }
}

export function beginningOf(leaf: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + DIGITS; i++) {
    const byte = leaf[i] as number
    value = value * 16 + (byte < 0x61 ? byte - 0x30 : byte - 0x57)
  }
  return value
}
