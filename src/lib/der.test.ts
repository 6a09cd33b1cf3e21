import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  booleanOf,
  DerError,
  derInteger,
  derNode,
  derOid,
  generalizedTimeOf,
  integerOf,
  membersOf,
  octetsOf,
  oidOf,
  readDer,
  TAG,
} from './der.ts'

const time = (text: string) => generalizedTimeOf(readDer(derNode(TAG.generalizedTime, Buffer.from(text))))
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('DER', () => {
  test('integers are read as they were written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 600n }), (value) => {
        expect(integerOf(readDer(derInteger(value)))).toBe(value)
      }),
    )
    expect(integerOf(readDer(hex('0201ff')))).toBe(-1n)
    expect(integerOf(readDer(hex('0202ff7f')))).toBe(-129n)
  })

  test('object identifiers are read as they were written', () => {
    for (const oid of [
      '1.2.840.113549.1.9.16.1.4',
      '2.16.840.1.101.3.4.2.1',
      '1.3.101.112',
      '0.0',
      '2.5.29.37',
    ])
      expect(oidOf(readDer(derOid(oid)))).toBe(oid)
    // X.690 8.19.5: the second arc below 2 may be larger than 39.
    expect(oidOf(readDer(hex('0603883703')))).toBe('2.999.3')
  })

  test('lengths are read in their one form, whatever their size', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const bytes = derNode(TAG.octetString, new Uint8Array(length))
      expect(octetsOf(readDer(bytes))).toHaveLength(length)
    }
  })

  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['cut short', '0402aa'],
    ['something behind it', '0500 00'],
    ['a length that is not said', '3080 0000'],
    ['a long length for a short value', '048101 aa'],
    ['a length with a zero in front', '04820080'.padEnd(8 + 256, '0')],
    ['a length of five bytes', '04850000000001 aa'],
    ['a long tag', '1f8101 00'],
    ['a length beyond the end', '0484ffffffff'],
  ])('%s is no value', (_, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(DerError)
  })

  test.each([
    ['a padded integer', '02020001', integerOf],
    ['a padded negative integer', '0202ff80', integerOf],
    ['an empty integer', '0200', integerOf],
    ['a boolean of one', '010101', booleanOf],
    ['an identifier with a zero in front', '06038037 03', oidOf],
    ['an identifier that is cut', '060288', oidOf],
    ['a time without zone', '180e3230323630313031303030303030', generalizedTimeOf],
    ['a day that is none', '180f32303236303233303030303030305a', generalizedTimeOf],
    ['an hour that is none', '180f32303236303130313234303030305a', generalizedTimeOf],
    ['a fraction that ends in zero', '181132303236303130313030303030302e305a', generalizedTimeOf],
    ['octets where a sequence belongs', '0400', membersOf],
  ] as const)('%s is refused', (_, bytes, read) => {
    expect(() => read(readDer(hex(bytes)))).toThrow(DerError)
  })

  test('a time is read with its milliseconds', () => {
    expect(time('20260102030405Z')).toBe('2026-01-02T03:04:05.000Z')
    expect(time('20260102030405.6Z')).toBe('2026-01-02T03:04:05.600Z')
    expect(time('20260102030405.123456Z')).toBe('2026-01-02T03:04:05.123Z')
  })

  test('whatever the bytes, they are read back the same or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(readBack(bytes)).toBeOneOf([null, Buffer.from(bytes).toString('hex')])
      }),
      { numRuns: 2000 },
    )
  })

  test('a list of a million empty members is refused before it is held', () => {
    expect(() =>
      membersOf(
        readDer(
          derNode(
            TAG.sequence,
            new Uint8Array(2_000_000).fill(5).map((_, n) => (n % 2 === 0 ? 5 : 0)),
          ),
        ),
      ),
    ).toThrow(/too many/)
  })
})

/** Null where the bytes are refused as what they are; anything else that is thrown is a bug. */
function readBack(bytes: Uint8Array): string | null {
  try {
    return Buffer.from(readDer(bytes).bytes).toString('hex')
  } catch (error) {
    if (error instanceof DerError) return null
    throw error
  }
}
