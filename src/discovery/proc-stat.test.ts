import { expect, test } from 'vitest'
import { effectiveUid, parseProcStat } from './proc-stat.ts'

const fields = Array.from({ length: 50 }, (_, index) => String(index + 4)).join(' ')

test.each(['nginx', 'a) S 1 (b', ') ', ''])(
  'the name %j stands between the outermost parentheses',
  (name) => {
    expect(parseProcStat(`812 (${name}) S ${fields}`)).toEqual({ name, start: '22' })
  },
)

test('a process that is gone has neither name nor start', () => {
  expect(parseProcStat('')).toBeNull()
})

test('the account of a process is its effective one', () => {
  expect(effectiveUid('Name:\tsudo\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n')).toBe(0)
  expect(effectiveUid('Name:\tUid:\n')).toBeNull()
})
