import { expect, test } from 'vitest'

import { dayText, dayTitle } from './coverage.ts'

const day = { day: '2026-11-23', state: 'partial' as const, gaps: [] }

test('a day of coverage says how many passes saw everything, and for how long', () => {
  const gaps = [{ from: '2026-11-23T01:00:00.000Z', until: '2026-11-23T02:00:00.000Z' }]
  expect(dayTitle({ ...day, passes: 3, completePasses: 2, coveredMs: 3_600_000, gaps })).toBe(
    '2026-11-23 (UTC): 2 of 3 passes complete, 1 hour covered, 1 gap',
  )
})

test('a day without a pass was not observed', () => {
  expect(dayTitle({ ...day, state: 'never', passes: 0, completePasses: 0, coveredMs: 0 })).toBe(
    '2026-11-23 (UTC): not observed',
  )
})

test('a day is the same day for every reader', () => {
  expect(dayText('2026-11-23')).toBe('23 Nov')
})
