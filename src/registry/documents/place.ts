import { z } from 'zod'
import { PLACE_KINDS } from '../../model/source.ts'
import { ENVIRONMENTS } from '../../model/vocabulary.ts'
import { address, cidr, country, list, positive, name, text, word } from './fields.ts'

export const placeSpec = z.strictObject({
  kind: z.enum(PLACE_KINDS).optional().describe('Kind of place; host where nothing is said'),
  identity: text
    .optional()
    .describe('Stable identity: hashed machine id, cluster uid, account. `scan` shows it'),
  names: list(word).optional().describe('Other names that sources call it by'),
  addresses: list(address).optional().describe('Its addresses within the realm'),
  realm: word.optional().describe('Address realm: within one, an address means one place'),
  inScope: z.boolean().optional().describe('Part of the population; true where nothing is said'),
  silentAfter: positive
    .optional()
    .describe('Minutes without a complete pass after which its collector is silent'),
})

/** Where traffic can come from; `none` and `loopback` of the glossary's levels are no such places. */
const ZONE_LEVELS = ['host', 'namespace', 'cluster', 'vpc', 'organisation', 'partner', 'public'] as const

export const zoneSpec = z.strictObject({
  level: z.enum(ZONE_LEVELS).describe('How far away from the port it is'),
  cidrs: list(cidr).optional().describe('Its prefixes'),
  jurisdiction: country.optional().describe('ISO 3166 country whose law holds there'),
  tenant: word.optional().describe('Tenant whose zone it is'),
  entity: name.optional().describe('Name of the Entity document, where it is a zone of ours'),
  party: name.optional().describe("Name of the Party document, where it is another's"),
  environment: z.enum(ENVIRONMENTS).optional().describe('Environment'),
})
