import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { DocumentKind } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import { CLAUSES } from './clauses.ts'
import { shapeAt, shapeOf } from './shape.ts'

const LAW = join(process.env['PORTREEVE_SHARED'] ?? '../shared', 'reference/law.yaml')

/** Where a field that rules read comes from: a path in a document, or what yields it. Shared: System and Port. */
const SOURCES: Readonly<Record<string, string>> = {
  'entity.regimes': 'Entity: regimes',
  'entity.roles': 'Entity: roles',
  'port.id': 'the book',
  'port.registered': 'the book',
  'port.purpose': 'Port: purpose',
  'port.owner': 'shared: owner',
  'port.service_identity': 'Port: runs',
  'port.environment': 'shared: environment',
  'port.scope.declared': 'the review',
  'port.scope.crosses': 'the review',
  'port.data': 'shared: data',
  'port.volume_subjects': 'shared: processing.volume',
  'port.tenants': 'shared: tenants',
  'port.tenancy': 'shared: tenancy',
  'port.processing_role': 'shared: processing.role',
  'port.admin_interface': 'shared: adminInterface',
  'port.stores_data': 'shared: storesData',
  'port.automated_decisions': 'shared: processing.automatedDecisions',
  'port.public_monitoring': 'shared: processing.publicMonitoring',
  'port.cde': 'shared: cde',
  'port.cde_connected': 'shared: cdeConnected',
  'port.critical_function': 'shared: criticalFunction',
  'port.insecure_protocol': 'Port: insecureProtocol',
  'port.necessary': 'Port: necessary',
  'port.flow_documented': 'shared: flowDocumented',
  'port.safeguards': 'Port: safeguards',
  'port.contracts': 'shared: contracts',
  'port.residency.allowed_countries': 'shared: residency.allowedCountries',
  'port.ropa_ref': 'shared: processing.ropa',
  'port.dpia.status': 'shared: dpia.status',
  'port.dpia.scope_matches': 'shared: dpia.scope',
  'port.transfer.basis': 'shared: transfer.basis',
  'port.transfer.tia_done': 'shared: transfer.tiaDone',
  'port.transfer.derogation_documented': 'shared: transfer.derogationDocumented',
  'port.log_retention_days': 'shared: logRetention.days',
  'port.log_hot_days': 'shared: logRetention.hotDays',
  'port.review.last_at': 'the review',
  'port.review.pentest_at': 'shared: lastChecked.pentest',
  'port.review.ext_scan_at': 'shared: lastChecked.externalScan',
  'port.review.int_scan_at': 'shared: lastChecked.internalScan',
  'port.review.log_review_at': 'shared: lastChecked.logReview',
  'port.review.crypto_at': 'shared: lastChecked.cryptoReview',
  'port.review.pci_scope_at': 'shared: lastChecked.pciScope',
  'party.kind': 'Party: kind',
  'party.contracts': 'Contract: party',
  'party.tenant': 'Party: tenant',
  'party.country': 'Party: country',
  'party.confidentiality_bound': 'Party: confidentialityBound',
  'party.need_to_know': 'Party: needToKnow',
  'party.due_diligence_at': 'Party: dueDiligence',
  'party.authorised_until': 'Party: authorisedUntil',
  'party.on_subprocessor_list': 'Party: onSubprocessorList',
  'party.subprocessor_authorised': 'Party: subprocessorAuthorised',
  'party.flow_down_done': 'Party: flowDownDone',
  'party.dsp_covered_person': 'Party: dspCoveredPerson',
  'party.foreign_person': 'Party: foreignPerson',
  'clause.allowed_countries': 'clause residency: allowed',
  'clause.notice_given': 'the review',
  'clause.notice_hours': 'clause breach-notice: hours',
  'clause.notice_days': 'clause location-notice: days',
  'clause.tls_min': 'clause encryption-in-transit: tlsMin',
  'clause.min_scope': 'clause encryption-in-transit: minScope',
  'clause.max_exposure': 'clause access-limit: maxExposure',
  'clause.min_factors': 'clause strong-authentication: minFactors',
  'clause.required_safeguards': 'clause security-measures: safeguards',
  'clause.listed': 'clause interface-annex: ports',
  'clause.terminated': 'Contract: terminated',
  'clause.log_days': 'clause log-retention: days',
}
/** Families of fields that no person declares in a document. */
const ELSEWHERE = {
  'port.approval.': 'the review',
  'obs.': 'sources',
  'change.': 'the review',
  'incident.': 'triage',
}

/** law.yaml's parameters of each clause, and the field that holds each here. `clause.` is cut off. */
const PARAMETERS: readonly (readonly [id: string, kind: string, fields: Readonly<Record<string, string>>])[] =
  [
    ['CL-01', 'residency', { allowed_countries: 'allowed', storage_or_access: 'covers' }],
    ['CL-02', 'location-notice', { notice_days: 'days' }],
    [
      'CL-03',
      'subprocessors',
      { model: 'model', notice_days: 'noticeDays', objection_days: 'objectionDays' },
    ],
    ['CL-04', 'flow-down', {}],
    ['CL-05', 'encryption-in-transit', { tls_min: 'tlsMin', scope: 'covers' }],
    ['CL-06', 'encryption-at-rest', { key_holder: 'keyHolder' }],
    [
      'CL-07',
      'breach-notice',
      { notice_hours: 'hours', trigger: 'trigger', basis: 'basis', channel: 'channel' },
    ],
    ['CL-08', 'access-limit', { max_exposure: 'maxExposure' }],
    ['CL-09', 'vendor-access', { max_hours: 'maxHours' }],
    ['CL-10', 'strong-authentication', { min_factors: 'minFactors' }],
    ['CL-11', 'tenant-isolation', { test_interval_months: 'testMonths' }],
    ['CL-12', 'audit', { notice_days: 'noticeDays', reports: 'reports' }],
    ['CL-13', 'security-measures', { measures: 'measures' }],
    ['CL-14', 'interface-annex', { ports: 'ports' }],
    ['CL-15', 'confidentiality', { persons: 'persons', users_bound: 'usersBound' }],
    ['CL-16', 'deletion', { retention_days: 'retentionDays', certificate: 'certificate' }],
    ['CL-17', 'log-retention', { log_days: 'days' }],
    ['CL-18', 'availability', { target_pct: 'target', window: '' }],
    ['CL-19', 'change-notice', { notice_days: 'days' }],
    ['CL-20', 'phi', {}],
    ['CL-21', 'pci-responsibility', {}],
    ['CL-22', 'restricted-parties', {}],
    ['CL-23', 'government-access', { challenge: 'challenge' }],
    ['CL-24', 'purpose-limit', {}],
    ['CL-25', 'penetration-test', { test_months: 'months' }],
  ]

describe.skipIf(!existsSync(LAW))('law.yaml (skipped where it is absent)', () => {
  const law = parse(readFileSync(LAW, 'utf8')) as {
    vocabulary: { fields: JsonObject }
    contract_clauses: { id: string; params: JsonObject }[]
  }

  test('every field that a rule can read has a path in a document or a source', () => {
    const sourced = (field: string): boolean =>
      field in SOURCES || Object.keys(ELSEWHERE).some((family) => field.startsWith(family))
    expect(Object.keys(law.vocabulary.fields).filter((field) => !sourced(field))).toEqual([])
    expect(Object.keys(SOURCES).filter((field) => !(field in law.vocabulary.fields))).toEqual([])
  })

  test('every contract clause has a kind with its parameters', () => {
    const known = law.contract_clauses.map(({ id, params }) => [
      id,
      Object.keys(params).map((name) => name.replace(/^clause\./, '')),
    ])
    expect(PARAMETERS.map(([id, , fields]) => [id, Object.keys(fields)])).toEqual(known)
  })
})

test('every path of the table exists in its kind of document', () => {
  expect(Object.values(SOURCES).filter((source) => !exists(source))).toEqual([])
})

test('the kinds of clause are those of the table, in its order', () => {
  expect(CLAUSES.map(({ shape }) => shape.kind.value)).toEqual(PARAMETERS.map(([, kind]) => kind))
  for (const [, kind, fields] of PARAMETERS) {
    const held = Object.values(fields).filter((field) => field !== '')
    expect(clauseFields(kind)).toEqual(expect.arrayContaining(held))
  }
})

function exists(source: string): boolean {
  const [where = '', path] = source.split(': ')
  if (path === undefined) return where.startsWith('the ')
  if (where.startsWith('clause ')) return clauseFields(where.slice('clause '.length)).includes(path)
  const kinds = where === 'shared' ? (['Port', 'System'] as const) : [where as DocumentKind]
  return kinds.every((kind) => 'description' in shapeAt(shapeOf(kind), null, ['spec', ...path.split('.')]))
}

function clauseFields(kind: string): string[] {
  const clause = CLAUSES.find(({ shape }) => shape.kind.value === kind)
  return Object.keys(clause?.shape ?? {})
}
