import { z } from 'zod'
import { ENTRY_TYPES } from '../../model/entry.ts'
import { list, positive, text } from './fields.ts'

const someOf = list(text).min(1, 'an empty list covers nothing').optional()

export const retentionSpec = z.strictObject({
  title: text.optional().describe('What it is called among people'),
  basis: text.describe('Who demands it: statute, contract or policy, with its section'),
  keep: z
    .strictObject({
      years: positive.max(200).optional().describe('Calendar years from the time of the entry'),
      days: positive.max(73_000).optional().describe('Days from the time of the entry'),
    })
    .refine(({ years, days }) => (years === undefined) !== (days === undefined), {
      error: 'keep for `years` or for `days`: one of the two',
    })
    .describe('How long what it covers is kept'),
  covers: z
    .strictObject({
      types: list(z.enum(ENTRY_TYPES)).optional().describe('Types of entry'),
      places: someOf.describe('Names or ids of places'),
      documents: someOf.describe('Documents as Kind/name'),
      by: someOf.describe('Pseudonyms of who declared or decided'),
    })
    .optional()
    .describe('Entries to which all of this applies; without it, every entry'),
})
