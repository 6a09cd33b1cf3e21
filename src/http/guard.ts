import type { MiddlewareHandler } from 'hono'

import { Refusal } from '../model/refusal.ts'
import type { Door, RequestContext, Shared } from './world.ts'

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** On every answer, also on refusals. Answers are kept by nobody unless the handler said otherwise. */
export const securityHeaders: MiddlewareHandler<Shared> = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
}

/** Refuses a `Host` that is not ours: see `allowedHosts`. */
export function knownHost(door: Door): MiddlewareHandler<Shared> {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase() ?? ''
    if (door.kind === 'tcp' && !door.hosts.has(host)) {
      throw new Refusal('host-not-allowed', `this server does not answer to "${host.slice(0, 100)}"`, {
        hint: 'open it by an address it listens on, or add the name to `names` in portreeve.config.yaml',
      })
    }
    await next()
  }
}

/**
 * Refuses what a page of another origin makes the browser send. SameSite=Strict does not cover it: to a browser
 * every port of localhost is the same site. Programs send none of the headers and hold no ambient cookie.
 */
export function sameOrigin(door: Door): MiddlewareHandler<Shared> {
  return async (c, next) => {
    if (door.kind === 'tcp' && !(fetchSiteIsOurs(c) && originIsOurs(c, door.tls))) {
      throw new Refusal('cross-origin', 'the request came from another web page', {
        hint: 'use the console, or a program that is not a browser',
      })
    }
    await next()
  }
}

/** W3C Fetch Metadata: `none` is the address bar, which can only read. */
function fetchSiteIsOurs(c: RequestContext): boolean {
  const site = c.req.header('sec-fetch-site')
  return site === undefined || site === 'same-origin' || (site === 'none' && c.req.method === 'GET')
}

/** Without TLS of our own a proxy may have it; with it, a page without TLS is somebody on the way. */
function originIsOurs(c: RequestContext, tls: boolean): boolean {
  const origin = c.req.header('origin')
  const host = c.req.header('host')?.toLowerCase() ?? ''
  return origin === undefined || origin === `https://${host}` || (!tls && origin === `http://${host}`)
}
