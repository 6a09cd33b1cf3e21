import type { Fault } from '../../model/refusal.ts'

/** More than this helps nobody, and a hostile file must not fill memory with complaints. */
const MAX_FAULTS = 100

/** Faults in the order of files, and of lines within one; beyond a hundred they are only counted. */
export class FaultList {
  readonly #faults: Fault[] = []
  #more = 0

  add(faults: readonly Fault[]): void {
    const ordered = faults.toSorted((a, b) => rank(a, b))
    const room = MAX_FAULTS - this.#faults.length
    this.#faults.push(...ordered.slice(0, room))
    this.#more += Math.max(0, ordered.length - room)
  }

  all(): readonly Fault[] {
    if (this.#more === 0) return this.#faults
    return [...this.#faults, { message: `and ${this.#more} more`, position: null, hint: 'mend these first' }]
  }
}

function rank({ position: a }: Fault, { position: b }: Fault): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0)
}
