import { parentPort, workerData } from 'node:worker_threads'

import { openBook, type Book } from '../actions/book.ts'
import { deskOf, OPERATOR } from '../actions/desk.ts'
import { closeSession, makeLink, openSession, sessionOf } from '../actions/sessions.ts'
import { statusCounts } from '../actions/status.ts'
import type { Desk } from '../api/operations.ts'
import type { Entry } from '../model/entry.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import { openEnvironment, SOFTWARE, type Opened } from './environment.ts'
import { observeHost } from './observing.ts'
import { refusalData, THREAD_ITSELF, type Ask, type PassNews, type Question, type ThreadSettings, type Told } from './threads.ts'

/** The inside of a book's thread: opens it, then answers until it is told to stop. */
const settings = workerData as ThreadSettings
const port = parentPort
if (port === null) throw new Error('this file is the inside of a thread')

const tell = (told: Told): void => port.postMessage(told)
const env = await beginning(openEnvironment(settings, { readOnly: settings.role === 'reader' }))
const book = settings.role === 'writer' ? await beginning(openBook(env, SOFTWARE)) : null
const desk = deskOf(env, book)
const observing = book === null || !settings.observe.host ? null : await beginning(observe(env, book))
book?.onCommit((entries, head) =>
  tell({ kind: 'commit', event: { size: head.size, types: typesOf(entries), places: placesOf(entries) } }),
)

port.on('message', (question: Question) => void answer(question))
tell({ kind: 'ready' })

function observe(env: Opened, book: Book): ReturnType<typeof observeHost> {
  return observeHost(env, book, settings.observe.intervalMs, tellPass, (error) => tell(errorTold(THREAD_ITSELF, error)))
}

function tellPass(pass: PassNews): void {
  if (pass.error === null) env.pulse.set(pass.source, pass.at)
  tell({ kind: 'pass', pass })
}

/** What cannot begin is told like any answer: an error that ends a thread loses its class on the way out. */
function beginning<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    tell(errorTold(THREAD_ITSELF, error))
    return process.exit(0)
  })
}

async function answer(question: Question): Promise<void> {
  try {
    tell({ kind: 'answer', id: question.id, value: await answerTo(question, desk, env) })
    if (question.method === 'stop') port?.close()
  } catch (error) {
    tell(errorTold(question.id, error))
  }
}

async function answerTo(ask: Ask, desk: Desk, env: Opened): Promise<unknown> {
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
      env.pulse.set(ask.source, ask.at)
      return null
    case 'stop':
      await stop()
      return null
  }
}

async function stop(): Promise<void> {
  await observing?.stop()
  await book?.close()
  await env.store.close()
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
