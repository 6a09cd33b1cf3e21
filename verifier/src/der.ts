import { concat, sameBytes } from './bytes.ts'
import { Fault, must } from './fault.ts'

/** ITU-T X.690: the distinguished encoding, read strictly and never written anew, and the little that is written. */

export interface Der {
  /** Identifier octet: class, constructed bit, number. */
  readonly tag: number
  readonly content: Uint8Array
  /** Identifier, length and content. */
  readonly bytes: Uint8Array
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Identifier octet of a context-specific tag. */
export function context(number: number, constructed = true): number {
  return 0x80 | (constructed ? 0x20 : 0) | number
}

/** The one element that the bytes are. */
export function parseDer(bytes: Uint8Array): Der {
  const element = elementAt(bytes, 0)
  must(element.bytes.length === bytes.length, 'bytes behind a DER element')
  return element
}

/** Reads the children of an element of that tag in order; each must be asked for, and none may be left. */
export class Children {
  readonly #content: Uint8Array
  #at = 0

  constructor(parent: Der, tag: number = TAG.sequence) {
    must(parent.tag === tag, `a DER element has tag 0x${parent.tag.toString(16)}, not 0x${tag.toString(16)}`)
    this.#content = parent.content
  }

  take(tag: number): Der {
    const child = this.optional(tag)
    if (child === null) throw new Fault(`a DER element with tag 0x${tag.toString(16)} is missing`)
    return child
  }

  optional(tag: number): Der | null {
    return this.#content[this.#at] === tag ? this.any() : null
  }

  any(): Der {
    const child = elementAt(this.#content, this.#at)
    this.#at += child.bytes.length
    return child
  }

  rest(): Der[] {
    const all: Der[] = []
    while (this.#at < this.#content.length) all.push(this.any())
    return all
  }

  end(): void {
    must(this.#at === this.#content.length, 'a DER element holds more than it should')
  }
}

/** All children of an element that must have this tag. */
export function childrenOf(parent: Der, tag: number): Der[] {
  return new Children(parent, tag).rest()
}

/** Dotted decimal. */
export function oidOf(element: Der): string {
  must(element.tag === TAG.oid && element.content.length > 0, 'not an object identifier')
  must(
    element.content.length <= 32 && (element.content.at(-1) ?? 0x80) < 0x80,
    'a malformed object identifier',
  )
  const arcs: number[] = []
  let arc = 0
  for (const [i, byte] of element.content.entries()) {
    const first = i === 0 || (element.content[i - 1] as number) < 0x80
    must(!(first && byte === 0x80), 'a malformed object identifier')
    arc = arc * 128 + (byte & 0x7f)
    must(Number.isSafeInteger(arc), 'an object identifier with too large a number')
    if (byte >= 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [first = 0, ...rest] = arcs
  const top = Math.min(Math.floor(first / 40), 2)
  return [top, first - 40 * top, ...rest].join('.')
}

/** An integer from 0 to 2^31 - 1. */
export function smallInteger(element: Der): number {
  const bytes = integerBytes(element)
  must(bytes.length <= 4 && (bytes[0] as number) < 0x80, 'an integer is out of range')
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

/** Content of an INTEGER in its one, shortest form. */
export function integerBytes(element: Der): Uint8Array {
  const { content } = element
  must(element.tag === TAG.integer && content.length > 0, 'not an integer')
  const [first = 0, second = 0] = content
  const padded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
  must(!padded, 'an integer is not in its shortest form')
  return content
}

export function booleanOf(element: Der): boolean {
  const [value] = element.content
  must(element.tag === TAG.boolean && element.content.length === 1, 'not a boolean')
  must(value === 0 || value === 0xff, 'a boolean is neither 0x00 nor 0xff')
  return value === 0xff
}

/** A BIT STRING of whole bytes. */
export function bitsOf(element: Der): Uint8Array {
  must(element.tag === TAG.bits && element.content[0] === 0, 'not a bit string of whole bytes')
  return element.content.subarray(1)
}

/** Whether an AlgorithmIdentifier has no parameters, or NULL. */
export function isPlain(parameters: Der | undefined): boolean {
  return parameters === undefined || sameBytes(parameters.bytes, Uint8Array.of(0x05, 0x00))
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/
/** Milliseconds since 1970, further digits cut off. RFC 5280 section 4.1.2.5, RFC 3161 section 2.4.2. */
export function timeOf(element: Der): number {
  const text = String.fromCharCode(...element.content.subarray(0, 64))
  const utc = element.tag === TAG.utcTime ? UTC.exec(text) : null
  const match = element.tag === TAG.generalizedTime ? GENERALIZED.exec(text) : utc
  must(match !== null, 'not a time')
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match
  const century = utc === null ? '' : Number(year) >= 50 ? '19' : '20'
  const iso = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const time = new Date(iso)
  must(!Number.isNaN(time.getTime()) && time.toISOString() === iso, 'a time that no calendar has')
  return time.getTime()
}

/** Writes an element. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts)
  const size = content.length
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x1_0000
          ? [0x82, size >> 8, size & 255]
          : null
  if (length === null) throw new RangeError('nothing that large is written')
  return concat(Uint8Array.of(tag, ...length), content)
}

function elementAt(bytes: Uint8Array, at: number): Der {
  const tag = bytes[at]
  const first = bytes[at + 1]
  must(tag !== undefined && first !== undefined, 'a DER element is cut off')
  must((tag & 0x1f) !== 0x1f, 'a DER tag number above 30')
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  must(first !== 0x80 && lengthBytes <= 3, 'a DER length is indefinite or too large')
  const start = at + 2 + lengthBytes
  let length = first < 0x80 ? first : 0
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
  const shortest = lengthBytes === 0 || length >= Math.max(0x80, 256 ** (lengthBytes - 1))
  must(shortest, 'a DER length is not in its shortest form')
  must(start + length <= bytes.length, 'a DER element is cut off')
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(at, start + length) }
}
