import { Refusal } from '../../model/refusal.ts'
import type { Fault } from '../../model/refusal.ts'

/** Enough to mend a file by; a hostile one could bring millions. */
const MOST_FAULTS = 20

/** What is wrong with one file, gathered so that the user sees all of it at once. */
export class Faults {
  readonly #file: string
  readonly #found: Fault[] = []

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, column: number, message: string, hint: string | null): void {
    if (this.#found.length >= MOST_FAULTS) return
    this.#found.push({ message, position: { file: this.#file, line, column }, hint })
  }

  /** @throws Refusal `source-invalid`; its sentence is the first fault, with its place. */
  refuseIfAny(): void {
    const first = this.#found[0]
    if (first === undefined) return
    const { line, column } = first.position ?? { line: 1, column: 1 }
    throw new Refusal('source-invalid', `${this.#file}:${line}:${column}: ${first.message}`, {
      faults: this.#found,
      hint: first.hint ?? 'mend it there, or leave the file out of the paths',
    })
  }
}
