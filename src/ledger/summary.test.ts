import { describe, expect, test } from 'vitest'

import type { Entry, JsonObject } from '../model/entry.ts'
import { summarise } from './summary.ts'

const AT = '2026-11-26T10:00:00.000Z'
const entry = (type: Entry['type'], body: JsonObject, by: string | null = null): Entry => ({
  index: 7,
  id: '0'.repeat(32),
  type,
  at: AT,
  by,
  body,
  withheld: [],
})
const sighting = (...changes: JsonObject[]) =>
  entry('sighting', { source: { name: 'linux-host:db-1' }, place: { id: 'db-1' }, changes })
const change = (port: number, state: string): JsonObject => ({ net: 'net:1', port, state, transport: 'tcp' })

describe('the line of a pass', () => {
  test('names the ports where few changed, with what the source does not say as a question mark', () => {
    const [http, ssh] = [change(80, 'open'), { ...change(22, 'closed'), address: '::1', device: 'eth0' }]
    expect(summarise(sighting(http, ssh))).toBe(
      'linux-host:db-1 at db-1: ?:80/tcp open, [::1]%eth0:22/tcp closed',
    )
    expect(summarise(sighting({ ...change(8000, 'open'), address: '*', last: 8100 }))).toBe(
      'linux-host:db-1 at db-1: *:8000-8100/tcp open',
    )
  })

  test('counts them where many did', () => {
    const many = [1, 2, 3, 4].map((port) => change(port, port === 4 ? 'closed' : 'open'))
    expect(summarise(sighting(...many))).toBe('linux-host:db-1 at db-1: 3 open, 1 closed')
  })

  test('says so where it changed nothing or its changes are withheld', () => {
    expect(summarise(entry('sighting', {}))).toBe('(withheld) at (withheld): no change')
  })
})

test('a signed entry says who signed it', () => {
  expect(summarise(entry('declaration', { kind: 'Port', name: 'db', by: 'p-1' }, 'p-1'))).toBe(
    'Port db declared by p-1, signed by p-1',
  )
})
