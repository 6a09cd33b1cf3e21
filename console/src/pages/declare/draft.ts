import { z } from 'zod'

import type { Named } from './yaml.ts'

/** What is being written: by the form, or by hand. */
export const Draft = z.discriminatedUnion('by', [
  z.object({ by: z.literal('form'), name: z.string(), spec: z.record(z.string(), z.unknown()) }),
  z.object({ by: z.literal('hand'), text: z.string() }),
])
export type Draft = z.infer<typeof Draft>

export const formDraft = ({ name, spec }: Named): Draft => ({ by: 'form', name, spec: { ...spec } })
