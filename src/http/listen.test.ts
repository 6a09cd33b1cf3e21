import { expect, test } from 'vitest'

import { allowedHosts, authority, listenPlan } from './listen.ts'

test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('on %s it listens without a word more', (host) => {
  for (const tls of [false, true]) {
    expect(listenPlan({ host, port: 8460 }, tls, false)).toMatchObject({ loopback: true, warning: null })
  }
})

test.each([
  '0.0.0.0',
  '::',
  '10.0.3.7',
  '::ffff:10.0.3.7',
  'fe80::1',
  'db-1',
  'localhost.example',
  '127.0.0.1.example',
])('on %s it does not listen unless somebody accepts the risk', (host) => {
  for (const tls of [false, true]) {
    const refusal = expect.objectContaining({ code: 'listen-refused' })
    expect(() => listenPlan({ host, port: 8460 }, tls, false)).toThrow(refusal)
  }
})

test('whoever accepts the risk of a wider address is told what it is', () => {
  const at = { host: '10.0.3.7', port: 8460 }
  expect(listenPlan(at, true, true)).toMatchObject({ ...at, loopback: false })
  expect(listenPlan(at, true, true).warning).not.toContain('without TLS')
  expect(listenPlan(at, false, true).warning).toContain('without TLS')
})

test('localhost is 127.0.0.1, whatever the resolver says', () => {
  expect(listenPlan({ host: 'localhost', port: 1 }, false, false).host).toBe('127.0.0.1')
})

test('the allowed hosts hold the port, unless it is the one of the scheme', () => {
  expect([...allowedHosts({ host: '::1', port: 8460 }, ['Ports.Example'], false)].toSorted()).toEqual([
    '127.0.0.1:8460',
    '[::1]:8460',
    'localhost:8460',
    'ports.example',
    'ports.example:8460',
  ])
  expect(allowedHosts({ host: '::1', port: 443 }, [], true)).toContain('[::1]')
  expect(allowedHosts({ host: '::1', port: 443 }, [], false)).not.toContain('[::1]')
  expect(authority({ host: '::1', port: 80 })).toBe('[::1]:80')
})
