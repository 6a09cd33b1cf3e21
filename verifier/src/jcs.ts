import { fromUtf8, isDigit, startsWith, utf8 } from './bytes.ts'
import { Fault, must } from './fault.ts'

/**
 * The JSON of the ledger: docs/formats/ledger-entry-v1.md, "profiled JCS". A text is valid only if it is byte for
 * byte what the rules yield, so the bytes are read once against the rules and never written anew.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export const MAX_DEPTH = 16
const MAX_DIGITS = 15
const MAX_KEY = 64

/** The value of a canonical text. */
export function parseJcs(bytes: Uint8Array, depth: number = MAX_DEPTH): Json {
  const end = canonicalEnd(bytes, 0, depth)
  must(end === bytes.length, `not canonical JSON: text after the value, at byte ${end}`)
  return JSON.parse(fromUtf8(bytes)) as Json
}

/** A file of one canonical value and one newline. */
export function parseJcsFile(bytes: Uint8Array): Json {
  must(bytes.at(-1) === NEWLINE, 'the file does not end its line')
  return parseJcs(bytes.subarray(0, -1))
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where the canonical value that begins at `at` ends. `depth` containers may stand within one another. */
export function canonicalEnd(bytes: Uint8Array, at: number, depth: number): number {
  const byte = bytes[at]
  if (byte === QUOTE) return stringEnd(bytes, at)
  if (byte === OPEN_OBJECT) return objectEnd(bytes, at, depth)
  if (byte === OPEN_ARRAY) return arrayEnd(bytes, at, depth)
  if (byte === MINUS || isDigit(byte)) return integerEnd(bytes, at)
  for (const word of WORDS) if (startsWith(bytes, at, word)) return at + word.length
  throw at_('no value', at)
}

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const WORDS = ['true', 'false', 'null'].map(utf8)

function objectEnd(bytes: Uint8Array, start: number, depth: number): number {
  if (depth === 0) throw at_('nested too deeply', start)
  let at = start + 1
  if (bytes[at] === CLOSE_OBJECT) return at + 1
  let keyBefore = -1
  for (;;) {
    const key = at
    const keyEnd = nameEnd(bytes, key)
    if (keyBefore >= 0 && !isBefore(bytes, keyBefore, key)) throw at_('keys out of order or twice', key)
    keyBefore = key
    if (bytes[keyEnd] !== COLON) throw at_('no colon behind a key', keyEnd)
    at = canonicalEnd(bytes, keyEnd + 1, depth - 1)
    if (bytes[at] === CLOSE_OBJECT) return at + 1
    if (bytes[at] !== COMMA) throw at_('no comma or brace behind a member', at)
    at++
  }
}

function arrayEnd(bytes: Uint8Array, start: number, depth: number): number {
  if (depth === 0) throw at_('nested too deeply', start)
  let at = start + 1
  if (bytes[at] === CLOSE_ARRAY) return at + 1
  for (;;) {
    at = canonicalEnd(bytes, at, depth - 1)
    if (bytes[at] === CLOSE_ARRAY) return at + 1
    if (bytes[at] !== COMMA) throw at_('no comma or bracket behind an element', at)
    at++
  }
}

/** Behind the closing quote of a key, `[a-z0-9_]{1,64}`. */
function nameEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) throw at_('no key', start)
  let at = start + 1
  while (isNameByte(bytes[at])) at++
  const length = at - start - 1
  if (bytes[at] !== QUOTE || length === 0 || length > MAX_KEY) throw at_('key is not [a-z0-9_]{1,64}', at)
  return at + 1
}

/** Both keys begin with a quote and end in one, and the quote sorts before every character of a name. */
function isBefore(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 1; ; i++) {
    const x = bytes[a + i] as number
    const y = bytes[b + i] as number
    if (x !== y) return x < y
    if (x === QUOTE) return false
  }
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined) throw at_('unfinished string', at)
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at = escapeEnd(bytes, at)
    else if (byte < 0x20) throw at_('control character in a string', at)
    else if (byte < 0x80) at++
    else at = sequenceEnd(bytes, at, byte)
  }
}

const SHORT = new Set(Array.from('"\\bfnrt', (char) => char.charCodeAt(0)))
const LONG = /^\\u00(?:0[0-7be-f]|1[0-9a-f])$/
/** `\b \t \n \f \r \" \\`; `\u00xx` for the other control characters; nothing else is escaped. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  if (SHORT.has(bytes[at + 1] ?? 0)) return at + 2
  if (LONG.test(String.fromCharCode(...bytes.subarray(at, at + 6)))) return at + 6
  throw at_('escape is not in its one form', at)
}

/** One sequence of more than one byte: RFC 3629 section 4. */
function sequenceEnd(bytes: Uint8Array, at: number, lead: number): number {
  const second = bytes[at + 1] ?? 0
  if (lead >= 0xc2 && lead <= 0xdf && isTail(second)) return at + 2
  if ((lead & 0xf0) === 0xe0) {
    const least = lead === 0xe0 ? 0xa0 : 0x80
    // 0xed 0xa0 to 0xed 0xbf would be surrogates.
    const most = lead === 0xed ? 0x9f : 0xbf
    if (second >= least && second <= most && isTail(bytes[at + 2])) return at + 3
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const least = lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xf4 ? 0x8f : 0xbf
    if (second >= least && second <= most && isTail(bytes[at + 2]) && isTail(bytes[at + 3])) return at + 4
  }
  throw at_('invalid UTF-8', at)
}

function integerEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = first
  while (isDigit(bytes[at])) at++
  const digits = at - first
  const leadingZero = bytes[first] === ZERO && (digits > 1 || first > start)
  if (digits === 0 || digits > MAX_DIGITS || leadingZero)
    throw at_('number is not an integer of at most 15 digits', start)
  return at
}

function isNameByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f
}

function isTail(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

function at_(reason: string, at: number): Fault {
  return new Fault(`not canonical JSON: ${reason}, at byte ${at}`)
}
