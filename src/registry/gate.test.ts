import { expect, test } from 'vitest'

import type { DocumentRow } from './book.ts'
import { gateOf, silenceLimits } from './gate.ts'

const row = (kind: DocumentRow['kind'], name: string, spec: DocumentRow['spec']): DocumentRow => ({
  kind,
  name,
  spec,
  position: null,
  digest: 'sha256:00',
  declaredAt: '2026-01-01T00:00:00.000Z',
  firstDeclaredAt: '2026-01-01T00:00:00.000Z',
  declaredBy: 'operator',
  fromIndex: 1,
  toIndex: null,
})

test('without a Policy the gate fails on high and does not pass open questions', () => {
  expect(gateOf([])).toEqual({ failOn: 'high', allowUndetermined: false })
  expect(gateOf([row('Policy', 'quiet', { packs: ['house'] })])).toEqual({
    failOn: 'high',
    allowUndetermined: false,
  })
})

test('of two policies the strictest counts, for the level and for open questions', () => {
  const lax = row('Policy', 'lax', { gate: { failOn: 'critical', allowUndetermined: true } })
  const strict = row('Policy', 'strict', { gate: { failOn: 'medium' } })
  expect(gateOf([lax])).toEqual({ failOn: 'critical', allowUndetermined: true })
  expect(gateOf([lax, strict])).toEqual({ failOn: 'medium', allowUndetermined: false })
})

test('a Place may say after how many minutes its collector is silent', () => {
  const places = [row('Place', 'db-1', { silentAfter: 30 }), row('Place', 'db-2', {})]
  expect([...silenceLimits(places)]).toEqual([['db-1', 1_800_000]])
})
