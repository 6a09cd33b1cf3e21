import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { SEVERITIES } from './finding.ts'
import * as vocabulary from './vocabulary.ts'

const LAW = join(process.env['PORTREEVE_SHARED'] ?? '../shared', 'reference/law.yaml')

const NAMES = {
  exposure: vocabulary.EXPOSURES,
  tls_version: vocabulary.TLS_VERSIONS,
  severity: SEVERITIES,
  regime: vocabulary.REGIMES,
  entity_role: vocabulary.ENTITY_ROLES,
  data: vocabulary.DATA_CATEGORIES,
  boundary: vocabulary.BOUNDARIES,
  safeguard: vocabulary.SAFEGUARDS,
  contract: vocabulary.CONTRACT_KINDS,
  environment: vocabulary.ENVIRONMENTS,
  tenancy: vocabulary.TENANCIES,
  processing_role: vocabulary.PROCESSING_ROLES,
  party_kind: vocabulary.PARTY_KINDS,
  transfer_basis: vocabulary.TRANSFER_BASES,
  dpia_status: vocabulary.DPIA_STATUSES,
}

describe.skipIf(!existsSync(LAW))(
  'the words of documents are those of law.yaml (skipped where it is absent)',
  () => {
    const { enums } = parse(readFileSync(LAW, 'utf8')).vocabulary as {
      enums: Record<string, { values: string[] }>
    }

    for (const [name, values] of Object.entries(NAMES)) {
      test(`${name}, in its order`, () => expect(values).toEqual(enums[name]?.values))
    }
  },
)
