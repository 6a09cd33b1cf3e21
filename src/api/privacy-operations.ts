import { z } from 'zod'

import { ENTRY_TYPES } from '../model/entry.ts'
import { KeyDraft } from './keys.ts'
import { operation } from './operation.ts'
import { ErasureReport, HoldView, RetentionView } from './privacy.ts'

const some = z.array(z.string().min(1).max(300)).min(1).max(100).optional()
const reason = z.string().min(1).max(2000)
const holdName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'lower-case letters, digits, . and -, at most 63')
const pseudonym = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'a pseudonym: lower-case letters, digits, _ and -')
const scope = z.object({
  places: some,
  documents: some.describe('as Kind/name'),
  types: z.array(z.enum(ENTRY_TYPES)).min(1).optional(),
  by: some.describe('pseudonyms of who declared or decided'),
})
const dryRun = z.boolean().default(false).describe('only say what would go, and what keeps it')

export const PRIVACY_OPERATIONS = {
  erase: operation({
    method: 'POST',
    path: '/erasures',
    summary:
      'Erase values that identify persons: their keys, their rows and what the book shows of them; proofs stay',
    capability: 'administer',
    input: z
      .object({
        text: z
          .string()
          .min(3)
          .max(1000)
          .optional()
          .describe('in any case of its letters, within each value'),
        entries: z
          .array(z.int().min(0))
          .min(1)
          .max(10_000)
          .optional()
          .describe('values of these entries only'),
        lost: z
          .literal(true)
          .optional()
          .describe('all values whose keys are lost for good: nobody can open them any more'),
        basis: z.string().min(1).max(500).describe('legal basis, such as GDPR Art. 17(1)(b)'),
        reason: reason.optional(),
        dryRun,
      })
      .refine(({ text, entries, lost }) => (text ?? entries ?? lost) !== undefined, {
        error: 'name a text or entries: what is to be erased?',
      })
      .refine(({ text, entries, lost }) => lost === undefined || (text ?? entries) === undefined, {
        error: 'what cannot be opened cannot be searched: lost stands alone',
      }),
    output: ErasureReport,
    refusals: ['not-found', 'erasure-held', 'conflict', 'leaf-invalid', 'sealed-keys'],
  }),
  listHolds: operation({
    method: 'GET',
    path: '/holds',
    summary:
      'What must be kept although somebody may want it erased: holds of people, freezes of the machine',
    capability: 'read',
    input: z.object({}),
    output: z.object({ holds: z.array(HoldView) }),
    refusals: [],
  }),
  placeHold: operation({
    method: 'POST',
    path: '/holds',
    summary: 'Keep entries from erasure until two people release them',
    capability: 'administer',
    input: z.object({
      hold: holdName,
      reason,
      scope: scope.default({}).describe('entries to which all of it applies; nothing named is every entry'),
    }),
    output: z.object({ index: z.int() }),
    refusals: ['conflict', 'leaf-invalid', 'unsigned'],
  }),
  releaseHold: operation({
    method: 'POST',
    path: '/holds/{hold}/release',
    summary: 'Say that a hold may end; the second person who says so releases it',
    capability: 'administer',
    input: z.object({
      hold: holdName,
      reason,
      as: pseudonym.optional().describe('pseudonym of whom the operator of the machine speaks for'),
    }),
    output: z.object({ index: z.int(), released: z.boolean(), said: z.int(), needed: z.int() }),
    refusals: ['not-found', 'conflict', 'forbidden', 'leaf-invalid', 'unsigned'],
  }),
  draftHold: operation({
    method: 'POST',
    path: '/holds/draft',
    summary: 'The text that a person signs to place or release a hold; nothing is written',
    capability: 'administer',
    input: z.object({
      act: z.enum(['place', 'release']),
      hold: holdName,
      reason,
      scope: scope.optional().describe('with place; nothing named is every entry'),
      by: pseudonym.describe('who speaks, and signs'),
    }),
    output: KeyDraft,
    refusals: ['bad-input', 'not-found', 'conflict', 'leaf-invalid'],
  }),
  freezePort: operation({
    method: 'POST',
    path: '/ports/{port}/freeze',
    summary:
      'Preserve what the book says of a port and its place, with a digest of it, until two people release it',
    capability: 'observe',
    input: z.object({ port: z.string().min(1), hold: holdName, reason }),
    output: z.object({ index: z.int(), port: z.string(), sha256: z.string() }),
    refusals: ['not-found', 'port-ambiguous', 'conflict', 'leaf-invalid'],
  }),
  listRetention: operation({
    method: 'GET',
    path: '/retention',
    summary: 'Retention documents, and how many sealed values each keeps or keeps no longer',
    capability: 'read',
    input: z.object({}),
    output: z.object({ retentions: z.array(RetentionView) }),
    refusals: [],
  }),
  disposeRetention: operation({
    method: 'POST',
    path: '/retention/{name}/dispose',
    summary:
      'Erase the values that a Retention document covers and keeps no longer; the entry is the disposal record',
    capability: 'administer',
    input: z.object({ name: z.string(), reason: reason.optional(), dryRun }),
    output: ErasureReport,
    refusals: ['not-found', 'erasure-held', 'conflict', 'leaf-invalid', 'sealed-keys'],
  }),
} as const
