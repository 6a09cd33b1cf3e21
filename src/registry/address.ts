import { ANY_ADDRESS } from '../model/port.ts'

const ANY_IPV4 = '0.0.0.0'
const ANY_IPV6 = '::'

/**
 * How a socket's address stands to a declared one: the same, inside it, or `wider` (it answers where nobody
 * declared it). Null: the two do not meet, and the declaration does not speak of this socket.
 */
export type Fit = 'same' | 'within' | 'wider' | null

export interface BoundAddress {
  readonly address: string | null
  readonly device: string | null
}

/** @param ipv4Unknown the source cannot tell whether `::` answers on IPv4 as well (procfs) */
export function fitOf(declared: BoundAddress, seen: BoundAddress, ipv4Unknown: boolean): Fit {
  const fit = fitAddress(declared.address ?? ANY_ADDRESS, seen.address, ipv4Unknown)
  if (fit === null || declared.device === seen.device) return fit
  if (declared.device === null) return fit === 'same' ? 'within' : fit
  return seen.device === null ? 'wider' : null
}

/** True where a socket bound to `bound` answers a packet that was sent to `target`. */
export function answersOn(bound: string | null, target: string | null, ipv4Unknown: boolean): boolean {
  if (bound === null || target === null) return bound === target
  const fit = fitAddress(target, bound, ipv4Unknown)
  return fit === 'same' || fit === 'wider'
}

export function isAny(address: string | null): boolean {
  return address === ANY_ADDRESS || address === ANY_IPV4 || address === ANY_IPV6
}

export function isIpAddress(text: string): boolean {
  return text.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
}

/** Loopback, link-local and unspecified addresses exist on every machine and therefore name none. */
export function namesOneMachine(address: string): boolean {
  const plain = unmapped(address.toLowerCase())
  return !isAny(plain) && plain !== '::1' && !/^(?:127\.|169\.254\.|fe[89ab][0-9a-f]:)/.test(plain)
}

/** What Docker and libvirt give the bridge of every host that nobody configured otherwise. */
export function isDefaultBridge(address: string): boolean {
  return address === '172.17.0.1' || address === '192.168.122.1'
}

function fitAddress(declared: string, seen: string | null, ipv4Unknown: boolean): Fit {
  if (declared === seen) return 'same'
  if (seen === null || declared === ANY_ADDRESS) return 'within'
  if (seen === ANY_ADDRESS || (seen === ANY_IPV6 && ipv4Unknown)) return 'wider'
  const one = unmapped(declared)
  const other = unmapped(seen)
  if (one.includes(':') !== other.includes(':')) return null
  if (one === other) return 'same'
  if (isAny(other)) return 'wider'
  return isAny(one) ? 'within' : null
}

/** A socket on `::ffff:10.0.3.7` answers on IPv4 and on nothing else (RFC 4291 §2.5.5.2). */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
