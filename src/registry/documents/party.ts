import { z } from 'zod'
import { ENTITY_ROLES, PARTY_KINDS, REGIMES } from '../../model/vocabulary.ts'
import { country, date, list, text, word } from './fields.ts'

export const entitySpec = z.strictObject({
  name: text.describe('Name in the register'),
  jurisdiction: country.describe('ISO 3166 country of its seat'),
  regimes: list(z.enum(REGIMES))
    .optional()
    .describe('Regimes that counsel declares applicable; never inferred'),
  roles: list(z.enum(ENTITY_ROLES)).optional().describe('Legal capacities of the entity, set by counsel'),
})

export const partySpec = z.strictObject({
  name: text.optional().describe('Name in the register'),
  kind: z.enum(PARTY_KINDS).describe('What it is to us'),
  country: country.optional().describe('ISO 3166 country from which it acts'),
  tenant: word.optional().describe('Tenant it is, where it is one'),
  confidentialityBound: z
    .boolean()
    .optional()
    .describe('A written duty of confidentiality binds it and its users and staff'),
  needToKnow: z.boolean().optional().describe('It needs to know what it can reach'),
  dueDiligence: date.optional().describe('When due diligence was last done'),
  authorisedUntil: date.optional().describe('Last day on which it may connect'),
  onSubprocessorList: z.boolean().optional().describe('It stands on the published list of sub-processors'),
  subprocessorAuthorised: z
    .boolean()
    .optional()
    .describe("The controller's specific or unopposed general authorisation is recorded (GDPR Art 28(2))"),
  flowDownDone: z.boolean().optional().describe('The same obligations are imposed on it (GDPR Art 28(4))'),
  dspCoveredPerson: z.boolean().optional().describe('Covered person under 28 CFR 202, determined by counsel'),
  foreignPerson: z.boolean().optional().describe('Foreign person under EAR or ITAR, determined by counsel'),
})
