import { z } from 'zod'
import { SEVERITIES } from '../../model/finding.ts'
import { list, name } from './fields.ts'

export const policySpec = z.strictObject({
  packs: list(name).optional().describe('Packs whose rules are applied'),
  gate: z
    .strictObject({
      failOn: z.enum(SEVERITIES).describe('`check` fails on findings of this severity and above'),
      allowUndetermined: z.boolean().optional().describe('`check` passes although questions are open'),
    })
    .optional()
    .describe('What `check` lets pass'),
})
