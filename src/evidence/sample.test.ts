import { createHash } from 'node:crypto'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { drawSample } from './sample.ts'

const items = fc
  .uniqueArray(fc.integer({ min: 0, max: 9999 }).map(String), { maxLength: 60 })
  .map((all) => all.sort())

test('a draw takes as many as were wanted, each once, and grows by going on', () => {
  fc.assert(
    fc.property(
      items,
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
      fc.nat(80),
      (all, seed, size) => {
        const drawn = drawSample(all, seed, size)
        expect(drawn).toHaveLength(Math.min(size, all.length))
        expect(new Set(drawn).size).toBe(drawn.length)
        expect(drawSample(all, seed, size + 1).slice(0, drawn.length)).toEqual(drawn)
      },
    ),
  )
})

test('scores are those of the format page, computed here by its words', () => {
  const all = ['1/0', '2/0', '3/1']
  const digest = sha('portreeve.dev/population/v1\0', '["1/0","2/0","3/1"]')
  const score = (k: number) =>
    sha('portreeve.dev/sample/v1\0', Buffer.from([0, 4]), 'seed', digest, Buffer.from([0, 0, 0, k]))
  const expected = all.map((item, k) => ({ item, score: score(k).toString('hex') }))
  expected.sort((a, b) => (a.score < b.score ? -1 : 1))
  expect(drawSample(all, 'seed', 3)).toEqual(expected.map(({ item }) => item))
})

function sha(...parts: (string | Buffer)[]): Buffer {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  return createHash('sha256').update(bytes).digest()
}
