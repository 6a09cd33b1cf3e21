/**
 * IP addresses and prefixes as values. Strict: what inet_aton alone would read (`10.1`, `010.0.0.1`, `0x7f.1`)
 * is refused, because two readers of one document must not see two addresses.
 */

export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6'
  readonly value: bigint
}

export interface Cidr {
  readonly family: 'ipv4' | 'ipv6'
  /** Lowest address of the prefix; bits behind the prefix are zero. */
  readonly base: bigint
  readonly bits: number
}

/** Null where the text is not exactly one address (RFC 4291 §2.2; no zone, no prefix). */
export function parseAddress(text: string): IpAddress | null {
  // The longest address is 45 characters; longer text is not worth a regular expression.
  if (text.length > 45) return null
  const value = text.includes(':') ? ipv6Value(text) : ipv4Value(text)
  return value === null ? null : { family: text.includes(':') ? 'ipv6' : 'ipv4', value }
}

/** RFC 5952 text for IPv6, dotted decimal for IPv4: one text for each address. */
export function formatAddress({ family, value }: IpAddress): string {
  return family === 'ipv4' ? dotted(value) : colons(value)
}

/** The one text of an address, or null where it is none. */
export function canonicalAddress(text: string): string | null {
  // Nearly every address that is written is a dotted quad in its one spelling.
  if (QUAD.test(text)) return text
  const address = parseAddress(text)
  return address === null ? null : formatAddress(address)
}

/** A prefix (RFC 4632), its host bits cut off: `10.0.3.7/24` yields that of `10.0.3.0/24`. Null where it is none. */
export function parseCidr(text: string): Cidr | null {
  const [, host, digits] = /^([^/]{1,45})\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const address = host === undefined ? null : parseAddress(host)
  const bits = Number(digits)
  if (address === null || bits > width(address.family)) return null
  const shift = BigInt(width(address.family) - bits)
  return { family: address.family, base: (address.value >> shift) << shift, bits }
}

export function formatCidr({ family, base, bits }: Cidr): string {
  return `${formatAddress({ family, value: base })}/${bits}`
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const shift = BigInt(width(cidr.family) - cidr.bits)
  return cidr.family === address.family && address.value >> shift === cidr.base >> shift
}

function width(family: IpAddress['family']): number {
  return family === 'ipv4' ? 32 : 128
}

/** Dotted decimal, each number in its one spelling: a leading zero means octal to some readers. */
const QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

function ipv4Value(text: string): bigint | null {
  return QUAD.test(text) ? text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n) : null
}

function ipv6Value(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = [groups(halves[0] ?? '', halves.length === 1), groups(halves[1] ?? '', true)]
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  // `::` stands for one group at least; without it all eight are written.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...tail]
  return all.reduce((value, group) => (value << 16n) | group, 0n)
}

/** The 16-bit groups of one side of `::`; only the last side may end in dotted decimal. */
function groups(text: string, last: boolean): readonly bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const dottedTail = last && parts.at(-1)?.includes('.') === true ? ipv4Value(parts.pop() ?? '') : undefined
  if (dottedTail === null || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return null
  const values = parts.map((part) => BigInt(`0x${part}`))
  return dottedTail === undefined ? values : [...values, dottedTail >> 16n, dottedTail & 0xffffn]
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
}

function colons(value: bigint): string {
  // RFC 5952 §5: addresses that carry an IPv4 one show it.
  if (value >> 32n === 0xffffn) return `::ffff:${dotted(value & 0xffffffffn)}`
  const texts = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  const run = longestZeroRun(texts)
  if (run.length < 2) return texts.join(':')
  return `${texts.slice(0, run.start).join(':')}::${texts.slice(run.start + run.length).join(':')}`
}

function longestZeroRun(texts: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [i, text] of texts.entries()) {
    if (text !== '0') start = i + 1
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start }
  }
  return best
}
