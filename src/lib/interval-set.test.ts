import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  covers,
  hasInteger,
  intersect,
  intervalsOf,
  rangesOf,
  sameIntegers,
  subtract,
  unite,
} from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'

const SIZE = 24
const members = fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }))
const setOf = (values: readonly number[]) => intervalsOf(values.map((value) => [value, value] as const))
const valuesOf = (set: readonly number[]) => [...Array(SIZE).keys()].filter((value) => hasInteger(set, value))

function sorted(values: Iterable<number>): readonly number[] {
  return [...values].sort((a, b) => a - b)
}

function big(values: readonly number[]): IntervalSet<bigint> {
  return intervalsOf(values.map((value) => [BigInt(value), BigInt(value)] as const))
}

describe('a set of integers answers as the naive set does', () => {
  test('for union, intersection, difference and containment', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)]
        expect(valuesOf(unite(x, y))).toEqual(sorted(new Set([...a, ...b])))
        expect(valuesOf(intersect(x, y))).toEqual(sorted(a.filter((value) => b.includes(value))))
        expect(valuesOf(subtract(x, y))).toEqual(sorted(a.filter((value) => !b.includes(value))))
        expect(covers(x, y)).toBe(b.every((value) => a.includes(value)))
      }),
    )
  })

  test('and has one spelling, however it was made', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)]
        const made = [unite(x, y), unite(y, x), setOf([...a, ...b]), unite(subtract(x, y), y)]
        for (const one of made) {
          expect(one).toEqual(made[0])
          expect(one.every((bound, i) => i === 0 || one[i - 1]! < bound)).toBe(true)
          expect(intervalsOf(rangesOf(one))).toEqual(one)
        }
        expect(sameIntegers(x, y)).toBe(valuesOf(x).join() === valuesOf(y).join())
      }),
    )
  })

  test('on bigints as on numbers', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        expect(subtract(big(a), big(b)).map(Number)).toEqual(subtract(setOf(a), setOf(b)))
        expect(unite(big(a), big(b)).map(Number)).toEqual(unite(setOf(a), setOf(b)))
      }),
    )
  })
})

test('ranges that touch become one, and one that is upside down is nothing', () => {
  expect(
    rangesOf(
      intervalsOf([
        [80, 90],
        [91, 95],
        [10, 5],
      ]),
    ),
  ).toEqual([[80, 95]])
})
