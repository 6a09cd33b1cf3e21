import { expect, test } from 'vitest'

import { addressMeaning, addressText, portPath, portText } from './port-text.ts'

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

test('the address of a port in the console carries every id back', () => {
  const id = 'a?b#c/net:1/[fe80::1]%eth0:53/udp'
  const path = portPath(id).slice('/ports/'.length)
  expect(path).toBe('a%3Fb%23c/net:1/%5Bfe80::1%5D%25eth0:53/udp')
  expect(path.split('/').map(decodeURIComponent).join('/')).toBe(id)
})
