import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { Book, openBook } from '../../src/actions/book.ts'
import type { Environment } from '../../src/actions/environment.ts'
import { Observer } from '../../src/actions/observe.ts'
import type { HostReader } from '../../src/discovery/host-reader.ts'
import type { Reading, Sighting } from '../../src/model/source.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { bookAt, type OpenBook } from '../support/book.ts'

test('a change that could not be written is written by the next pass', async () => {
  const open = await opened()
  const host = hostWith([80])
  const away = failing(open.env)
  const observer = new Observer(away.env, host, new Book(away.env, await originOf(open)), 5_000)
  await observer.start()
  host.ports.push(9000)
  away.fails = true
  await expect(observer.pass()).rejects.toThrow('the database is away')
  away.fails = false
  await observer.pass()
  const { ports } = await open.desk.call('listPorts', {})
  expect(ports.map(({ port, observed }) => [port, observed])).toEqual([
    [80, 'open'],
    [9000, 'open'],
  ])
})

test('a collector that did not see its own listener closes nothing', async () => {
  const open = await opened()
  const host = hostWith([80, 81], 'failed: opened and not seen as our own')
  const observer = new Observer(open.env, host, open.book, 5_000)
  await observer.start()
  host.ports.pop()
  await observer.pass()
  const { ports } = await open.desk.call('listPorts', { observed: 'open' })
  expect(ports.map(({ port }) => port)).toEqual([80, 81])
})

test('a checkpoint that could not be saved is made again, and writing goes on', async () => {
  const open = await opened()
  const away = failing(open.env)
  const book = new Book(away.env, await originOf(open))
  await book.append(async () => [zone(open.env, 'first')])
  away.fails = true
  await delay(300)
  away.fails = false
  await book.append(async () => [zone(open.env, 'second')])
  await book.close()
  expect(await open.env.store.read.checkpoint()).toContain('\n3\n')
})

test('of two requests with one key in one moment the second gets the answer of the first, and a third is untouched', async () => {
  const open = await opened()
  const draft = zone(open.env, 'same')
  const idempotent = { idempotent: true }
  const [one, two, three] = await Promise.all([
    open.book.append(async () => [draft], idempotent),
    open.book.append(async () => [draft], idempotent),
    open.book.append(async () => [zone(open.env, 'other')]),
  ])
  expect(two).toEqual({ indexes: one.indexes, repeated: true })
  expect(three.repeated).toBe(false)
})

test('another history of the same length or more is refused by the pin', async () => {
  const open = await opened()
  await open.book.append(async () => [zone(open.env, 'ours')])
  await open.book.close()
  const pinned = { size: 2, root: new Uint8Array(32).fill(7) }
  await open.book.append(async () => [zone(open.env, 'more')])
  const key = { ...open.env.key, pinned: async () => pinned }
  await expect(openBook({ ...open.env, key }, 'portreeve/test')).rejects.toMatchObject({
    code: 'ledger-fork',
  })
})

async function opened(): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-steady-'))
  const open = await bookAt(data)
  onTestFinished(async () => {
    await open.close()
    rmSync(data, { recursive: true })
  })
  return open
}

async function originOf({ env }: OpenBook): Promise<string> {
  return (await env.store.read.head())?.origin ?? ''
}

/** The same book through a store that refuses transactions while `fails`. */
function failing(real: Environment): { env: Environment; fails: boolean } {
  const state = { fails: false } as { env: Environment; fails: boolean }
  const transact: Environment['store']['transact'] = (work) =>
    state.fails
      ? Promise.reject(new Refusal('unreachable', 'the database is away'))
      : real.store.transact(work)
  state.env = { ...real, store: { ...real.store, transact } }
  return state
}

function zone(env: Environment, name: string) {
  const id = Buffer.from(env.random(16)).toString('hex')
  const body = { kind: 'Zone', name, spec: { level: 'vpc' }, position: null, by: 'test' }
  return { id, type: 'declaration' as const, at: '2026-11-23T10:00:00.000Z', body, personal: [] }
}

function hostWith(ports: number[], knownAnswer = 'passed'): HostReader & { readonly ports: number[] } {
  return {
    ports,
    read: async () => reading(ports),
    prove: async () => ({ build: 'sha256:00', privileges: 'root', clock: 'unknown', knownAnswer }),
  }
}

function reading(ports: readonly number[]): Reading {
  const place = {
    kind: 'host',
    name: 'db-1',
    identity: 'id-1',
    names: [],
    addresses: [],
    realm: 'default',
  } as const
  const absent = [
    { net: '*', transport: 'tcp', ports: [{ first: 1, last: 65_535 }], addresses: null },
  ] as const
  return {
    source: {
      name: 'linux-host:db-1',
      kind: 'linux-host',
      vantage: 'on-host',
      digest: `sha256:${ports.join()}`,
    },
    at: null,
    complete: true,
    places: [{ place, sightings: ports.map(listener), absent }],
    notes: [],
  }
}

function listener(port: number): Sighting {
  return {
    net: 'net:1',
    transport: 'tcp',
    address: '0.0.0.0',
    device: null,
    port,
    last: port,
    state: 'open',
    family: 'ipv4',
    service: null,
    owners: [],
    workload: null,
    flags: [],
    count: 1,
    span: null,
    detail: null,
  }
}
