import { expect, test } from 'vitest'

import { pooledRandom } from './random.ts'

test('what was handed out never comes again, and later calls do not change it', () => {
  const random = pooledRandom()
  const ids = Array.from({ length: 2_000 }, () => random(16))
  const texts = new Set(ids.map((id) => Buffer.from(id).toString('hex')))
  expect(texts.size).toBe(2_000)
  expect(new Set(ids.map((id) => Buffer.from(id).toString('hex')))).toEqual(texts)
})

test('an amount of any size is whole', () => {
  const random = pooledRandom()
  for (const bytes of [64, 4_095, 4_096, 4_097, 100_000]) {
    const given = random(bytes)
    expect(given.length).toBe(bytes)
    // Zeros at an end would be a piece of the pool that was never filled, or wiped already.
    expect(given.subarray(0, 32).some((byte) => byte !== 0)).toBe(true)
    expect(given.subarray(-32).some((byte) => byte !== 0)).toBe(true)
  }
})
