import { randomBytes } from 'node:crypto'

import type { Environment } from '../../src/actions/environment.ts'
import { closeSession, makeLink, openSession, sessionOf } from '../../src/actions/sessions.ts'
import type { EventFeed, ServerDesk, ServerStatus } from '../../src/api/desk.ts'
import type { Actor, Input, OperationName, Output } from '../../src/api/operations.ts'
import type { LedgerEvent } from '../../src/api/views.ts'
import { readConsole } from '../../src/http/console.ts'
import { requestMetrics } from '../../src/http/metrics.ts'
import type { World } from '../../src/http/world.ts'
import { jsonLog } from '../../src/lib/log.ts'
import type { DeskRows } from '../../src/model/desk.ts'
import { Fatal, Refusal } from '../../src/model/refusal.ts'

/** Everything that happened, for tests to look at. */
export interface SmallWorld extends Omit<World, 'closing'> {
  readonly calls: { readonly name: string; readonly input: unknown; readonly actor: string | null }[]
  readonly logged: string[]
  readonly fatal: Fatal[]
  readonly feed: SmallFeed
  /** Documents by name. */
  readonly documents: Map<string, string>
  readonly makeLink: () => Promise<string>
}

/**
 * A server over a book that is a map in memory: real sessions, documents that can be declared (with idempotency)
 * and closed, ports by name, entries by number. `not-a-port` breaks as a bug would, `no-disk` as a full disk.
 */
export async function smallWorld(): Promise<SmallWorld> {
  const env = environment()
  const calls: SmallWorld['calls'] = []
  const documents = new Map<string, string>()
  const keys = new Map<string, string>()
  const logged: string[] = []
  const fatal: Fatal[] = []

  const answers: { [N in OperationName]?: (input: Input<N>) => unknown } = {
    declare: ({ files, dryRun, idempotencyKey }) => {
      const text = JSON.stringify(files)
      if (idempotencyKey !== undefined && (keys.get(idempotencyKey) ?? text) !== text) {
        throw new Refusal('idempotency-conflict', 'the key was used for something else')
      }
      if (idempotencyKey !== undefined) keys.set(idempotencyKey, text)
      const broken = files.find((file) => file.text.includes('\t'))
      if (broken !== undefined) {
        throw new Refusal('document-invalid', 'a document is not valid', {
          hint: 'use spaces',
          faults: [{ message: 'a tab', position: { file: broken.name, line: 1, column: 2 }, hint: null }],
        })
      }
      if (dryRun !== true) for (const file of files) documents.set(file.name, file.text)
      const declared = files.map(({ name }) => ({
        kind: 'Port',
        name,
        change: 'new',
        index: dryRun === true ? null : 7,
      }))
      return { mode: 'documenting', declared, findings: [] }
    },
    closeRecord: ({ name }) => {
      if (!documents.delete(name)) throw new Refusal('not-found', `there is no document ${name}`)
      return { index: 8 }
    },
    listDocuments: () => ({ documents: [], asOf: null }),
    listFindings: () => ({ findings: [], next: null, asOf: null }),
    listEntries: () => ({ size: 9, entries: [], next: null }),
    portFacets: () => ({ values: [{ value: 'team/billing', count: documents.size }] }),
    rebuild: () => ({ entries: 9, milliseconds: 1, identical: true, from: null, passedOver: [] }),
    showPort: ({ port }) => {
      if (port === 'not-a-port') throw new TypeError('secret-of-the-process is undefined')
      if (port === 'no-disk') throw new Fatal('the disk is full', { hint: 'make room and start again' })
      throw new Refusal('not-found', `there is no port ${port}`, { hint: 'portreeve ports lists them' })
    },
  }

  const desk: ServerDesk = {
    call: async <N extends OperationName>(name: N, input: Input<N>, actor?: Actor) => {
      calls.push({ name, input, actor: actor?.id ?? null })
      if (name === 'makeLink') return (await makeLink(env)) as unknown as Output<N>
      const answer = answers[name]
      if (answer === undefined) throw new Refusal('unsupported', 'not in this small book')
      return answer(input) as Output<N>
    },
    enter: (link) => openSession(env, link),
    sessionOf: (token) => sessionOf(env, token),
    leave: (token) => closeSession(env, token),
  }

  return {
    desk,
    feed: new SmallFeed(),
    status: async () => STATUS,
    console: await readConsole('/nonexistent'),
    log: jsonLog({ write: (line) => logged.push(line), now, level: 'debug' }),
    onFatal: (error) => fatal.push(error),
    metrics: requestMetrics(),
    heartbeatMs: 15_000,
    publicLedger: false,
    calls,
    logged,
    fatal,
    documents,
    makeLink: async () => (await makeLink(env)).link,
  }
}

const now = (): string => '2026-03-02T10:00:00.000Z'

const STATUS: ServerStatus = {
  store: 'answers',
  observer: 'observing',
  ledgerSize: 9,
  ledger: 'sound',
  sealed: { values: 0, lost: 0 },
  scrubs: { sound: 3, damaged: 0 },
  observed: { open: 3, closed: 1 },
  documented: { none: 4 },
  passes: { complete: 2, partial: 0, failed: 1, lastSeconds: 0.04 },
}

/** Remembers the last hundred events. */
export class SmallFeed implements EventFeed {
  readonly #listeners = new Set<(event: LedgerEvent) => void>()
  readonly #events: LedgerEvent[] = []

  get listeners(): number {
    return this.#listeners.size
  }

  add(size: number): void {
    const event: LedgerEvent = { size, types: ['sighting'], places: ['db-1'] }
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event)
  }

  subscribe(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  since(size: number): readonly LedgerEvent[] | null {
    const kept = this.#events.slice(-100)
    if (this.#events.length > 100 && (kept[0]?.size ?? 0) > size + 1) return null
    return kept.filter((event) => event.size > size)
  }
}

function environment(): Environment {
  const rows = new Map<string, string>()
  const desk: DeskRows = {
    get: async (space, key) => rows.get(`${space}/${key}`) ?? null,
    put: async (space, key, value) => void rows.set(`${space}/${key}`, value),
    take: async (space, key) => {
      const value = rows.get(`${space}/${key}`) ?? null
      rows.delete(`${space}/${key}`)
      return value
    },
    remove: async (space, key) => void rows.delete(`${space}/${key}`),
  }
  const store = {
    read: { desk },
    transact: async (work: (tx: unknown) => Promise<unknown>) => work({ desk }),
  }
  const parts = { now: () => new Date().toISOString(), random: (bytes: number) => randomBytes(bytes), store }
  return parts as unknown as Environment
}
