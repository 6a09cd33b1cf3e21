import { expect, test } from 'vitest'

import { client, json, TCP } from '../../test/http/client.ts'

test('ready means that the store answers; a silent observer is reported beside it', async () => {
  const { ask, world } = await client()
  expect(await json(await ask('GET', '/readyz'))).toEqual({
    store: 'answers',
    observer: 'observing',
    ledger: 'sound',
    sealed: 'open',
  })
  const working = world.status
  Object.assign(world, { status: async () => ({ ...(await working()), observer: 'silent' }) })
  expect((await (await client(TCP, world)).ask('GET', '/readyz')).status).toBe(200)
  Object.assign(world, { status: async () => Promise.reject(new Error('no store')) })
  const response = await (await client(TCP, world)).ask('GET', '/readyz')
  expect([response.status, await json(response)]).toEqual([
    503,
    { store: 'silent', observer: null, ledger: null, sealed: null },
  ])
})

test('the metrics count requests by operation, and name nobody and no path', async () => {
  const { ask, signIn } = await client()
  const headers = await signIn()
  await ask('GET', '/api/v1/findings?place=hush', { headers })
  await ask('GET', '/api/v1/ports/hush', { headers })
  await ask('GET', '/hush.js')
  const response = await ask('GET', '/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  expect(text).not.toContain('hush')
  for (const line of [
    'portreeve_http_request_duration_seconds_count{route="listFindings",status="200"} 1',
    'portreeve_http_request_duration_seconds_count{route="showPort",status="404"} 1',
    'portreeve_http_request_duration_seconds_count{route="console",status="404"} 1',
    'portreeve_ledger_entries 9',
    'portreeve_ports_observed{observed="open"} 3',
    'portreeve_observation_passes_total{outcome="failed"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).toMatch(/^process_resident_memory_bytes \d{6,}$/m)
  expect(text).toMatch(/^portreeve_event_loop_delay_p99_seconds [\d.e-]+$/m)
})

test('beyond loopback the metrics are for who may read', async () => {
  const { ask, signIn } = await client({ ...TCP, loopback: false } as typeof TCP)
  expect((await ask('GET', '/metrics')).status).toBe(401)
  expect((await ask('GET', '/metrics', { headers: await signIn() })).status).toBe(200)
})
