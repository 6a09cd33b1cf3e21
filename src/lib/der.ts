/**
 * DER (ITU-T X.690), read strictly: definite lengths in their shortest form, low tag numbers, canonical values. What
 * BER would also allow has more than one spelling, and two readers that take different ones see different evidence.
 */
export interface DerNode {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number
  readonly content: Uint8Array
  /** With identifier and length. */
  readonly bytes: Uint8Array
}

/** The bytes are not DER, or not of the form that was asked for. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

const CONSTRUCTED = 0x20
const CONTEXT = 0x80
/** Nothing that we read has more members; a hostile list of empty ones could. */
const MOST_MEMBERS = 1024

/** The identifier of a context-specific member: `[2]`, constructed unless it is said to be primitive. */
export function contextTag(number: number, form: 'constructed' | 'primitive' = 'constructed'): number {
  return CONTEXT | number | (form === 'constructed' ? CONSTRUCTED : 0)
}

/** One value and nothing behind it. Throws `DerError`. */
export function readDer(bytes: Uint8Array): DerNode {
  const node = nodeAt(bytes, 0)
  if (node.bytes.length !== bytes.length) throw new DerError('something follows the value')
  return node
}

/** The members of a constructed value, in order. Throws `DerError` unless it has this tag. */
export function membersOf(node: DerNode, tag: number = TAG.sequence): DerMembers {
  if (node.tag !== tag || (tag & CONSTRUCTED) === 0)
    throw new DerError(`${hex(node.tag)} where ${hex(tag)} belongs`)
  const members: DerNode[] = []
  for (let at = 0; at < node.content.length;) {
    if (members.length === MOST_MEMBERS) throw new DerError('too many members')
    const member = nodeAt(node.content, at)
    members.push(member)
    at += member.bytes.length
  }
  return new DerMembers(members)
}

/** Two's complement in its shortest form. */
export function integerOf(node: DerNode): bigint {
  const { content } = expectTag(node, TAG.integer)
  const [first, second] = content
  const padded = (first === 0 && (second ?? 0x80) < 0x80) || (first === 0xff && (second ?? 0) >= 0x80)
  if (first === undefined || (padded && content.length > 1)) throw new DerError('not an integer')
  const value = BigInt(`0x${Buffer.from(content).toString('hex')}`)
  return first < 0x80 ? value : value - (1n << BigInt(8 * content.length))
}

/** `1.2.840.113549.1.7.2` */
export function oidOf(node: DerNode): string {
  const { content } = expectTag(node, TAG.oid)
  if (content.length === 0 || content.length > 64 || ((content.at(-1) as number) & 0x80) !== 0)
    throw new DerError('not an object identifier')
  const arcs: bigint[] = []
  let arc = 0n
  for (const byte of content) {
    // A leading 0x80 is a zero in front.
    if (arc === 0n && byte === 0x80) throw new DerError('not an object identifier')
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    if ((byte & 0x80) !== 0) continue
    arcs.push(arc)
    arc = 0n
  }
  const [joint = 0n, ...rest] = arcs
  const first = joint < 40n ? 0n : joint < 80n ? 1n : 2n
  return [first, joint - 40n * first, ...rest].join('.')
}

export function octetsOf(node: DerNode): Uint8Array {
  return expectTag(node, TAG.octetString).content
}

export function booleanOf(node: DerNode): boolean {
  const { content } = expectTag(node, TAG.boolean)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError('not a boolean')
  return content[0] === 0xff
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/

/** A moment as RFC 3339 with milliseconds; finer parts are cut off. X.690 11.7: in UTC, no zero at the end. */
export function generalizedTimeOf(node: DerNode): string {
  const text = Buffer.from(expectTag(node, TAG.generalizedTime).content).toString('latin1')
  const [, year, month, day, hour, minute, second, fraction = ''] = TIME.exec(text) ?? []
  const instant = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const time = new Date(instant)
  // A day or an hour that is none is moved by the calendar, or is no time at all.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== instant) throw new DerError('not a time')
  return instant
}

export function derNode(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content])
}

/** Not negative. */
export function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16)
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return derNode(TAG.integer, (bytes[0] as number) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]))
}

export function derOid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return derNode(TAG.oid, Buffer.from([40 * first + second, ...rest].flatMap(base128)))
}

/** Takes members in their order, as a schema lists them. */
export class DerMembers {
  readonly #members: readonly DerNode[]
  #at = 0

  constructor(members: readonly DerNode[]) {
    this.#members = members
  }

  /** The next member; of this tag, where one is given. */
  next(tag?: number): DerNode {
    const member = this.#members[this.#at]
    if (member === undefined) throw new DerError('a member is missing')
    this.#at++
    return tag === undefined ? member : expectTag(member, tag)
  }

  /** The next member if it has this tag. */
  optional(tag: number): DerNode | null {
    return this.#members[this.#at]?.tag === tag ? this.next() : null
  }

  /** All that are left. */
  rest(): readonly DerNode[] {
    const rest = this.#members.slice(this.#at)
    this.#at = this.#members.length
    return rest
  }

  end(): void {
    if (this.#at !== this.#members.length) throw new DerError('a member too many')
  }
}

function nodeAt(bytes: Uint8Array, at: number): DerNode {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new DerError('cut short')
  if ((tag & 0x1f) === 0x1f) throw new DerError('a long tag')
  const size = first < 0x80 ? 0 : first & 0x7f
  // 0x80 is BER's length that is not said; four bytes are more than anything we read.
  if (first === 0x80 || size > 4) throw new DerError('a length that DER does not have')
  let length = first < 0x80 ? first : 0
  for (let n = 0; n < size; n++) length = length * 256 + (bytes[at + 2 + n] ?? 0)
  if (size > 0 && (length < 0x80 || length < 256 ** (size - 1)))
    throw new DerError('a length that is not the shortest')
  const from = at + 2 + size
  if (from + length > bytes.length) throw new DerError('cut short')
  return { tag, content: bytes.subarray(from, from + length), bytes: bytes.subarray(at, from + length) }
}

function expectTag(node: DerNode, tag: number): DerNode {
  if (node.tag !== tag) throw new DerError(`${hex(node.tag)} where ${hex(tag)} belongs`)
  return node
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Buffer.of(length)
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f]
  for (let rest = arc >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function hex(tag: number): string {
  return `tag 0x${tag.toString(16).padStart(2, '0')}`
}
