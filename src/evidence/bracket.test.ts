import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { bracketOf, timeProof, widthOf, type Seen } from './bracket.ts'

const at = fc
  .integer({ min: 0, max: 1000 })
  .map((seconds) => new Date(1_767_225_600_000 + seconds * 1000).toISOString())
const size = fc.integer({ min: 1, max: 40 })
const seen: fc.Arbitrary<Seen> = fc.oneof(
  fc.record({ by: fc.constant('cosignature' as const), name: fc.constantFrom('w1', 'w2'), size, at }),
  fc.record({ by: fc.constant('timestamp' as const), name: fc.constant('tsa'), size, at }),
  fc.record({ by: fc.constant('anchor' as const), index: size, size, at }),
)

test('a bracket rests below on what the log did not hold yet and above on what it did, and nothing is narrower', () => {
  fc.assert(
    fc.property(size, fc.array(seen, { maxLength: 20 }), (index, all) => {
      const { notBefore, notAfter } = bracketOf(index, all)
      expect(notBefore?.by).not.toBe('timestamp')
      expect(notAfter?.by).not.toBe('anchor')
      expect(
        notBefore === null || (notBefore.by === 'anchor' ? notBefore.index < index : notBefore.size <= index),
      ).toBe(true)
      expect(notAfter === null || notAfter.size > index).toBe(true)
      const later = all.filter(
        (one) => one.by === 'cosignature' && one.size <= index && one.at > (notBefore?.at ?? ''),
      )
      expect(later).toEqual([])
      const earlier = all.filter(
        (one) => one.by !== 'anchor' && one.size > index && one.at < (notAfter?.at ?? ''),
      )
      expect(earlier).toEqual([])
    }),
  )
})

test('a timestamp over a smaller checkpoint is no proof that an entry was not there', () => {
  const stamp: Seen = { by: 'timestamp', name: 'tsa', size: 3, at: '2026-01-01T00:00:00.000Z' }
  expect(bracketOf(5, [stamp])).toEqual({ notBefore: null, notAfter: null })
})

test('a proof of time names what it rests on', () => {
  const moment = '2026-01-01T00:00:00.000Z'
  const proofs = [
    timeProof({ by: 'cosignature', name: 'w1', size: 3, at: moment }, () => ''),
    timeProof({ by: 'timestamp', name: 'tsa', size: 3, at: moment }, () => '3.2'),
    timeProof({ by: 'anchor', index: 7, size: 3, at: moment }, () => ''),
    timeProof(null, () => ''),
  ]
  expect(proofs.map((proof) => proof?.by ?? null)).toEqual([
    'cosignature w1',
    'timestamp 3.2',
    'anchor 7',
    null,
  ])
})

test('a width needs both ends', () => {
  expect(widthOf('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:05.250Z')).toBe(5250)
  expect(widthOf(null, '2026-01-01T00:00:05.250Z')).toBe(null)
})
