import * as fc from 'fast-check'
import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { canonicalAddress, cidrContains, formatAddress, formatCidr, parseAddress, parseCidr } from './ip.ts'

describe('an address', () => {
  test('has one text', () => {
    expect(canonicalAddress('10.0.3.7')).toBe('10.0.3.7')
    expect(canonicalAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1')
    expect(canonicalAddress('0:0:0:0:0:0:0:0')).toBe('::')
    expect(canonicalAddress('::1')).toBe('::1')
    expect(canonicalAddress('fe80::')).toBe('fe80::')
    expect(canonicalAddress('::ffff:10.0.0.1')).toBe('::ffff:10.0.0.1')
    expect(canonicalAddress('::ffff:a00:1')).toBe('::ffff:10.0.0.1')
    expect(canonicalAddress('1:0:0:2:0:0:0:3')).toBe('1:0:0:2::3')
    expect(canonicalAddress('1:0:2:3:4:5:6:7')).toBe('1:0:2:3:4:5:6:7')
  })

  test('is refused where two readers could see two', () => {
    const refused = [
      '10.1',
      '010.0.0.1',
      '0x7f.0.0.1',
      '256.0.0.1',
      '1.2.3.4.5',
      '',
      '*',
      ' 10.0.0.1',
      '10.0.0.1 ',
    ]
    refused.push(
      ':',
      ':::',
      '1::2::3',
      '12345::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8::',
      '::g',
      'fe80::1%eth0',
      '1.2.3.4::',
    )
    for (const text of refused) expect([text, parseAddress(text)]).toEqual([text, null])
  })

  test('agrees with the runtime about what is one', () => {
    const like = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '.', '9'), maxLength: 20 }),
    )
    fc.assert(
      fc.property(like, (text) => {
        expect(parseAddress(text) !== null).toBe(isIP(text) !== 0)
      }),
      { numRuns: 3000 },
    )
  })

  test('survives being written and read', () => {
    const value = fc.oneof(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 40n))
    fc.assert(
      fc.property(value, (value) => {
        const address = { family: 'ipv6', value } as const
        expect(parseAddress(formatAddress(address))).toEqual(address)
      }),
    )
  })
})

describe('a prefix', () => {
  test('loses its host bits', () => {
    const written = ['10.0.3.7/24', '0.0.0.0/0', '10.0.0.1/32', '2001:db8::1/32', '::/0'].map(parseCidr)
    expect(written.map((cidr) => (cidr === null ? null : formatCidr(cidr)))).toEqual([
      '10.0.3.0/24',
      '0.0.0.0/0',
      '10.0.0.1/32',
      '2001:db8::/32',
      '::/0',
    ])
  })

  test('is refused where its length is none', () => {
    for (const text of [
      '10.0.0.0',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/08',
      '::/129',
      '/8',
      '10.0.0.0/8/8',
    ]) {
      expect([text, parseCidr(text)]).toEqual([text, null])
    }
  })

  test('contains the addresses of its family only', () => {
    expect(contains('10.0.3.0/24', '10.0.3.255')).toBe(true)
    expect(contains('10.0.3.0/24', '10.0.4.0')).toBe(false)
    expect(contains('0.0.0.0/0', '::1')).toBe(false)
    expect(contains('2001:db8::/32', '2001:db8:ffff::1')).toBe(true)
  })
})

function contains(cidr: string, address: string): boolean {
  return cidrContains(parseCidr(cidr)!, parseAddress(address)!)
}
