import { describe, expect, test } from 'vitest'

import { ago, duration } from './duration.ts'
import { counted } from './number.ts'
import { interval, localTime, shortTime, utcTime } from './time.ts'

const BERLIN = { locale: 'en-GB', zone: 'Europe/Berlin' }

describe('a time', () => {
  test('is shown local with its zone, and as UTC to the millisecond', () => {
    expect(localTime('2026-03-03T13:02:15.120Z', BERLIN)).toBe('3 Mar 2026, 14:02:15 CET')
    expect(utcTime('2026-03-03T13:02:15.120Z')).toBe('2026-03-03 13:02:15.120 UTC')
  })

  test('keeps its seconds in a dense list', () => {
    expect(shortTime('2026-03-03T13:02:15.120Z', BERLIN)).toBe('3 Mar 14:02:15')
  })
})

describe('the interval in which a port opened', () => {
  test('shows both ends and says the day once', () => {
    const of = { notBefore: '2026-03-03T13:02:10.000Z', notAfter: '2026-03-03T13:02:15.000Z' }
    expect(interval(of, BERLIN)).toBe('3 Mar 14:02:10 – 14:02:15')
  })

  test('shows both days where it crosses midnight of the reader', () => {
    const of = { notBefore: '2026-03-03T22:59:58.000Z', notAfter: '2026-03-03T23:00:03.000Z' }
    expect(interval(of, BERLIN)).toBe('3 Mar 23:59:58 – 4 Mar 00:00:03')
  })

  test('has no lower end where the port was already open at install', () => {
    expect(interval({ notBefore: null, notAfter: '2026-03-03T13:02:15.000Z' }, BERLIN)).toBe(
      'before 3 Mar 14:02:15',
    )
  })
})

describe('a duration', () => {
  test.each([
    [0, 'less than a second'],
    [1000, '1 second'],
    [61_000, '1 minute 1 second'],
    [3_600_000, '1 hour'],
    [3_605_000, '1 hour'],
    [90_061_000, '1 day 1 hour'],
  ])('of %i ms is %s', (ms, words) => {
    expect(duration(ms)).toBe(words)
  })

  test('that a fast clock puts into the future is just now', () => {
    expect(ago('2026-03-03T13:02:15.120Z', Date.parse('2026-03-03T13:02:15.000Z'))).toBe('just now')
  })
})

test('a number of things is written with its thousands apart and its noun in the right form', () => {
  expect(counted(1, 'port')).toBe('1 port')
  expect(counted(100_000, 'port')).toBe('100,000 ports')
  expect(counted(0, 'entry', 'entries')).toBe('0 entries')
})
