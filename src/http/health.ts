import { setTimeout as delay } from 'node:timers/promises'

import type { Hono } from 'hono'

import type { ServerStatus } from '../api/desk.ts'
import { EXPOSITION } from '../lib/metrics.ts'
import { authorize, callerOf } from './caller.ts'
import type { Door, RequestContext, Shared, World } from './world.ts'

const PATIENCE_MS = 2000
/** Probes come without a session, and counting a large book is work: nobody gets it done more often than this. */
const REMEMBERED_MS = 1000

/** Liveness and readiness. They say nothing about the book, so a probe needs neither our name nor a session. */
export function addProbes(app: Hono<Shared>, status: Status): void {
  app.get('/healthz', (c) => {
    c.set('route', 'healthz')
    return c.text('ok\n')
  })
  app.get('/readyz', async (c) => {
    c.set('route', 'readyz')
    const answer = await status()
    const { store, observer, ledger } = answer ?? UNANSWERED
    const sealed = answer === null ? null : sealedWord(answer.sealed)
    // A silent observer is a finding of the book, not a reason to take the server out of service. A ledger that is not
    // the one that was signed is: what is read from it could be wrong.
    // Where every key of persons' values is missing, this server was given the wrong folder, or the folder is lost.
    const isReady = store === 'answers' && ledger === 'sound' && sealed !== 'lost'
    return c.json({ store, observer, ledger, sealed }, isReady ? 200 : 503)
  })
}

function sealedWord({ values, lost }: ServerStatus['sealed']): 'open' | 'partly lost' | 'lost' {
  if (lost === 0) return 'open'
  return lost < values ? 'partly lost' : 'lost'
}

const UNANSWERED = { store: 'silent', observer: null, ledger: null } as const

/** Open on loopback, where a scraper of the same machine asks; beyond it, for who may read. */
export function addMetrics(app: Hono<Shared>, world: World, door: Door, status: Status): void {
  app.get('/metrics', async (c: RequestContext) => {
    c.set('route', 'metrics')
    if (door.kind === 'tcp' && !door.loopback) {
      c.set('caller', await callerOf(c, world, door))
      authorize({ capability: 'read' }, c.get('caller'))
    }
    return c.body(world.metrics.text((await status()) ?? SILENT), { headers: { 'content-type': EXPOSITION } })
  })
}

/** Null where the store does not answer in time, or not at all. */
export type Status = () => Promise<ServerStatus | null>

/** Asks once for all who ask within a second. */
export function sharedStatus(world: World): Status {
  let asked: { readonly at: number; readonly answer: Promise<ServerStatus | null> } | null = null
  return async () => {
    const now = performance.now()
    if (asked === null || now - asked.at > REMEMBERED_MS) asked = { at: now, answer: inTime(world.status()) }
    return asked.answer
  }
}

async function inTime(answer: Promise<ServerStatus>): Promise<ServerStatus | null> {
  const answered = new AbortController()
  const late = delay(PATIENCE_MS, null, { signal: answered.signal, ref: false }).catch(() => null)
  const result = await Promise.race([answer.catch(() => null), late])
  answered.abort()
  return result
}

const SILENT: ServerStatus = {
  store: 'silent',
  observer: 'off',
  ledgerSize: 0,
  ledger: 'sound',
  sealed: { values: 0, lost: 0 },
  scrubs: { sound: 0, damaged: 0 },
  observed: {},
  documented: {},
  passes: { complete: 0, partial: 0, failed: 0, lastSeconds: null },
}
