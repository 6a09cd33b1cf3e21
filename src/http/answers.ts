import { randomBytes } from 'node:crypto'

import type { MiddlewareHandler } from 'hono'

import { problemOf, UNTYPED, type Problem } from '../api/problem.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import type { RequestContext, Shared, World } from './world.ts'

/** Gives each request an id, and counts and logs what became of it: fixed words and numbers, no path, no query. */
export function observed(world: World, via: 'socket' | 'tcp'): MiddlewareHandler<Shared> {
  return async (c, next) => {
    const started = performance.now()
    c.set('requestId', randomBytes(9).toString('base64url'))
    c.set('route', 'unknown')
    c.set('caller', { kind: 'nobody' })
    await next()
    c.res.headers.set('x-request-id', c.get('requestId'))
    const ms = performance.now() - started
    world.metrics.request(c.get('route'), c.res.status, ms / 1000)
    world.log.info('request', {
      id: c.get('requestId'),
      via,
      method: c.req.method,
      route: c.get('route'),
      status: c.res.status,
      ms: Math.round(ms * 10) / 10,
      actor: actorOf(c),
    })
  }
}

/** A refusal is an answer; an unknown durable state ends the process; a bug is told to the log and to nobody else. */
export function answerError(world: World) {
  return (error: unknown, c: RequestContext): Response => {
    const requestId = c.get('requestId')
    if (error instanceof Refusal) return problem(c, problemOf(error, requestId))
    if (error instanceof Fatal) {
      world.log.error('fatal', { id: requestId, detail: error.message })
      // After the answer is on its way: it is the last one.
      setImmediate(() => world.onFatal(error))
      return problem(c, untyped(503, 'The durable state is not known', requestId, error))
    }
    world.log.error('bug', {
      id: requestId,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return problem(c, untyped(500, 'Internal error', requestId, null))
  }
}

export function nothingThere(): never {
  throw new Refusal('not-found', 'there is nothing at this path', { hint: 'see /openapi.json' })
}

function untyped(status: number, title: string, requestId: string, error: Fatal | null): Problem {
  const said = { detail: error?.message ?? null, hint: error?.hint ?? null }
  return { type: UNTYPED, title, status, ...said, faults: [], instance: null, requestId }
}

function problem(c: RequestContext, body: Problem): Response {
  return c.body(JSON.stringify(body), {
    status: body.status as 400,
    headers: { 'content-type': 'application/problem+json' },
  })
}

function actorOf(c: RequestContext): string | null {
  const caller = c.get('caller')
  return caller.kind === 'nobody' ? null : caller.actor.id
}
