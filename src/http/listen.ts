import { BlockList, isIPv4, isIPv6 } from 'node:net'

import { Refusal } from '../model/refusal.ts'

/** Where the server may listen, after the decision. */
export interface Listen {
  readonly host: string
  readonly port: number
  /** Only this machine can connect. */
  readonly loopback: boolean
  /** What the operator should know about the choice, as a sentence. */
  readonly warning: string | null
}

/**
 * Loopback always; anything wider only when somebody said so, because whoever can connect can try to sign in
 * with a stolen link or cookie, and this version has no sign-in by OpenID Connect to put before that.
 * Throws `Refusal` `listen-refused`.
 */
export function listenPlan(
  at: { readonly host: string; readonly port: number },
  tls: boolean,
  allowWide: boolean,
): Listen {
  if (isLoopback(at.host)) return { ...at, host: loopbackAddress(at.host), loopback: true, warning: null }
  if (!allowWide) {
    throw new Refusal('listen-refused', `${authority(at)} can be reached from other machines`, {
      hint: `listen on 127.0.0.1:${at.port} behind a reverse proxy that authenticates, or accept the risk with --allow-wide`,
    })
  }
  const warning = tls
    ? 'other machines can connect; whoever holds a one-time link or a session cookie is let in'
    : 'other machines can connect, and without TLS links, cookies and the book are readable on the way'
  return { ...at, loopback: false, warning }
}

/** `127.0.0.1:8460`, `[::1]:8460`. */
export function authority(at: { readonly host: string; readonly port: number }): string {
  return isIPv6(at.host) ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`
}

/**
 * `Host` values that a request may carry. A page of another site can point its own name at 127.0.0.1 and have
 * the browser take our answers for its own (DNS rebinding); the name in `Host` is what gives it away.
 */
export function allowedHosts(
  at: { readonly host: string; readonly port: number },
  names: readonly string[],
  tls: boolean,
): ReadonlySet<string> {
  const hosts = [at.host, 'localhost', '127.0.0.1', '::1', ...names].map((host) => host.toLowerCase())
  const known = hosts.map((host) => authority({ host, port: at.port }))
  // Browsers leave the scheme's own port out.
  const silent = at.port === (tls ? 443 : 80) ? known.map((text) => text.slice(0, text.lastIndexOf(':'))) : []
  // A configured name may be that of a proxy, which has a port of its own.
  return new Set([...known, ...silent, ...names.map((name) => name.toLowerCase())])
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  if (isIPv4(host)) return LOOPBACK.check(host, 'ipv4')
  return isIPv6(host) && LOOPBACK.check(host, 'ipv6')
}

// What the resolver says of "localhost" is not ours to trust.
function loopbackAddress(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
