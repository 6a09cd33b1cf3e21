import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyText } from './body-text.ts'

test('the text is the JSON of the row, whatever its members are called', () => {
  const rows = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(rows, (row) => {
      expect(JSON.parse(bodyText(row))).toEqual(JSON.parse(JSON.stringify(row)))
    }),
  )
  expect(bodyText(JSON.parse('{"b":1,"__proto__":{"d":"\\u0000","c":[]},"a":{}}') as object)).toBe(
    String.raw`{"__proto__":{"c":[],"d":"\u0000"},"a":{},"b":1}`,
  )
})

test('the order of members does not show, and what is undefined is not there', () => {
  expect(bodyText({ b: [{ y: 1, x: null }], a: undefined })).toBe('{"b":[{"x":null,"y":1}]}')
  expect(bodyText({ b: [{ x: null, y: 1 }] })).toBe('{"b":[{"x":null,"y":1}]}')
})
