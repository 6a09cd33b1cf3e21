import { describe, expect, test } from 'vitest'

import { packDraft, packInput, SAMPLE_DRAFT, sampleInput } from './asking.ts'

describe('a question for evidence', () => {
  test('asks about now, a moment, or a period, and says what is missing', () => {
    const draft = packDraft(' db-1:5432/tcp ')
    expect(packInput(draft).input).toEqual({ port: 'db-1:5432/tcp', disclose: false })
    expect(packInput({ ...draft, when: 'at', at: '2026-03-03T14:02:05' }).input).toMatchObject({
      at: new Date('2026-03-03T14:02:05').toISOString(),
    })
    const period = { ...draft, when: 'period', from: '2026-01-01T00:00', until: '2026-02-01T00:00' } as const
    expect(Object.keys(packInput(period).input ?? {})).toEqual(['port', 'disclose', 'from', 'until'])
    expect(packInput({ ...period, until: period.from }).missing).toBe('The period ends before it begins.')
    expect(packInput({ ...period, until: '' }).missing).toBe('A period has a beginning and an end.')
    expect(packInput({ ...draft, when: 'at' }).missing).toBe('Say which moment is asked about.')
    expect(packInput(packDraft('')).missing).toBe('Name the port first.')
  })

  test('freezes nothing where an entry is named that froze the population', () => {
    const draft = { ...SAMPLE_DRAFT, seed: 'dice 4', frozen: ' 12 ' }
    expect(sampleInput(draft).input).toEqual({
      freeze: null,
      draw: { frozen: 12, seed: 'dice 4', size: 25, disclose: false },
    })
    expect(sampleInput({ ...draft, frozen: 'yesterday' }).missing).toContain('number')
  })

  test('draws no sample without the auditor’s seed, or of a size that is none', () => {
    expect(sampleInput(SAMPLE_DRAFT).missing).toContain('seed')
    for (const size of ['0', '1001', '2.5', 'x', ''])
      expect(sampleInput({ ...SAMPLE_DRAFT, seed: 'dice 4', size }).missing).toContain('size')
    expect(sampleInput({ ...SAMPLE_DRAFT, seed: 'dice 4' }).input).toEqual({
      freeze: { population: 'openings' },
      draw: { frozen: null, seed: 'dice 4', size: 25, disclose: false },
    })
  })
})
