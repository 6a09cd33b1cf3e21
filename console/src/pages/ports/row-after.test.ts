import { expect, test } from 'vitest'

import { rowAfter } from './row-after.ts'

test('keys move through the rows and stop at the ends', () => {
  expect(rowAfter('ArrowDown', 0, 3)).toBe(1)
  expect(rowAfter('ArrowUp', 0, 3)).toBe(0)
  expect(rowAfter('End', 0, 3)).toBe(2)
  expect(rowAfter('Home', 2, 3)).toBe(0)
  expect(rowAfter('PageDown', 0, 3)).toBe(2)
  expect(rowAfter('PageUp', 2, 3)).toBe(0)
})

test('the arrow below the last row asks for more', () => {
  expect(rowAfter('ArrowDown', 2, 3)).toBe(3)
})

test('other keys stay with the browser', () => {
  expect(rowAfter('a', 0, 3)).toBeNull()
})
