import { describe, expect, test } from 'vitest'

import { client, json, SOCKET, TCP } from '../../test/http/client.ts'

describe('the name in Host', () => {
  test.each([
    ['127.0.0.1:8460', 200],
    ['localhost:8460', 200],
    ['LOCALHOST:8460', 200],
    ['[::1]:8460', 200],
    ['evil.example:8460', 421],
    ['evil.example', 421],
    ['127.0.0.1', 421],
    ['127.0.0.1:80', 421],
    ['localhost.evil.example:8460', 421],
    ['127.0.0.1:8460.evil.example', 421],
    ['', 421],
  ])('%j is answered with %d', async (host, status) => {
    const { ask } = await client()
    for (const path of ['/', '/openapi.json', '/metrics']) {
      expect((await ask('GET', path, { headers: { host } })).status).toBe(status)
    }
  })

  test('of another site is refused even with a valid session', async () => {
    const { ask, signIn } = await client()
    const { cookie } = await signIn()
    const response = await ask('GET', '/api/v1/findings', { headers: { cookie, host: 'evil.example:8460' } })
    expect(await json(response)).toMatchObject({
      status: 421,
      type: 'https://portreeve.dev/problems/host-not-allowed',
    })
  })

  test('does not matter to a probe, which learns nothing about the book', async () => {
    const { ask } = await client()
    expect(await (await ask('GET', '/healthz', { headers: { host: '10.1.2.3:8460' } })).text()).toBe('ok\n')
    expect((await ask('GET', '/readyz', { headers: { host: '10.1.2.3:8460' } })).status).toBe(200)
  })
})

describe('a request that a page of another origin sends with the cookie', () => {
  const ours = 'http://127.0.0.1:8460'
  test.each([
    ['a program', {}, 200, 200],
    ['the console', { origin: ours, 'sec-fetch-site': 'same-origin' }, 200, 200],
    ['an older browser on the console', { origin: ours }, 200, 200],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403, 403],
    [
      'another port of this machine',
      { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' },
      403,
      403,
    ],
    ['an older browser elsewhere', { origin: 'https://evil.example' }, 403, 403],
    ['the console behind a proxy that has TLS', { origin: 'https://127.0.0.1:8460' }, 200, 200],
    ['a sandboxed frame', { origin: 'null' }, 403, 403],
    ['an image tag elsewhere', { 'sec-fetch-site': 'cross-site' }, 403, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200, 403],
  ])('from %s', async (_, headers, read, write) => {
    const { ask, signIn, world } = await client()
    const { cookie } = await signIn()
    const body = { files: [{ name: 'a', text: 'b' }] }
    expect((await ask('GET', '/api/v1/findings', { headers: { ...headers, cookie } })).status).toBe(read)
    expect((await ask('POST', '/api/v1/documents', { headers: { ...headers, cookie }, body })).status).toBe(
      write,
    )
    expect(world.documents.size).toBe(write === 200 ? 1 : 0)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json-seq',
    '',
  ])('is not JSON, whatever is in it: %j', async (type) => {
    const { ask, signIn, world } = await client()
    const { cookie } = await signIn()
    const body = { files: [{ name: 'a', text: 'b' }] }
    const response = await ask('POST', '/api/v1/documents', {
      headers: { cookie, 'content-type': type },
      body,
    })
    expect(response.status).toBe(415)
    expect(world.documents.size).toBe(0)
  })

  test('from the same name without TLS is refused where the server has TLS', async () => {
    const { ask } = await client({ ...TCP, tls: true } as typeof TCP)
    const body = { link: 'none' }
    const from = (origin: string) => ask('POST', '/api/v1/session', { body, headers: { origin } })
    expect(await json(await from('http://127.0.0.1:8460'))).toMatchObject({
      title: 'The request came from another web page',
    })
    expect(await json(await from('https://127.0.0.1:8460'))).toMatchObject({
      title: 'The link was used or has ended',
    })
  })

  test('gets no permission in advance either', async () => {
    const { ask } = await client()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const response = await ask('OPTIONS', '/api/v1/documents', { headers })
    expect(response.status).toBe(403)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('size of a body', () => {
  test('documents may be large', async () => {
    const { ask } = await client(SOCKET)
    expect((await ask('POST', '/api/v1/documents', { body: files(2_000_000) })).status).toBe(200)
    expect((await ask('POST', '/api/v1/documents', { body: files(8_000_001) })).status).toBe(400)
  })

  test('what is larger than announced is noticed as well', async () => {
    const { ask } = await client(SOCKET)
    const body = JSON.stringify({ paths: ['x'.repeat(1_100_000)] })
    expect((await ask('POST', '/api/v1/scans', { body })).status).toBe(413)
    expect((await ask('POST', '/api/v1/scans', { body, headers: { 'content-length': '10' } })).status).toBe(
      413,
    )
    expect(
      (await ask('POST', '/api/v1/scans', { body: '{}', headers: { 'content-length': '1000001' } })).status,
    ).toBe(413)
  })

  test('nobody who may not ask gets a body read', async () => {
    const { ask } = await client()
    expect((await ask('POST', '/api/v1/documents', { body: '{' })).status).toBe(401)
  })
})

test('every answer carries the policy that keeps scripts, frames and caches out', async () => {
  const { ask, signIn } = await client()
  const headers = await signIn()
  for (const path of ['/', '/api/v1/findings', '/api/v1/nothing', '/api/v1/ports/not-a-port', '/metrics']) {
    const got = (await ask('GET', path, { headers })).headers
    expect(got.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    expect(got.get('x-content-type-options')).toBe('nosniff')
    expect(got.get('referrer-policy')).toBe('no-referrer')
    expect(got.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(got.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(got.get('cache-control')).toBe(path === '/' ? 'no-cache' : 'no-store')
  }
})

function files(bytes: number) {
  return { files: [{ name: 'a', text: 'x'.repeat(bytes) }] }
}
