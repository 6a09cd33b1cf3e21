import { z } from 'zod'
import { API_VERSION } from '../../model/document.ts'
import type { DocumentKind } from '../../model/document.ts'
import { contractSpec } from './contract.ts'
import { name } from './fields.ts'
import { entitySpec, partySpec } from './party.ts'
import { placeSpec, zoneSpec } from './place.ts'
import { policySpec } from './policy.ts'
import { portSpec, systemSpec } from './port.ts'
import { retentionSpec } from './retention.ts'

function document<K extends DocumentKind, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of the document format'),
    kind: z.literal(kind).describe('Kind of document'),
    metadata: z
      .strictObject({ name: name.describe(`Unique among documents of kind ${kind}`) })
      .describe('What every document has'),
    spec: spec.describe(`What a ${kind} says`),
  })
}

/** The schema of each kind of document, whole. */
export const SCHEMAS = {
  Port: document('Port', portSpec),
  System: document('System', systemSpec),
  Place: document('Place', placeSpec),
  Zone: document('Zone', zoneSpec),
  Entity: document('Entity', entitySpec),
  Party: document('Party', partySpec),
  Policy: document('Policy', policySpec),
  Contract: document('Contract', contractSpec),
  Retention: document('Retention', retentionSpec),
} satisfies Record<DocumentKind, z.ZodType>

export type Spec<K extends DocumentKind> = z.output<(typeof SCHEMAS)[K]>['spec']
