import { describe, expect, test } from 'vitest'

import { client, json, SOCKET, TCP } from '../../test/http/client.ts'
import { Problem } from '../api/problem.ts'

const FILE = { name: 'a.yaml', text: 'kind: Port' }

test('an operation is answered with what the desk says, under the actor of the session', async () => {
  const { ask, signIn, world } = await client()
  const headers = await signIn()
  const response = await ask('GET', '/api/v1/findings?level=high&limit=20', { headers })
  expect(response.status).toBe(200)
  expect(await json(response)).toEqual({ findings: [], next: null, asOf: null })
  expect(world.calls.at(-1)).toMatchObject({ name: 'listFindings', input: { level: 'high', limit: 20 } })
  expect(world.calls.at(-1)?.actor).toMatch(/^p-[0-9a-f]{12}$/)
})

test('whoever opens the data folder’s socket is the operator', async () => {
  const { ask, world } = await client(SOCKET)
  expect((await ask('POST', '/api/v1/rebuild', { body: {} })).status).toBe(200)
  expect(world.calls).toEqual([{ name: 'rebuild', input: { fromStart: false }, actor: 'operator' }])
})

test('a port id with slashes, brackets and a percent sign arrives as it was', async () => {
  const { ask, world } = await client(SOCKET)
  for (const id of ['db-1/net:1/[fe80::1]%eth0:5432/tcp', 'a%2Fb/c?d=e#f', 'ünïcode/..', '100%25']) {
    expect((await ask('GET', `/api/v1/ports/${encodeURIComponent(id)}`)).status).toBe(404)
    expect(world.calls.at(-1)).toMatchObject({ name: 'showPort', input: { port: id } })
  }
})

test('facets are not taken for a port', async () => {
  const { ask } = await client(SOCKET)
  expect(await json(await ask('GET', '/api/v1/facets/ports?by=owner'))).toEqual({
    values: [{ value: 'team/billing', count: 0 }],
  })
})

describe('refusals', () => {
  test('of the desk become problems with their faults, their way out and the id of the request', async () => {
    const { ask } = await client(SOCKET)
    const response = await ask('POST', '/api/v1/documents', {
      body: { files: [{ name: 'a.yaml', text: 'a\tb' }] },
    })
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(Problem.parse(await response.json())).toEqual({
      type: 'https://portreeve.dev/problems/document-invalid',
      title: 'A document is not valid',
      status: 422,
      detail: 'a document is not valid',
      hint: 'use spaces',
      faults: [{ message: 'a tab', position: { file: 'a.yaml', line: 1, column: 2 }, hint: null }],
      instance: null,
      requestId: response.headers.get('x-request-id'),
    })
  })

  test.each([
    ['GET', '/api/v1/nothing'],
    ['PUT', '/api/v1/ports'],
    ['GET', '/api/v2/ports'],
    ['POST', '/ports'],
    ['GET', '/assets/gone-1a2b.js'],
  ])('%s %s is nothing that we have', async (method, path) => {
    const { ask } = await client(SOCKET)
    const response = await ask(method, path)
    expect(response.status).toBe(404)
    expect(await json(response)).toMatchObject({ type: 'https://portreeve.dev/problems/not-found' })
  })

  test('a bug tells the asker the id of the request and nothing else, and the log the rest', async () => {
    const { ask, world } = await client(SOCKET)
    const response = await ask('GET', '/api/v1/ports/not-a-port')
    const requestId = response.headers.get('x-request-id')
    expect(response.status).toBe(500)
    expect(await json(response)).toEqual({
      type: 'about:blank',
      title: 'Internal error',
      status: 500,
      detail: null,
      hint: null,
      faults: [],
      instance: null,
      requestId,
    })
    const bug = world.logged.map((line) => JSON.parse(line)).find((line) => line.event === 'bug')
    expect(bug).toMatchObject({ id: requestId, level: 'error' })
    expect(bug.error).toContain('secret-of-the-process')
  })

  test('an unknown durable state is told to the asker and to the process', async () => {
    const { ask, world } = await client(SOCKET)
    const response = await ask('GET', '/api/v1/ports/no-disk')
    expect(response.status).toBe(503)
    expect(await json(response)).toMatchObject({ type: 'about:blank', detail: 'the disk is full' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(world.fatal.map((error) => error.message)).toEqual(['the disk is full'])
  })
})

describe('input', () => {
  test.each([
    ['a limit out of range', 'GET', '/api/v1/ports?limit=0', undefined, '/limit'],
    ['a misspelt filter', 'GET', '/api/v1/ports?owmer=team', undefined, '/owmer'],
    ['a filter given twice', 'GET', '/api/v1/ports?owner=a&owner=b', undefined, '/owner'],
    ['a port of 70000', 'GET', '/api/v1/ports?port=70000', undefined, '/port'],
    ['an entry that is no number', 'GET', '/api/v1/ledger/entries/x', undefined, '/index'],
    ['a missing member', 'POST', '/api/v1/documents', {}, '/files'],
    ['an unknown member', 'POST', '/api/v1/documents', { files: [FILE], force: true }, '/force'],
    [
      'a wrong type deep inside',
      'POST',
      '/api/v1/documents',
      { files: [FILE, { name: 'b', text: 1 }] },
      '/files/1/text',
    ],
    ['a prototype', 'POST', '/api/v1/documents', `{"files":[],"__proto__":{"dryRun":true}}`, '/__proto__'],
  ])('%s is refused with a pointer to it', async (_, method, path, body, pointer) => {
    const { ask, world } = await client(SOCKET)
    const response = await ask(method, path, { body })
    const problem = Problem.parse(await response.json())
    expect(problem).toMatchObject({ status: 400, type: 'https://portreeve.dev/problems/bad-input' })
    expect(problem.faults[0]?.message).toContain(`${pointer}: `)
    expect(world.calls).toEqual([])
  })

  test.each([
    ['half a document', '{"files":', 400],
    ['a list', '[]', 400],
    ['nothing', '', 400],
    ['null', 'null', 400],
  ])('%s as the body is refused', async (_, body, status) => {
    const { ask } = await client(SOCKET)
    const headers = { 'content-type': 'application/json' }
    expect((await ask('POST', '/api/v1/documents', { body, headers })).status).toBe(status)
  })

  test('a body of a hundred thousand mistakes is answered with fifty', async () => {
    const { ask } = await client(SOCKET)
    const response = await ask('POST', '/api/v1/documents', {
      body: { files: Array.from({ length: 1e5 }, () => 0) },
    })
    expect(Problem.parse(await response.json()).faults).toHaveLength(50)
  })

  test('a body nested a million deep is refused, and the process lives', async () => {
    const { ask } = await client(SOCKET)
    const body = `{"files":${'['.repeat(1e6)}${']'.repeat(1e6)}}`
    expect((await ask('POST', '/api/v1/documents', { body })).status).toBe(400)
  })

  test('a key in the header is the key of the wish', async () => {
    const { ask, world } = await client(SOCKET)
    const headers = { 'idempotency-key': 'k1' }
    const declare = (text: string) =>
      ask('POST', '/api/v1/documents', { body: { files: [{ name: 'a', text }] }, headers })
    expect((await declare('one')).status).toBe(200)
    expect((await declare('one')).status).toBe(200)
    expect((await declare('two')).status).toBe(409)
    expect(world.documents.get('a')).toBe('one')
  })

  test('a key in the header that contradicts the body is refused', async () => {
    const { ask } = await client(SOCKET)
    const body = { files: [FILE], idempotencyKey: 'k2' }
    expect(
      (await ask('POST', '/api/v1/documents', { body, headers: { 'idempotency-key': 'k1' } })).status,
    ).toBe(400)
  })
})

describe('sessions', () => {
  test('a link is exchanged for a cookie that no script can read and no other site can send', async () => {
    const { ask, world } = await client()
    const response = await ask('POST', '/api/v1/session', { body: { link: await world.makeLink() } })
    const [secret, ...attributes] = (response.headers.get('set-cookie') ?? '').split('; ')
    expect(secret).toMatch(/^portreeve_session=[\w-]{43}$/)
    expect(attributes.filter((text) => !text.startsWith('Expires')).toSorted()).toEqual([
      'HttpOnly',
      'Path=/',
      'SameSite=Strict',
    ])
    expect(JSON.stringify(await response.json())).not.toContain(secret?.split('=')[1])
  })

  test('over TLS the cookie is bound to the host', async () => {
    const { ask, world } = await client({ ...TCP, tls: true } as typeof TCP)
    const response = await ask('POST', '/api/v1/session', { body: { link: await world.makeLink() } })
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-portreeve_session=.*Secure/)
  })

  test('a link works once', async () => {
    const { ask, world } = await client()
    const body = { link: await world.makeLink() }
    expect((await ask('POST', '/api/v1/session', { body })).status).toBe(200)
    const again = await ask('POST', '/api/v1/session', { body })
    expect(again.status).toBe(403)
    expect(await json(again)).toMatchObject({ type: 'https://portreeve.dev/problems/link-spent' })
  })

  test('who is signed in sees who they are, and signing out ends it', async () => {
    const { ask, signIn } = await client()
    const headers = await signIn()
    expect(await json(await ask('GET', '/api/v1/session', { headers }))).toMatchObject({
      name: 'Administrator',
      roles: ['administrator'],
    })
    expect((await ask('DELETE', '/api/v1/session', { headers })).status).toBe(200)
    expect((await ask('GET', '/api/v1/session', { headers })).status).toBe(401)
  })

  test('neither a secret nor a query reaches the log', async () => {
    const { ask, world } = await client()
    const link = await world.makeLink()
    const entered = await ask('POST', '/api/v1/session', { body: { link } })
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
    await ask('GET', '/api/v1/findings?place=hush', { headers: { cookie } })
    expect(world.logged).toHaveLength(2)
    for (const secret of [link, cookie.split('=')[1] ?? '', 'hush'])
      expect(world.logged.join('')).not.toContain(secret)
    expect(JSON.parse(world.logged[1] ?? '')).toMatchObject({
      event: 'request',
      route: 'listFindings',
      status: 200,
    })
  })
})
