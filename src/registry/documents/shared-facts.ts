import { z } from 'zod'
import {
  DATA_CATEGORIES,
  DPIA_STATUSES,
  ENVIRONMENTS,
  PROCESSING_ROLES,
  TENANCIES,
  TRANSFER_BASES,
} from '../../model/vocabulary.ts'
import { count, countries, date, list, name, text, word } from './fields.ts'

/** `shared` is what people say for law.yaml's `multi`; both are read, and mean the same. */
const TENANCY_WORDS = [...TENANCIES, 'shared'] as const

const processing = z
  .strictObject({
    role: z.enum(PROCESSING_ROLES).optional().describe('Our role for the personal data (GDPR Art 4)'),
    subjects: list(text).optional().describe('Whose data: customers, employees, patients'),
    volume: count.optional().describe('Upper estimate of the distinct people whose data can be reached'),
    ropa: text.optional().describe('Reference into the record of processing activities (GDPR Art 30)'),
    automatedDecisions: z
      .boolean()
      .optional()
      .describe('Systematic, extensive evaluation of people with legal or similar effect (GDPR Art 22, 35)'),
    publicMonitoring: z
      .boolean()
      .optional()
      .describe('Systematic monitoring of a publicly accessible area (GDPR Art 35)'),
  })
  .describe('Processing of personal data')

const dpia = z
  .strictObject({
    status: z.enum(DPIA_STATUSES).describe('State of the data protection impact assessment (GDPR Art 35)'),
    document: text.optional().describe('Where it is kept'),
    scope: text
      .optional()
      .describe('Digest of the declared scope it was done for; a changed scope no longer matches'),
  })
  .describe('Data protection impact assessment')

const transfer = z
  .strictObject({
    basis: z.enum(TRANSFER_BASES).describe('Basis of the transfer (GDPR chapter V)'),
    tiaDone: z.boolean().optional().describe('A transfer impact assessment is recorded and current'),
    derogationDocumented: z.boolean().optional().describe('The assessment of GDPR Art 49(6) is recorded'),
  })
  .describe('Transfer to third countries')

const lastChecked = z
  .strictObject({
    pentest: date.optional().describe('Segmentation or isolation penetration test'),
    externalScan: date.optional().describe('External vulnerability scan'),
    internalScan: date.optional().describe('Internal vulnerability scan'),
    logReview: date.optional().describe('Documented log review'),
    cryptoReview: date.optional().describe('Review of protocols and cipher suites'),
    pciScope: date.optional().describe('Confirmation of the PCI scope'),
  })
  .describe('When checks by people or other products were last done')

/** What a System says once for its ports; a Port that says one of them overrides it. */
export const sharedFacts = {
  owner: text.optional().describe('Who is accountable: a team or role rather than a person, as team/billing'),
  entity: name.optional().describe('Name of the Entity document of the legal entity that operates it'),
  environment: z.enum(ENVIRONMENTS).optional().describe('Environment'),
  data: list(z.enum(DATA_CATEGORIES))
    .optional()
    .describe('Data that can be obtained or altered through the ports'),
  tenancy: z
    .enum(TENANCY_WORDS)
    .optional()
    .describe('Tenants share it (multi or shared), it has one, or none'),
  tenants: list(word).optional().describe('Tenants that may reach it'),
  processing: processing.optional(),
  contracts: list(name).optional().describe('Names of the Contract documents that speak of it'),
  residency: z
    .strictObject({ allowedCountries: list(countries).describe('ISO 3166 countries, EU or EEA') })
    .optional()
    .describe('Where data may be stored or accessed from, by contract or policy'),
  dpia: dpia.optional(),
  transfer: transfer.optional(),
  logRetention: z
    .strictObject({
      days: count.describe('Configured retention of access and audit logs, in days'),
      hotDays: count.optional().describe('Of these, days that are available at once'),
    })
    .optional()
    .describe('How long logs are kept'),
  lastChecked: lastChecked.optional(),
  adminInterface: z
    .boolean()
    .optional()
    .describe('Management, debug, metrics, database or orchestrator endpoint'),
  storesData: z.boolean().optional().describe('Fronts a data store; false where data only pass through'),
  cde: z.boolean().optional().describe('Inside the PCI cardholder data environment'),
  cdeConnected: z
    .boolean()
    .optional()
    .describe('Connected to the cardholder data environment or able to affect it'),
  criticalFunction: z
    .boolean()
    .optional()
    .describe('Supports a critical or important function (DORA), an essential service (NIS2)'),
  flowDocumented: z.boolean().optional().describe('Appears on a current data-flow or network diagram'),
} satisfies z.ZodRawShape
