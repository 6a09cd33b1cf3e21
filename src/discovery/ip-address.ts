import { ANY_ADDRESS, type Family } from '../model/port.ts'

export interface BoundAddress {
  /** `*`, dotted IPv4, or IPv6 as RFC 5952 writes it. */
  readonly address: string
  readonly family: Family
  readonly detail: string | null
}

/** The address a socket is bound to, in one spelling; null where the text is not an address. */
export function boundAddress(text: string): BoundAddress | null {
  if (text === ANY_ADDRESS) return { address: text, family: 'dual', detail: null }
  if (text.includes(':')) return ipv6(text)
  return IPV4.test(text) ? { address: text, family: 'ipv4', detail: null } : null
}

// Java binds so: only IPv4 reaches the socket, wherever the kernel lists it.
const MAPPED = 'an IPv6 socket bound to an IPv4-mapped address'
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)

function ipv6(text: string): BoundAddress | null {
  if (!/^[\da-f:.]{2,45}$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return null
  const address = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address)
  if (mapped === null) return { address, family: 'ipv6', detail: null }
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)]
  return { address: [high >> 8, high & 255, low >> 8, low & 255].join('.'), family: 'ipv4', detail: MAPPED }
}
