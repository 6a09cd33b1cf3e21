import { describe, expect, test } from 'vitest'

import { client } from '../../test/http/client.ts'
import { SmallFeed } from '../../test/http/small-desk.ts'
import { eventStream, type StreamOptions } from './events.ts'

function opened(feed: SmallFeed, options: Partial<StreamOptions> = {}) {
  const closing = new AbortController()
  const ends = { count: 0 }
  const stream = eventStream(feed, {
    since: null,
    heartbeatMs: 60_000,
    closing: closing.signal,
    mayStay: async () => true,
    ended: () => (ends.count += 1),
    ...options,
  })
  return { reader: stream.pipeThrough(new TextDecoderStream()).getReader(), closing, ends }
}

async function read(reader: ReadableStreamDefaultReader<string>, count: number): Promise<string[]> {
  const texts: string[] = []
  while (texts.length < count) {
    const { value, done } = await reader.read()
    if (done) break
    texts.push(value)
  }
  return texts
}

const ledger = (size: number) =>
  `id: ${size}\nevent: ledger\ndata: ${JSON.stringify({ size, types: ['sighting'], places: ['db-1'] })}\n\n`
const reset = 'event: reset\ndata: {}\n\n'

test('what is added to the ledger is told, with the size to resume from', async () => {
  const feed = new SmallFeed()
  const { reader } = opened(feed)
  feed.add(5)
  feed.add(6)
  expect(await read(reader, 3)).toEqual(['retry: 2000\n\n', ledger(5), ledger(6)])
})

test('a client that comes back hears what it missed, once', async () => {
  const feed = new SmallFeed()
  for (const size of [3, 4, 5]) feed.add(size)
  const { reader } = opened(feed, { since: 3 })
  feed.add(6)
  expect((await read(reader, 4)).slice(1)).toEqual([ledger(4), ledger(5), ledger(6)])
})

test('a client that was away for too long is told to read again', async () => {
  const feed = new SmallFeed()
  for (let size = 1; size <= 500; size++) feed.add(size)
  const { reader } = opened(feed, { since: 2 })
  expect((await read(reader, 2)).at(-1)).toBe(reset)
})

test('a slow client holds no more than a bounded queue, and is told to read again', async () => {
  const feed = new SmallFeed()
  const { reader } = opened(feed)
  for (let size = 1; size <= 10_000; size++) feed.add(size)
  feed.add(10_001)
  const texts: string[] = []
  while (texts.at(-1) !== ledger(10_001)) texts.push(...(await read(reader, 1)))
  expect(texts.length).toBeLessThan(300)
  const resets = texts.filter((text) => text.endsWith(reset))
  expect(resets).toHaveLength(1)
  // From the reset on nothing is missing.
  const after = texts.slice(texts.indexOf(resets[0] ?? '') + 1)
  const first = Number(/^id: (\d+)/.exec(resets[0] ?? '')?.[1])
  expect(after).toEqual(after.map((_, index) => ledger(first + 1 + index)))
})

describe('a stream ends, and is forgotten,', () => {
  test('when the server stops, after what was waiting', async () => {
    const feed = new SmallFeed()
    const { reader, closing, ends } = opened(feed)
    feed.add(1)
    closing.abort()
    expect(await read(reader, 9)).toEqual(['retry: 2000\n\n', ledger(1)])
    expect([feed.listeners, ends.count]).toEqual([0, 1])
  })

  test('when its client goes away while it waits', async () => {
    const feed = new SmallFeed()
    const { reader, closing, ends } = opened(feed)
    await read(reader, 1)
    await reader.cancel()
    closing.abort()
    expect([feed.listeners, ends.count]).toEqual([0, 1])
  })

  test('when its session has ended', async () => {
    const feed = new SmallFeed()
    const { reader, ends } = opened(feed, { heartbeatMs: 5, mayStay: async () => false })
    expect(await read(reader, 9)).toEqual(['retry: 2000\n\n'])
    expect([feed.listeners, ends.count]).toEqual([0, 1])
  })
})

test('a quiet stream beats, so that proxies and browsers keep it', async () => {
  const { reader } = opened(new SmallFeed(), { heartbeatMs: 5 })
  expect((await read(reader, 3)).slice(1)).toEqual([': beat\n\n', ': beat\n\n'])
})

describe('the endpoint', () => {
  test('is for who may read', async () => {
    const { ask } = await client()
    expect((await ask('GET', '/api/v1/events')).status).toBe(401)
  })

  test('resumes from Last-Event-ID, and from since where the page has just read', async () => {
    const { ask, signIn, world, closing } = await client()
    const headers = await signIn()
    for (const size of [3, 4]) world.feed.add(size)
    const streams = [
      await ask('GET', '/api/v1/events', { headers: { ...headers, 'last-event-id': '3' } }),
      await ask('GET', '/api/v1/events?since=3', { headers }),
    ]
    closing.abort()
    for (const stream of streams) {
      expect(stream.headers.get('content-type')).toBe('text/event-stream')
      expect(await stream.text()).toBe(`retry: 2000\n\n${ledger(4)}`)
    }
    expect((await ask('GET', '/api/v1/events?since=-1', { headers })).status).toBe(400)
  })

  test('ends the stream of somebody who signs out', async () => {
    const { ask, signIn, world } = await client()
    Object.assign(world, { heartbeatMs: 5 })
    const headers = await signIn()
    const fast = await client(undefined, world)
    const stream = await fast.ask('GET', '/api/v1/events', { headers })
    await ask('DELETE', '/api/v1/session', { headers })
    expect(await stream.text()).toContain('retry: 2000')
    expect(world.feed.listeners).toBe(0)
  })

  test('serves two hundred clients, and says so to the next', async () => {
    const { ask, signIn, closing, world } = await client()
    const headers = await signIn()
    const open = () => ask('GET', '/api/v1/events', { headers })
    const streams = await Promise.all(Array.from({ length: 200 }, open))
    expect(new Set(streams.map((stream) => stream.status))).toEqual(new Set([200]))
    expect((await open()).status).toBe(503)
    await streams[0]?.body?.cancel()
    expect((await open()).status).toBe(200)
    closing.abort()
    expect(world.feed.listeners).toBe(0)
  })

  test('a HEAD request leaves nothing behind', async () => {
    const { ask, signIn, world } = await client()
    expect((await ask('HEAD', '/api/v1/events', { headers: await signIn() })).status).toBe(200)
    expect(world.feed.listeners).toBe(0)
  })
})
