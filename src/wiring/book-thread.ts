import { parentPort, workerData } from 'node:worker_threads'

import type { Book } from '../actions/book.ts'
import { deskOf, OPERATOR } from '../actions/desk.ts'
import type { Alarm } from '../actions/freeze.ts'
import type { SealedState } from '../actions/lost-keys.ts'
import type { Scrubbed } from '../actions/scrub.ts'
import { closeSession, makeLink, openSession, sessionOf } from '../actions/sessions.ts'
import { statusCounts } from '../actions/status.ts'
import type { Desk } from '../api/operations.ts'
import type { Entry } from '../model/entry.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import { loadStore, openEnvironment, SOFTWARE, type Opened } from './environment.ts'
import {
  refusalData,
  THREAD_ITSELF,
  type Ask,
  type PassNews,
  type Question,
  type ThreadSettings,
  type Told,
} from './threads.ts'

/** The inside of a book's thread: opens it when it is asked to, then answers until it is told to stop. */
const settings = workerData as ThreadSettings
const port = parentPort
if (port === null) throw new Error('this file is the inside of a thread')

const tell = (told: Told): void => port.postMessage(told)
let opened: OpenThread | null = null
const loading = loadStore(settings)

port.on('message', (question: Question) => void answer(question))

interface OpenThread {
  readonly env: Opened
  readonly desk: Desk
  /** The index of the entry that froze something for it. */
  readonly preserve: (alarm: Alarm) => Promise<number | null>
  readonly stop: () => Promise<void>
}

async function answer(question: Question): Promise<void> {
  try {
    tell({ kind: 'answer', id: question.id, value: await answerTo(question) })
    if (question.method === 'stop') port?.close()
  } catch (error) {
    tell(errorTold(question.id, error))
  }
}

async function answerTo(ask: Ask): Promise<unknown> {
  if (ask.method === 'open') {
    opened = await open()
    return null
  }
  if (opened === null) throw new Error('a thread was asked before it was told to open the book')
  return answerFrom(opened, ask)
}

async function answerFrom(
  { env, desk, preserve, stop }: OpenThread,
  ask: Exclude<Ask, { method: 'open' }>,
): Promise<unknown> {
  switch (ask.method) {
    case 'call':
      return desk.call(ask.name, ask.input as never, ask.actor ?? OPERATOR)
    case 'enter':
      return openSession(env, ask.link)
    case 'sessionOf':
      return sessionOf(env, ask.token)
    case 'leave':
      return closeSession(env, ask.token)
    case 'firstLink':
      return makeLink(env, 'first')
    case 'counts':
      return statusCounts(env)
    case 'pulse':
      return env.pulse.set(ask.source, ask.at).size
    case 'alarm':
      return preserve(ask.alarm)
    case 'stop':
      return stop()
  }
  throw new Error(`a thread was asked something unknown: ${JSON.stringify(ask)}`)
}

async function open(): Promise<OpenThread> {
  await loading
  const env = await openEnvironment(settings, { readOnly: settings.role === 'reader' })
  if (settings.role === 'reader') return openReader(env)
  const { openBook } = await import('../actions/book.ts')
  const book = await openBook(env, SOFTWARE, {
    anchor: (anchor, name, state) => tell({ kind: 'anchor', anchor, name, state }),
    snapshot: {
      made: ({ index, size }, bytes) =>
        tell({ kind: 'snapshot', ok: true, fields: { entry: index, size, bytes } }),
      failed: (detail) => tell({ kind: 'snapshot', ok: false, fields: { detail } }),
    },
  })
  await book.guard()
  await book.announceStanding()
  await book.snapshots.resume()
  book.onCommit((entries, head) =>
    tell({ kind: 'commit', event: { size: head.size, types: typesOf(entries), places: placesOf(entries) } }),
  )
  // Questions are answered while the first pass is being made.
  const observing = settings.observe.host ? observe(env, book) : null
  const stop = async () => {
    await (await observing)?.stop()
    await book.close()
    await env.store.close()
  }
  const preserve = async (alarm: Alarm) => (await import('../actions/freeze.ts')).freezeOn(env, book, alarm)
  return { env, desk: deskOf(env, book), preserve, stop }
}

/** The reader has time: a look at a tile holds no entry up. */
async function openReader(env: Opened): Promise<OpenThread> {
  const { scrubLedger } = await import('./scrubbing.ts')
  const { sealedState } = await import('../actions/lost-keys.ts')
  const told = {
    scrubbed: (scrubbed: Scrubbed) => tell({ kind: 'scrub', scrubbed }),
    sealed: (sealed: SealedState) => tell({ kind: 'sealed', sealed }),
  }
  // Before anything is served: whoever starts a server without the keys is to know it at once.
  told.sealed(await sealedState(env))
  const scrubbing = scrubLedger(env, settings.ledger.scrubMs, told)
  const stop = async () => {
    await scrubbing.stop()
    await env.store.close()
  }
  return { env, desk: deskOf(env, null), preserve: async () => null, stop }
}

async function observe(env: Opened, book: Book): Promise<{ readonly stop: () => Promise<void> } | null> {
  const { observeHost } = await import('./observing.ts')
  const tellPass = (pass: PassNews): void => {
    if (pass.error === null) env.pulse.set(pass.source, pass.at)
    tell({ kind: 'pass', pass })
  }
  return observeHost(env, book, settings.observe.intervalMs, tellPass, tellEnd)
}

function tellEnd(error: unknown): void {
  tell(errorTold(THREAD_ITSELF, error))
}

function typesOf(entries: readonly Entry[]): Entry['type'][] {
  return [...new Set(entries.map((entry) => entry.type))]
}

function placesOf(entries: readonly Entry[]): string[] {
  const places = entries.map((entry) => (entry.body['place'] as { id?: unknown } | undefined)?.id)
  return [...new Set(places.filter((place) => typeof place === 'string'))]
}

function errorTold(id: number, error: unknown): Told {
  if (error instanceof Refusal) return { kind: 'refusal', id, refusal: refusalData(error) }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return {
    kind: 'fault',
    id,
    fatal: error instanceof Fatal,
    message,
    hint: error instanceof Fatal ? error.hint : null,
    stack: stack ?? message,
  }
}
