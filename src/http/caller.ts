import { getCookie } from 'hono/cookie'

import type { Operation } from '../api/operation.ts'
import { Refusal } from '../model/refusal.ts'
import { cookieName } from './session.ts'
import type { Caller, Door, RequestContext, World } from './world.ts'

const OPERATOR: Caller = {
  kind: 'operator',
  actor: { id: 'operator', capabilities: ['read', 'declare', 'observe', 'administer'] },
}

export async function callerOf(c: RequestContext, world: World, door: Door): Promise<Caller> {
  if (door.kind === 'socket') return OPERATOR
  const token = presentedToken(c, door.tls)
  if (token === null) return { kind: 'nobody' }
  const session = await world.desk.sessionOf(token)
  return session === null ? { kind: 'nobody' } : { kind: 'person', actor: session.actor, session, token }
}

/** Throws `Refusal` `signed-out` or `forbidden`; the authorization table in test/ shows the outcome for everybody. */
export function authorize(what: Pick<Operation, 'capability' | 'local'>, caller: Caller): void {
  if (what.capability === 'none') return
  if (caller.kind === 'nobody') {
    throw new Refusal('signed-out', 'nobody is signed in', {
      hint: 'open the one-time link that portreeve up printed, or make one with: portreeve link',
    })
  }
  // A browser must not name files of the server's machine, whoever sits before it.
  if (what.local === true && caller.kind !== 'operator') {
    throw new Refusal('forbidden', 'this is done on the machine that runs Portreeve alone', {
      hint: 'use the portreeve command there, as the user that runs the server',
    })
  }
  if (!caller.actor.capabilities.includes(what.capability)) {
    throw new Refusal('forbidden', `this needs the capability to ${what.capability}`, {
      hint: 'ask an administrator',
    })
  }
}

function presentedToken(c: RequestContext, tls: boolean): string | null {
  const bearer = /^Bearer ([\w-]{16,200})$/.exec(c.req.header('authorization') ?? '')?.[1]
  const token = bearer ?? getCookie(c, cookieName(tls)) ?? ''
  return /^[\w-]{16,200}$/.test(token) ? token : null
}
