import { useEffect, useState } from 'react'
import type { z } from 'zod'

export interface Kept<T> {
  readonly value: T
  /** True where it differs from what the page would start with. */
  readonly isKept: boolean
  readonly write: (value: T) => void
  readonly discard: () => void
}

/** What is being written and survives a reload; `subject` says what it is a draft of. */
export function useKept<T>(subject: string, schema: z.ZodType<T>, start: T): Kept<T> {
  const key = `portreeve.draft.${subject}`
  const [kept, setKept] = useState(() => read(key, schema))
  useEffect(() => {
    if (kept === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(kept))
  }, [key, kept])
  return { value: kept ?? start, isKept: kept !== null, write: setKept, discard: () => setKept(null) }
}

function read<T>(key: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(localStorage.getItem(key) ?? 'null'))
  } catch {
    // Another version wrote it, or somebody by hand: there is nothing to go on with.
    return null
  }
}
