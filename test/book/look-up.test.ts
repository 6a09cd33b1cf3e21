import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { recordScan } from '../../src/actions/record-scan.ts'
import type { HostReader } from '../../src/discovery/host-reader.ts'
import type { Sighting } from '../../src/model/source.ts'
import { bookAt, type OpenBook } from '../support/book.ts'

test('a port shows what was seen in its own network namespace', async () => {
  const { desk } = await bookOf([
    listener({ net: 'net:1', address: '0.0.0.0' }),
    listener({ net: 'net:blue', address: '0.0.0.0' }),
    listener({ net: 'net:blue', address: '10.0.3.7' }),
  ])
  for (const [net, seen] of [
    ['net:1', 1],
    ['net:blue', 2],
  ] as const) {
    const port = `db-1/${net}/0.0.0.0:80/tcp`
    const { sightings, timeline } = await desk.call('showPort', { port })
    expect(sightings).toHaveLength(seen)
    expect(timeline).toHaveLength(seen)
    const { steps } = await desk.call('whyPort', { port })
    expect(steps.find(({ question }) => question === 'Who has seen it?')?.entries).toHaveLength(seen)
  }
})

test('a port is found by its address, however many others have its number', async () => {
  const addresses = Array.from({ length: 1_100 }, (_, n) => `10.0.${100 + (n >> 8)}.${n & 255}`)
  const { desk } = await bookOf(addresses.map((address) => listener({ address })))
  const last = addresses.toSorted().at(-1)!
  const { port } = await desk.call('showPort', { port: `${last}:80/tcp` })
  expect(port.id).toBe(`db-1/net:1/${last}:80/tcp`)
  await expect(desk.call('showPort', { port: '10.9.9.9:80/tcp' })).rejects.toMatchObject({
    code: 'not-found',
  })
})

/** The book of one host, on which these are open. */
async function bookOf(sightings: readonly Sighting[]): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-look-up-'))
  const open = await bookAt(data)
  onTestFinished(async () => {
    await open.close()
    rmSync(data, { recursive: true })
  })
  await recordScan({ ...open.env, host: hostWith(sightings) }, open.book, { paths: [] })
  return open
}

function hostWith(sightings: readonly Sighting[]): HostReader {
  const place = {
    kind: 'host',
    name: 'db-1',
    identity: 'id-1',
    names: [],
    addresses: [],
    realm: 'default',
  } as const
  const source = { name: 'linux-host:db-1', kind: 'linux-host', vantage: 'on-host', digest: null } as const
  return {
    read: async () => ({
      source,
      at: null,
      complete: true,
      places: [{ place, sightings, absent: [] }],
      notes: [],
    }),
    prove: async () => ({ build: 'sha256:00', privileges: 'root', clock: 'unknown', knownAnswer: 'passed' }),
  }
}

function listener(values: Partial<Sighting>): Sighting {
  return {
    net: 'net:1',
    transport: 'tcp',
    address: '0.0.0.0',
    device: null,
    port: 80,
    last: 80,
    state: 'open',
    family: 'ipv4',
    service: null,
    owners: [],
    workload: null,
    flags: [],
    count: 1,
    span: null,
    detail: null,
    ...values,
  }
}
