import { parentPort, workerData } from 'node:worker_threads'

import { openBook, type Book } from '../actions/book.ts'
import { deskOf, OPERATOR } from '../actions/desk.ts'
import { Observer } from '../actions/observe.ts'
import { closeSession, makeLink, openSession, sessionOf } from '../actions/sessions.ts'
import { statusCounts } from '../actions/status.ts'
import type { Desk } from '../api/operations.ts'
import type { Entry } from '../model/entry.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import { openEnvironment, SOFTWARE, type Opened } from './environment.ts'
import { refusalData, type Ask, type Question, type ThreadSettings, type Told } from './threads.ts'

/** The inside of a book's thread: opens it, then answers until it is told to stop. */
const settings = workerData as ThreadSettings
const port = parentPort
if (port === null) throw new Error('this file is the inside of a thread')

const tell = (told: Told): void => port.postMessage(told)
const env = await openEnvironment(settings, { readOnly: settings.role === 'reader' })
const book = settings.role === 'writer' ? await openBook(env, SOFTWARE) : null
const desk = deskOf(env, book)
const observing = book === null ? null : await observe(env, book)
book?.onCommit((entries, head) => tell({ kind: 'commit', event: { size: head.size, types: typesOf(entries), places: placesOf(entries) } }))

port.on('message', (question: Question) => void answer(question))
tell({ kind: 'ready' })

async function answer(question: Question): Promise<void> {
  try {
    tell({ kind: 'answer', id: question.id, value: await answerTo(question, desk, env) })
    if (question.method === 'stop') port?.close()
  } catch (error) {
    tell(errorTold(question.id, error))
  }
}

function answerTo(ask: Ask, desk: Desk, env: Opened): Promise<unknown> | unknown {
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
      return void env.pulse.set(ask.source, ask.at)
    case 'stop':
      return stop()
  }
}

async function stop(): Promise<void> {
  await observing?.stop()
  await book?.close()
  await env.store.close()
}

/** Passes one after the other for as long as the thread lives; a pass that fails is told and tried again. */
async function observe(env: Opened, book: Book): Promise<{ stop: () => Promise<void> } | null> {
  if (!settings.observe.host || env.host === null) return null
  const observer = new Observer(env, env.host, book, settings.observe.intervalMs)
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  const turn = async (pass: () => Promise<{ at: string; source: string; milliseconds: number; complete: boolean }>): Promise<void> => {
    const began = Date.now()
    try {
      const { at, source, milliseconds, complete } = await pass()
      env.pulse.set(source, at)
      tell({ kind: 'pass', pass: { at, source, milliseconds, complete, error: null } })
    } catch (error) {
      if (error instanceof Fatal) throw error
      tell({ kind: 'pass', pass: { at: env.now(), source: '', milliseconds: 0, complete: false, error: String(error) } })
    }
    const wait = Math.max(0, settings.observe.intervalMs - (Date.now() - began))
    if (!stopped) timer = setTimeout(() => (running = turn(() => observer.pass())), wait)
  }
  let running = turn(() => observer.start())
  await running
  return {
    stop: async () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await running
      await observer.stop()
    },
  }
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
  return { kind: 'fault', id, fatal: error instanceof Fatal, message, hint: error instanceof Fatal ? error.hint : null, stack: stack ?? message }
}
