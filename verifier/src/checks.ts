import { Fault, Missing } from './fault.ts'

/** What was checked, and how it went: docs/formats/evidence-pack-v1.md, "Checks and exit status". */

export interface Check {
  readonly name: string
  readonly state: 'passed' | 'failed' | 'not made'
  /** What was found, or why not. */
  readonly says: string
  /** Whether the evidence stands without it. */
  readonly needed: boolean
}

/** Gathers checks. A check that meets a `Fault` fails, one that meets `Missing` is not made. */
export class Checks {
  readonly all: Check[] = []

  /** Answers what the work found, or null. `says` puts it into words. */
  make<T>(name: string, work: () => T, says: (found: T) => string, needed = true): T | null {
    try {
      const found = work()
      this.all.push({ name, state: 'passed', says: says(found), needed })
      return found
    } catch (error) {
      this.all.push({ name, ...outcomeOf(error), needed })
      return null
    }
  }

  notMade(name: string, says: string, needed = true): void {
    this.all.push({ name, state: 'not made', says, needed })
  }
}

function outcomeOf(error: unknown): Pick<Check, 'state' | 'says'> {
  if (error instanceof Missing) return { state: 'not made', says: error.message }
  if (error instanceof Fault) return { state: 'failed', says: error.message }
  // Evidence that a reader did not foresee is bad evidence. It must not end the verification.
  return {
    state: 'failed',
    says: `it could not be read: ${error instanceof Error ? error.message : 'no reason known'}`,
  }
}
