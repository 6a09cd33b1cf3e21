import { useEffect, useState } from 'react'
import { z } from 'zod'

import type { Named } from './yaml.ts'

/** What is being written: by the form, or by hand. */
const Draft = z.discriminatedUnion('by', [
  z.object({ by: z.literal('form'), name: z.string(), spec: z.record(z.string(), z.unknown()) }),
  z.object({ by: z.literal('hand'), text: z.string() }),
])
export type Draft = z.infer<typeof Draft>

export const formDraft = ({ name, spec }: Named): Draft => ({ by: 'form', name, spec: { ...spec } })

interface Kept {
  readonly draft: Draft
  /** True where it differs from what the page would start with. */
  readonly isKept: boolean
  readonly write: (draft: Draft) => void
  readonly discard: () => void
}

/** A draft that survives a reload; `subject` says what it is a draft of. */
export function useDraft(subject: string, start: Draft): Kept {
  const key = `portreeve.draft.${subject}`
  const [kept, setKept] = useState(() => read(key))
  useEffect(() => {
    if (kept === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(kept))
  }, [key, kept])
  return { draft: kept ?? start, isKept: kept !== null, write: setKept, discard: () => setKept(null) }
}

function read(key: string): Draft | null {
  try {
    return Draft.parse(JSON.parse(localStorage.getItem(key) ?? 'null'))
  } catch {
    // Another version wrote it, or somebody by hand: there is nothing to go on with.
    return null
  }
}
