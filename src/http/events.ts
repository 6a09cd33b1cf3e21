import type { EventFeed } from '../api/desk.ts'
import type { LedgerEvent } from '../api/views.ts'
import { Refusal } from '../model/refusal.ts'
import { authorize, callerOf } from './caller.ts'
import { Outbox } from './outbox.ts'
import type { Door, RequestContext, World } from './world.ts'

/** Events that wait for one client. More, and it is told to read everything again instead. */
const QUEUE = 256
const MOST_CLIENTS = 200

/**
 * `GET /api/v1/events`, server-sent events: `ledger` (data: LedgerEvent, id: the ledger's size) and `reset` (the
 * client missed something and must read again). Resumes from `Last-Event-ID`, or from `?since=SIZE`.
 */
export function eventsHandler(world: World, door: Door): (c: RequestContext) => Promise<Response> {
  let clients = 0
  return async (c) => {
    c.set('route', 'events')
    c.set('caller', await callerOf(c, world, door))
    authorize({ capability: 'read' }, c.get('caller'))
    const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }
    // Nobody would ever read, or end, the stream of a HEAD request.
    if (c.req.raw.method === 'HEAD') return c.body(null, { headers })
    const since = resumePoint(c)
    if (clients >= MOST_CLIENTS) throw tooMany()
    clients += 1
    const stream = eventStream(world.feed, {
      since,
      heartbeatMs: world.heartbeatMs,
      closing: world.closing,
      mayStay: async () => (await callerOf(c, world, door)).kind !== 'nobody',
      ended: () => (clients -= 1),
    })
    return c.body(stream, { headers })
  }
}

export interface StreamOptions {
  /** Ledger size that the client knows; null: from now on. */
  readonly since: number | null
  readonly heartbeatMs: number
  readonly closing: AbortSignal
  /** Asked at each heartbeat, so that a session that has ended ends its streams. */
  readonly mayStay: () => Promise<boolean>
  readonly ended: () => void
}

export function eventStream(feed: EventFeed, options: StreamOptions): ReadableStream<Uint8Array> {
  const outbox = new Outbox(QUEUE)
  outbox.put('retry: 2000\n\n', RESET)
  // No await between the two: what happened in between would be lost.
  const unsubscribe = feed.subscribe((event) => put(outbox, event))
  catchUp(outbox, feed, options.since)

  const heart = setInterval(() => void beat(), options.heartbeatMs).unref()
  const beat = async () => {
    const stays = await options.mayStay().catch(() => false)
    if (!stays) end()
    else if (outbox.empty) outbox.put(': beat\n\n', RESET)
  }
  const end = once(() => {
    unsubscribe()
    clearInterval(heart)
    options.closing.removeEventListener('abort', end)
    options.ended()
    outbox.close()
  })
  if (options.closing.aborted) end()
  else options.closing.addEventListener('abort', end)
  return readable(outbox, end)
}

/** Nothing leaves the outbox before the socket asks for it: a mark of 0 keeps the stream from reading ahead. */
function readable(outbox: Outbox, end: () => void): ReadableStream<Uint8Array> {
  let state: 'open' | 'cancelled' = 'open'
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const text = await outbox.take()
        if (text !== null) controller.enqueue(new TextEncoder().encode(text))
        else if (state === 'open') controller.close()
      },
      cancel() {
        state = 'cancelled'
        end()
      },
    },
    { highWaterMark: 0 },
  )
}

function catchUp(outbox: Outbox, feed: EventFeed, since: number | null): void {
  const missed = since === null ? [] : feed.since(since)
  if (missed === null) outbox.put(RESET, RESET)
  else for (const event of missed) put(outbox, event)
}

function put(outbox: Outbox, event: LedgerEvent): void {
  outbox.put(
    `id: ${event.size}\nevent: ledger\ndata: ${JSON.stringify(event)}\n\n`,
    `id: ${event.size}\n${RESET}`,
  )
}

function once(work: () => void): () => void {
  let state: 'due' | 'done' = 'due'
  return () => {
    if (state === 'due') work()
    state = 'done'
  }
}

const RESET = 'event: reset\ndata: {}\n\n'

/** EventSource sends `Last-Event-ID` only when it reconnects; a page that has just read size N says `?since=N`. */
function resumePoint(c: RequestContext): number | null {
  const text = c.req.header('last-event-id') ?? c.req.query('since')
  if (text === undefined || text === '') return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Refusal('bad-input', 'since and Last-Event-ID are sizes of the ledger')
}

function tooMany(): Refusal {
  return new Refusal('book-busy', `${MOST_CLIENTS} clients listen to events already`, {
    hint: 'close some tabs',
  })
}
