import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRanges, unite, without } from './ranges.ts'

test('ranges are read as nmap writes them, and what is no port is passed over', () => {
  expect(parseRanges('1-3,80,8000-8100')).toEqual([
    { first: 1, last: 3 },
    { first: 80, last: 80 },
    { first: 8000, last: 8100 },
  ])
  expect(parseRanges('0,70000,9-8,x,-,1-,-1,,1e3,000080, 5')).toEqual([])
  expect(parseRanges('')).toEqual([])
})

test('a list of millions of ranges is cut off', () => {
  expect(parseRanges('1,'.repeat(1_000_000)).length).toBe(65_536)
})

const port = fc.integer({ min: 1, max: 60 })
const range = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))

test('united ranges hold the same ports, in order and apart; without some, all but those', () => {
  fc.assert(
    fc.property(fc.array(range), fc.array(port), (ranges, ports) => {
      const united = unite(ranges)
      expect([...portsOf(united)]).toEqual([...portsOf(ranges)].sort((a, b) => a - b))
      expect(united.every(({ first }, n) => n === 0 || first > (united[n - 1]?.last ?? 0) + 1)).toBe(true)
      const kept = [...portsOf(united)].filter((each) => !ports.includes(each))
      expect([...portsOf(without(united, ports))]).toEqual(kept)
    }),
  )
})

function portsOf(ranges: readonly { readonly first: number; readonly last: number }[]): Set<number> {
  return new Set(
    ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n)),
  )
}
