import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  addressRanges,
  addressesOf,
  EVERY_ADDRESS,
  EVERY_IPV4,
  hasAddress,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  prefixesOf,
  sameAddresses,
  subtractAddresses,
  uniteAddresses,
} from './address-set.ts'
import { cidrContains, parseAddress, parseCidr } from './ip.ts'
import type { Cidr } from './ip.ts'

const cidr = (text: string): Cidr => parseCidr(text) ?? expect.fail(`${text} is no prefix`)
const of = (...texts: string[]) => addressesOf(texts.map(cidr))

// A few low bits, so that random prefixes often touch, contain and repeat each other.
const prefix = fc
  .tuple(fc.constantFrom('ipv4', 'ipv6'), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 8 }))
  .map(([family, low, free]) =>
    cidr(family === 'ipv4' ? `10.0.0.${low}/${32 - free}` : `2001:db8::${low.toString(16)}/${128 - free}`),
  )
const address = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 255 }))
  .map(
    ([four, low]) =>
      parseAddress(four ? `10.0.0.${low}` : `2001:db8::${low.toString(16)}`) ?? expect.fail('no address'),
  )

test('a set of prefixes holds an address exactly where one of the prefixes does', () => {
  fc.assert(
    fc.property(fc.array(prefix), fc.array(prefix), address, (a, b, one) => {
      const inA = a.some((each) => cidrContains(each, one))
      const inB = b.some((each) => cidrContains(each, one))
      const [x, y] = [addressesOf(a), addressesOf(b)]
      expect(hasAddress(x, one)).toBe(inA)
      expect(hasAddress(uniteAddresses(x, y), one)).toBe(inA || inB)
      expect(hasAddress(intersectAddresses(x, y), one)).toBe(inA && inB)
      expect(hasAddress(subtractAddresses(x, y), one)).toBe(inA && !inB)
    }),
  )
})

test('its prefixes make the same set again, and none of them could be joined with the next', () => {
  fc.assert(
    fc.property(fc.array(prefix), (a) => {
      const set = addressesOf(a)
      const texts = prefixesOf(set)
      expect(sameAddresses(of(...texts), set)).toBe(true)
      expect(isNoAddress(set)).toBe(texts.length === 0)
      expect(texts.length).toBeLessThanOrEqual(
        new Set(a.map((each) => `${each.family}${each.base}`)).size * 9,
      )
    }),
  )
})

test('anywhere is two prefixes, one for each family, and neither holds the other', () => {
  expect(prefixesOf(EVERY_ADDRESS)).toEqual(['0.0.0.0/0', '::/0'])
  expect(sameAddresses(of('0.0.0.0/0'), EVERY_IPV4)).toBe(true)
  expect(sameAddresses(uniteAddresses(of('0.0.0.0/0'), of('::/0')), EVERY_ADDRESS)).toBe(true)
  expect(sameAddresses(subtractAddresses(EVERY_ADDRESS, EVERY_ADDRESS), NO_ADDRESS)).toBe(true)
})

test('what is left of a range is written as ranges and as the fewest prefixes', () => {
  const left = subtractAddresses(of('10.0.0.0/24'), of('10.0.0.64/26'))
  expect(addressRanges(left)).toEqual(['10.0.0.0-10.0.0.63', '10.0.0.128-10.0.0.255'])
  expect(prefixesOf(left)).toEqual(['10.0.0.0/26', '10.0.0.128/25'])
})
