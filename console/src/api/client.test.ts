import { describe, expect, test } from 'vitest'

import { requestOf } from './client.ts'
import { problemOf } from './problem.ts'

describe('a request', () => {
  test('carries a port id as one path segment', () => {
    expect(requestOf('showPort', { port: 'db-1/net:1/[::1]:5432/tcp' }).url).toBe(
      '/api/v1/ports/db-1%2Fnet%3A1%2F%5B%3A%3A1%5D%3A5432%2Ftcp',
    )
  })

  test('leaves out of the query what was not asked', () => {
    expect(requestOf('listPorts', { q: 'a b', owner: undefined, limit: 50 }).url).toBe(
      '/api/v1/ports?q=a+b&limit=50',
    )
  })

  test('puts what is not in the path of a POST into its body', () => {
    const { url, init } = requestOf('closeRecord', { kind: 'Port', name: 'billing-db', reason: 'gone' })
    expect(url).toBe('/api/v1/documents/Port/billing-db/close')
    expect(init.body).toBe('{"reason":"gone"}')
  })
})

describe('a problem', () => {
  test('keeps error, code, hint, faults and request id', () => {
    const fault = { message: 'too big', position: { file: 'a', line: 3, column: 5 }, hint: null }
    const problem = problemOf(422, {
      type: 'https://portreeve.dev/problems/document-invalid',
      title: 'A document is not valid',
      status: 422,
      detail: 'port 70000 is above 65535',
      hint: 'use 1 to 65535',
      faults: [fault],
      instance: null,
      requestId: 'r-1',
    })
    expect(problem).toMatchObject({
      code: 'document-invalid',
      message: 'port 70000 is above 65535',
      hint: 'use 1 to 65535',
      faults: [fault],
      requestId: 'r-1',
    })
  })

  test('is made also from an answer that nobody of ours wrote', () => {
    expect(problemOf(502, '<html>')).toMatchObject({
      message: 'The server answered 502 without saying why.',
      code: null,
    })
  })
})
