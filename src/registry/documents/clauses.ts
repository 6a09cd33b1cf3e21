import { z } from 'zod'
import { TRANSPORTS } from '../../model/port.ts'
import { EXPOSURES, SAFEGUARDS, TLS_VERSIONS } from '../../model/vocabulary.ts'
import { count, countries, list, positive, shown, text } from './fields.ts'

/**
 * What a contract can promise about ports: law.yaml's `contract_clauses`, each with its own parameters. The comment
 * at each kind is its id there; `clauses.test.ts` holds the two together.
 */

const id = text.max(64).describe('Number of the clause in the contract, in quotes')
const read = {
  quote: text.optional().describe('The words that were read'),
  readBy: text.max(64).optional().describe('Pseudonym of who read it, as counsel/1'),
}

function clause<K extends string, P extends z.ZodRawShape>(kind: K, parameters: P) {
  return z.strictObject({ id, kind: z.literal(kind).describe('Kind of clause'), ...parameters, ...read })
}

const hours = positive.describe('Hours')
const days = count.describe('Days')
const months = positive.describe('Months')

const interfacePort = z.strictObject({
  port: z.int().min(1).max(65_535).describe('Port'),
  transport: z.enum(TRANSPORTS).describe('Transport'),
  direction: z.enum(['in', 'out', 'both']).optional().describe('Direction, seen from us'),
  purpose: text.optional().describe('Purpose'),
})

const percent = z
  .string()
  .regex(/^(100|\d{1,2})(\.\d{1,4})?$/, { error: ({ input }) => `${shown(input)} is not a percentage` })
  .describe('Percent of a calendar month, in quotes: "99.95"')

export const CLAUSES = [
  // CL-01
  clause('residency', {
    allowed: list(countries).min(1, 'no country is allowed').describe('ISO 3166 countries, EU or EEA'),
    covers: z
      .enum(['storage', 'access', 'storage-and-access'])
      .describe('Literally what the clause says: "stored in" does not cover remote access'),
  }),
  // CL-02
  clause('location-notice', { days }),
  // CL-03
  clause('subprocessors', {
    model: z.enum(['specific', 'general']).describe('Kind of authorisation (GDPR Art 28(2))'),
    noticeDays: days.optional(),
    objectionDays: days.optional(),
  }),
  // CL-04
  clause('flow-down', {}),
  // CL-05
  clause('encryption-in-transit', {
    tlsMin: z.enum(TLS_VERSIONS).describe('Lowest version that is allowed'),
    minScope: z
      .enum(EXPOSURES)
      .optional()
      .describe('Exposure from which on it is required; everywhere if absent'),
    covers: z.enum(['public-only', 'all-networks']).optional().describe('Networks on which it is required'),
  }),
  // CL-06
  clause('encryption-at-rest', {
    keyHolder: z.enum(['customer', 'provider', 'hsm']).optional().describe('Who holds the keys'),
  }),
  // CL-07
  clause('breach-notice', {
    hours,
    trigger: z.enum(['aware', 'suspected', 'confirmed', 'discovered']).describe('What starts the clock'),
    basis: z.enum(['elapsed', 'business']).describe('How hours count'),
    channel: text.optional().describe('Where the notice goes'),
  }),
  // CL-08
  clause('access-limit', { maxExposure: z.enum(EXPOSURES).describe('Widest exposure that is allowed') }),
  // CL-09
  clause('vendor-access', { maxHours: hours.optional() }),
  // CL-10
  clause('strong-authentication', { minFactors: positive.describe('Distinct factors') }),
  // CL-11
  clause('tenant-isolation', { testMonths: months.optional() }),
  // CL-12
  clause('audit', {
    noticeDays: days.optional(),
    reports: list(text).optional().describe('Reports that are owed'),
  }),
  // CL-13
  clause('security-measures', {
    safeguards: list(z.enum(SAFEGUARDS))
      .min(1, 'no safeguard is named')
      .describe('Safeguards promised everywhere'),
    measures: list(text).optional().describe('Measures in the words of the annex'),
  }),
  // CL-14
  clause('interface-annex', { ports: list(interfacePort).describe('What may cross; nothing else') }),
  // CL-15
  clause('confidentiality', {
    persons: z.enum(['need-to-know', 'affiliates']).optional().describe('Who may know'),
    usersBound: z.boolean().optional().describe('The recipient binds its users'),
  }),
  // CL-16
  clause('deletion', {
    retentionDays: days.optional(),
    certificate: z.boolean().optional().describe('Deletion is certified'),
  }),
  // CL-17
  clause('log-retention', { days }),
  // CL-18
  clause('availability', { target: percent }),
  // CL-19
  clause('change-notice', { days }),
  // CL-20
  clause('phi', {}),
  // CL-21
  clause('pci-responsibility', {}),
  // CL-22
  clause('restricted-parties', {}),
  // CL-23
  clause('government-access', {
    challenge: z.boolean().optional().describe('Orders are challenged where that is lawful'),
  }),
  // CL-24
  clause('purpose-limit', {}),
  // CL-25
  clause('penetration-test', { months }),
] as const

export const CLAUSE_KINDS: readonly string[] = CLAUSES.map(({ shape }) => shape.kind.value)
