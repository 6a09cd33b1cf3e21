import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const FIELDS = ['audience', 'owner', 'purpose', 'at', 'dpia']

test('a slip of the pen finds what was meant', () => {
  expect(nearest('audiance', FIELDS)).toBe('audience')
  expect(nearest('Owner', FIELDS)).toBe('owner')
  expect(nearest('onwer', FIELDS)).toBe('owner')
  expect(nearest('ta', FIELDS)).toBe('at')
})

test('another word finds nothing', () => {
  expect(nearest('colour', FIELDS)).toBeNull()
  expect(nearest('', FIELDS)).toBeNull()
  expect(nearest('owner'.repeat(100), FIELDS)).toBeNull()
})
