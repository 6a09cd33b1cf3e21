import { deleteCookie, setCookie } from 'hono/cookie'

import type { Output } from '../api/operations.ts'
import { Refusal } from '../model/refusal.ts'
import { readInput } from './input.ts'
import type { Door, RequestContext, World } from './world.ts'

/** `__Host-` makes the browser hold the cookie to this host and to TLS; without TLS it would refuse the prefix. */
export function cookieName(tls: boolean): string {
  return tls ? '__Host-portreeve_session' : 'portreeve_session'
}

/** The secret goes into the cookie and nowhere else: not into the answer, where a script could read it. */
export async function enter(c: RequestContext, world: World, door: Door): Promise<Output<'openSession'>> {
  const { link } = await readInput(c, 'openSession')
  const { session, token } = await world.desk.enter(link)
  setCookie(c, cookieName(isTls(door)), token, { ...attributes(door), expires: new Date(session.until) })
  return session
}

export function show(c: RequestContext): Output<'showSession'> {
  const caller = c.get('caller')
  if (caller.kind === 'person') {
    const { name, roles, until } = caller.session
    return { name, roles, capabilities: [...caller.session.actor.capabilities], until }
  }
  throw new Refusal('signed-out', 'there is no session on this connection', {
    hint: 'the socket of the data folder needs none',
  })
}

export async function leave(c: RequestContext, world: World, door: Door): Promise<Output<'closeSession'>> {
  const caller = c.get('caller')
  if (caller.kind === 'person') await world.desk.leave(caller.token)
  deleteCookie(c, cookieName(isTls(door)), attributes(door))
  return {}
}

function attributes(door: Door) {
  return { httpOnly: true, sameSite: 'Strict', path: '/', secure: isTls(door) } as const
}

function isTls(door: Door): boolean {
  return door.kind === 'tcp' && door.tls
}
