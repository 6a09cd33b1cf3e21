import { expect, test } from 'vitest'

import type { Sighting } from '../model/source.ts'
import { NO_CLIENTS, settleClients } from './clients.ts'

const socket = (port: number, flags: Sighting['flags']): Sighting => ({
  net: 'net:1',
  transport: 'udp',
  address: '0.0.0.0',
  device: null,
  port,
  last: port,
  state: 'open',
  family: 'ipv4',
  service: null,
  owners: [],
  workload: null,
  flags,
  count: 1,
  span: null,
  detail: null,
})

const AT = '2026-11-23T10:00:00.000Z'
const LATER = '2026-11-23T10:01:00.000Z'

test('a socket that may be a client waits a minute before it is a port of its own', () => {
  const client = socket(40_000, ['may-be-client'])
  const first = settleClients(NO_CLIENTS, [client], new Set(), AT)
  expect(first.settled).toEqual([])
  expect(first.young).toEqual([client])
  expect(settleClients(first.state, [client], new Set(), LATER).settled).toEqual([client])
})

test('a socket that went away in between begins anew', () => {
  const client = socket(40_000, ['may-be-client'])
  const first = settleClients(NO_CLIENTS, [client], new Set(), AT)
  const gone = settleClients(first.state, [], new Set(), '2026-11-23T10:00:30.000Z')
  expect(settleClients(gone.state, [client], new Set(), LATER).young).toEqual([client])
})

test('a port that is on record, a service and an aggregate never wait', () => {
  const known = socket(40_000, ['may-be-client'])
  const service = socket(53, [])
  const many = socket(0, ['may-be-client', 'aggregated', 'port-unknown'])
  const { settled, young } = settleClients(
    NO_CLIENTS,
    [known, service, many],
    new Set(['net:1/0.0.0.0:40000/udp']),
    AT,
  )
  expect(settled).toEqual([known, service, many])
  expect(young).toEqual([])
})
