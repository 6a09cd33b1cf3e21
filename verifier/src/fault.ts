/** What is wrong with a piece of evidence, in words that go into the report. The check that meets it fails. */
export class Fault extends Error {
  override readonly name = 'Fault'
}

/** Something that a check needs is not there. The check is not made; nothing is said about the evidence. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Fault(otherwise)
}

/** Null where the work refuses, for whatever reason. */
export function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
