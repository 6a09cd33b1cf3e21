import { expect, test } from 'vitest'

import { addressMeaning, addressText, portText } from './port-text.ts'

test('the text of a port leaves out its place and the first network namespace', () => {
  expect(portText('db-1/net:1/10.0.3.7:5432/tcp')).toBe('10.0.3.7:5432/tcp')
  expect(portText('shop/web/net:1/[::]%eth0:80/tcp')).toBe('[::]%eth0:80/tcp')
  expect(portText('db-1/net:4026532/127.0.0.1:1/udp')).toBe('net:4026532/127.0.0.1:1/udp')
})

test('an address is written as a person would dial it', () => {
  const port = { device: null, port: 443, lastPort: 443, transport: 'tcp' as const }
  expect(addressText({ ...port, address: '::1' })).toBe('[::1]:443/tcp')
  expect(addressText({ ...port, address: '*', lastPort: 450 })).toBe('*:443-450/tcp')
  expect(addressText({ ...port, address: null, port: 0, lastPort: 0 })).toBe('?:?/tcp')
  expect(addressText({ ...port, address: 'fe80::1', device: 'eth0' })).toBe('[fe80::1]%eth0:443/tcp')
})

test('an address is explained in words, and one that nobody knows is not guessed', () => {
  expect(addressMeaning('0.0.0.0', 'ipv4')).toBe('every IPv4 address of the place')
  expect(addressMeaning('::', 'ipv6')).toBe('every IPv6 address of the place')
  expect(addressMeaning('::', 'dual')).toBe('every address of the place, IPv4 and IPv6')
  expect(addressMeaning(null, null)).toBe('the source does not say on which address')
})
