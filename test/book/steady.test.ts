import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { Book, openBook } from '../../src/actions/book.ts'
import type { Environment } from '../../src/actions/environment.ts'
import { Observer } from '../../src/actions/observe.ts'
import { provenUdp, socketSightings } from '../../src/discovery/socket-sightings.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { bookAt, type OpenBook } from '../support/book.ts'
import { holder, hostOf, listening, type Scene } from '../support/host.ts'

test('a change that could not be written is written by the next pass', async () => {
  const open = await opened()
  const scene: Scene = { sightings: [listening({ port: 80 })] }
  const away = failing(open.env)
  const book = new Book(away.env, await originOf(open), 'portreeve/test')
  const observer = new Observer(away.env, hostOf(scene), book, 5_000)
  await observer.start()
  scene.sightings = [80, 9000].map((port) => listening({ port }))
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
  const sightings = [80, 81].map((port) => listening({ port }))
  const scene: Scene = { sightings, knownAnswer: 'failed: opened and not seen as our own' }
  const observer = new Observer(open.env, hostOf(scene), open.book, 5_000)
  await observer.start()
  scene.sightings = sightings.slice(0, 1)
  await observer.pass()
  const { ports } = await open.desk.call('listPorts', { observed: 'open' })
  expect(ports.map(({ port }) => port)).toEqual([80, 81])
})

test("a port that closed is noticed although one of its program's many others took its place", async () => {
  const open = await opened()
  const scene: Scene = { sightings: [] }
  const clock = { at: Date.parse('2026-11-26T10:00:00.000Z') }
  const env = { ...open.env, now: () => new Date(clock.at).toISOString() }
  const observer = new Observer(env, hostOf(scene), open.book, 5_000)
  const seen = async (seconds: number, ports: readonly number[]) => {
    clock.at += seconds * 1000
    show(scene, ports)
    await observer.pass()
    const { ports: rows } = await open.desk.call('listPorts', { observed: 'open' })
    return rows.map(({ port }) => port).includes(40_001)
  }
  show(scene, [40_001])
  await observer.start()
  expect(await seen(61, [40_001])).toBe(true)
  expect(await seen(5, [40_001, 40_002, 40_003, 40_004])).toBe(true)
  expect(await seen(5, [40_002, 40_003, 40_004, 40_005])).toBe(false)
})

test('a checkpoint that could not be saved is made again, and writing goes on', async () => {
  const open = await opened()
  const away = failing(open.env)
  const book = new Book(away.env, await originOf(open), 'portreeve/test')
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

const ephemeral = () => ({ first: 32_768, last: 60_999 })

/** One program with a UDP socket on each of these ports, which the system may have chosen. */
function show(scene: Scene, ports: readonly number[]): void {
  const owners = [holder('resolver')]
  const sockets = ports.map((port, inode) => ({ ...UDP, port, inode, owners }))
  scene.sightings = socketSightings(sockets, { ephemeral, file: null })
  scene.absent = [{ net: '*', transport: 'udp', ports: provenUdp(sockets, ephemeral), addresses: null }]
}

const UDP = {
  net: 'net:1',
  transport: 'udp',
  address: '0.0.0.0',
  device: null,
  family: 'ipv4',
  uid: null,
  cgroup: null,
  flags: [],
  line: null,
  detail: null,
} as const

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
