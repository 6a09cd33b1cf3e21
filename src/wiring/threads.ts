import { Worker } from 'node:worker_threads'

import type { Alarm } from '../actions/freeze.ts'
import type { SealedState } from '../actions/lost-keys.ts'
import type { Scrubbed } from '../actions/scrub.ts'
import type { ServerDesk } from '../api/desk.ts'
import { OPERATIONS, type Actor, type Input, type OperationName, type Output } from '../api/operations.ts'
import type { LedgerEvent } from '../api/views.ts'
import type { AnchorKind, AnchorState } from '../ledger/anchor-rows.ts'
import type { Instant } from '../model/port.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import type { Settings } from './settings.ts'

/**
 * The book in two threads of its own: one writes and observes, one answers questions. The thread that speaks HTTP
 * never waits for a disk, a parser or a large answer.
 */
export interface ThreadSettings extends Settings {
  readonly role: 'writer' | 'reader'
}

export type Ask =
  | { readonly method: 'open' }
  | {
      readonly method: 'call'
      readonly name: OperationName
      readonly input: unknown
      readonly actor: Actor | undefined
    }
  | { readonly method: 'enter'; readonly link: string }
  | { readonly method: 'sessionOf'; readonly token: string }
  | { readonly method: 'leave'; readonly token: string }
  | { readonly method: 'firstLink' }
  | { readonly method: 'counts' }
  | { readonly method: 'alarm'; readonly alarm: Alarm }
  | { readonly method: 'stop' }
  | { readonly method: 'pulse'; readonly source: string; readonly at: Instant }

/** In place of a question's id: what is told concerns the thread as a whole, from its beginning on. */
export const THREAD_ITSELF = 0

export type Question = { readonly id: number } & Ask

export type Told =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly refusal: RefusalData }
  | {
      readonly kind: 'fault'
      readonly id: number
      readonly fatal: boolean
      readonly message: string
      readonly hint: string | null
      readonly stack: string
    }
  | { readonly kind: 'commit'; readonly event: LedgerEvent }
  | { readonly kind: 'pass'; readonly pass: PassNews }
  | { readonly kind: 'scrub'; readonly scrubbed: Scrubbed }
  | { readonly kind: 'sealed'; readonly sealed: SealedState }
  | {
      readonly kind: 'snapshot'
      readonly fields: Readonly<Record<string, string | number>>
      readonly ok: boolean
    }
  | {
      readonly kind: 'anchor'
      readonly anchor: AnchorKind
      readonly name: string
      readonly state: AnchorState
    }

export interface RefusalData {
  readonly code: Refusal['code']
  readonly message: string
  readonly hint: string | null
  readonly faults: Refusal['faults']
}

export interface PassNews {
  readonly at: Instant
  readonly source: string
  readonly milliseconds: number
  readonly complete: boolean
  readonly error: string | null
}

/**
 * What is new in a thread's memory, in MB: a third of what Node leaves to it. Every thread fills its own before it
 * clears it, and rows that are read or written live for a moment: a server that has just started is 12 MB smaller.
 */
const LIMITS = { maxYoungGenerationSizeMb: 16 }

/** One thread as something to ask. */
export class BookThread {
  readonly #worker: Worker
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (reason: unknown) => void }
  >()
  readonly #news: (told: Told) => void
  readonly #onEnd: (error: Error) => void
  #next = THREAD_ITSELF + 1
  #isOpen = false

  constructor(
    script: URL,
    settings: ThreadSettings,
    news: (told: Told) => void,
    onEnd: (error: Error) => void,
  ) {
    this.#news = news
    this.#onEnd = onEnd
    this.#worker = new Worker(script, { workerData: settings, resourceLimits: LIMITS })
    this.#worker.on('message', (told: Told) => this.#hear(told))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', (code) => {
      if (code !== 0) this.#fail(new Fatal(`the ${settings.role} thread ended with ${code}`))
    })
  }

  /** The thread loads its code from the start; the book is opened now. */
  async open(): Promise<void> {
    await this.ask({ method: 'open' })
    this.#isOpen = true
  }

  ask<T>(ask: Ask): Promise<T> {
    const id = this.#next++
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin, only windows do
      this.#worker.postMessage({ id, ...ask } as Question)
    })
  }

  /** Ends it where it stands; what it had not committed is as if it had not begun. */
  async end(): Promise<void> {
    this.#worker.removeAllListeners()
    await this.#worker.terminate()
  }

  #hear(told: Told): void {
    if (told.kind === 'answer') return this.#settle(told.id, (waiting) => waiting.resolve(told.value))
    if (told.kind === 'refusal')
      return this.#settle(told.id, (waiting) => waiting.reject(revive(told.refusal)))
    if (told.kind === 'fault' && told.id === THREAD_ITSELF) return this.#fail(reviveFault(told))
    if (told.kind === 'fault') return this.#settle(told.id, (waiting) => waiting.reject(reviveFault(told)))
    this.#news(told)
  }

  #settle(
    id: number,
    how: (waiting: { resolve: (value: unknown) => void; reject: (reason: unknown) => void }) => void,
  ): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (waiting !== undefined) how(waiting)
  }

  #fail(error: Error): void {
    const opening = !this.#isOpen
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
    if (!opening) this.#onEnd(error)
  }
}

/** Operations that only read go to the reading thread; all else, and whoever needs the newest word, to the writer. */
export function threadedDesk(writer: BookThread, reader: BookThread): ServerDesk {
  return {
    call<N extends OperationName>(name: N, input: Input<N>, actor?: Actor): Promise<Output<N>> {
      const thread = OPERATIONS[name].method === 'GET' ? reader : writer
      return thread.ask<Output<N>>({ method: 'call', name, input, actor })
    },
    enter: (link) => writer.ask({ method: 'enter', link }),
    sessionOf: (token) => reader.ask({ method: 'sessionOf', token }),
    leave: (token) => writer.ask({ method: 'leave', token }),
  }
}

export function refusalData(refusal: Refusal): RefusalData {
  return { code: refusal.code, message: refusal.message, hint: refusal.hint, faults: refusal.faults }
}

function revive(data: RefusalData): Refusal {
  return new Refusal(data.code, data.message, {
    ...(data.hint === null ? {} : { hint: data.hint }),
    faults: data.faults,
  })
}

function reviveFault(told: Extract<Told, { kind: 'fault' }>): Error {
  const error = told.fatal
    ? new Fatal(told.message, told.hint === null ? {} : { hint: told.hint })
    : new Error(told.message)
  error.stack = told.stack
  return error
}
