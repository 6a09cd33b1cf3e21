import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { Retries } from './retries.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what failed is tried again after longer and longer pauses, until it succeeds', async () => {
  const tried: number[] = []
  let works = false
  const retries = new Retries<string>(async () => {
    tried.push(Date.now())
    return works
  })
  const began = Date.now()
  retries.due('a')
  await vi.advanceTimersByTimeAsync(200_000)
  const pauses = tried.map((at, n) => at - (tried[n - 1] ?? began))
  expect(pauses).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  works = true
  await vi.advanceTimersByTimeAsync(60_000)
  const count = tried.length
  await vi.advanceTimersByTimeAsync(600_000)
  expect(tried).toHaveLength(count)
  works = false
  retries.due('b')
  await vi.advanceTimersByTimeAsync(1000)
  expect(tried).toHaveLength(count + 2)
  retries.stop()
})

test('only the newest of what became due meanwhile is tried, one at a time', async () => {
  const tried: number[] = []
  let running = 0
  const retries = new Retries<number>(async (due) => {
    expect(++running).toBe(1)
    tried.push(due)
    await new Promise((resolve) => setTimeout(resolve, 100))
    running--
    return true
  })
  for (let n = 1; n <= 9; n++) retries.due(n)
  await vi.advanceTimersByTimeAsync(1000)
  expect(tried).toEqual([1, 9])
})

test('what becomes due while it pauses takes the place of what failed, and a throw is a failure', async () => {
  const tried: string[] = []
  const retries = new Retries<string>(async (due) => {
    tried.push(due)
    if (due === 'old') throw new Error('broken')
    return true
  })
  retries.due('old')
  await vi.advanceTimersByTimeAsync(500)
  retries.due('new')
  await vi.advanceTimersByTimeAsync(500)
  expect(tried).toEqual(['old', 'new'])
})

test('whoever waits is let go when it was tried, or after so long', async () => {
  const done: string[] = []
  const answer = Promise.withResolvers<boolean>()
  const retries = new Retries<string>(() => answer.promise)
  retries.due('a')
  void retries.settle(5000).then(() => done.push('late'))
  await vi.advanceTimersByTimeAsync(4999)
  expect(done).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(done).toEqual(['late'])
  answer.resolve(true)
  await retries.settle(5000)
  retries.stop()
  retries.due('b')
  await retries.settle(5000)
  expect(done).toHaveLength(1)
})
