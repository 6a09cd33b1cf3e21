import { z } from 'zod'
import { CONTRACT_KINDS } from '../../model/vocabulary.ts'
import { CLAUSES } from './clauses.ts'
import { date, positive, name, sha256, text } from './fields.ts'

const effective = z
  .strictObject({
    from: date.describe('First day'),
    until: date.optional().describe('Last day; open where nothing is said'),
  })
  .refine(({ from, until }) => until === undefined || from <= until, 'the end is before the beginning')

export const contractSpec = z.strictObject({
  kind: z.enum(CONTRACT_KINDS).describe('Kind of contract'),
  title: text.optional().describe('What people call it'),
  party: name.describe('Name of the Party document of the other side'),
  entity: name.optional().describe('Name of the Entity document of our side'),
  effective: effective.describe('When it is in force'),
  terminated: date.optional().describe('Last day, where it was ended before its time'),
  document: z
    .strictObject({
      sha256: sha256.describe('SHA-256 of the signed document'),
      pages: positive.optional().describe('Number of its pages'),
    })
    .optional()
    .describe('The signed document; it stays where it is, the book keeps its digest'),
  clauses: z
    .array(z.discriminatedUnion('kind', CLAUSES))
    .max(256, 'more than 256')
    .optional()
    .describe('What it promises about ports'),
})
