import { z } from 'zod'

/** Views of erasures, holds and retention. */

export const ErasureReport = z.object({
  values: z.int().describe('values that went, or would go'),
  entries: z.int().describe('entries in which they stood'),
  index: z.int().nullable().describe('the first entry that records it; null: nothing was erased'),
  obstacles: z.array(z.object({ entry: z.int(), what: z.string(), way: z.string() })),
})
export type ErasureReport = z.infer<typeof ErasureReport>

const texts = z.array(z.string()).optional()

export const HoldView = z.object({
  hold: z.string(),
  kind: z.enum(['hold', 'freeze']).describe('freeze: placed by the machine'),
  scope: z.object({ places: texts, documents: texts, types: texts, by: texts }),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  index: z.int(),
  ports: z.array(z.string()).describe('of a freeze: ports whose state it has the digest of'),
  releases: z.array(
    z.object({
      by: z.string(),
      at: z.string(),
      index: z.int(),
      signed: z.boolean().describe('false: a bare word, from before keys were enrolled for holds'),
    }),
  ),
})
export type HoldView = z.infer<typeof HoldView>

export const RetentionView = z.object({
  name: z.string(),
  basis: z.string(),
  kept: z.int().describe('sealed values that it still keeps'),
  due: z.int().describe('sealed values that it keeps no longer'),
})
