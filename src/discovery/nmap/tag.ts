import type { PortRange } from '../../model/port.ts'
import type { Refusal } from '../../model/refusal.ts'
import { printable } from '../printable.ts'
import { latin1 } from './latin1.ts'
import { parseRanges } from './ranges.ts'

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const AMPERSAND = 0x26
const DOUBLE = 0x22
const SINGLE = 0x27
const SPACE = 0x20
const ZERO = 0x30

const TORN = 'a part of the file is missing: scan again, nmap -oX FILE'

/** nmap's elements have at most a dozen attributes; what a hostile file has beyond this is not looked at. */
const MOST_ATTRIBUTES = 64
/** A scan says the same few hundred words over and over: each is made once while no other takes its place. */
const WORDS = 4096
const LONGEST_WORD = 64

/** Bytes that an attribute's name may hold, as far as it matters for finding where it ends. */
const IS_NAME = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > SPACE && !`<=>"'/`.includes(String.fromCharCode(byte)) ? 1 : 0,
)

/**
 * The attributes of one tag, `name="value"` in any order. Where they stand is remembered; a string is made only of
 * those that are asked for. One Tag serves a whole file.
 */
export class Tag {
  readonly #refuse: (at: number, what: string, hint: string) => Refusal
  /** Four numbers an attribute: start and end of its name, start and end of its value. */
  readonly #places = new Int32Array(4 * MOST_ATTRIBUTES)
  readonly #words: (string | undefined)[] = Array.from({ length: WORDS })
  #count = 0
  #nameEnd = 0
  /** The piece that it stands in, and the same with a character for each byte. */
  bytes: Buffer = Buffer.alloc(0)
  text = ''
  /** The places of `<` and behind `>`; who knows what follows moves the end to where reading goes on. */
  start = 0
  end = 0
  isEmpty = false

  /** @param refuse makes a Refusal with the place of a byte of the piece that was read last. */
  constructor(refuse: (at: number, what: string, hint: string) => Refusal) {
    this.#refuse = refuse
  }

  /** Reads from behind the element's name; false where `>` is not there yet. `text` is the same as `bytes`. */
  read(bytes: Buffer, text: string, start: number, nameEnd: number): boolean {
    this.bytes = bytes
    this.text = text
    this.start = start
    this.#nameEnd = nameEnd
    this.#count = 0
    const places = this.#places
    const length = bytes.length
    let at = nameEnd
    for (;;) {
      while (at < length && (bytes[at]! <= SPACE || bytes[at] === SLASH)) at++
      if (at === length) return false
      if (bytes[at] === GT) break
      if (bytes[at] === LT) throw this.#refuse(at, '"<" within a tag', TORN)
      const nameStart = at
      while (at < length && IS_NAME[bytes[at]!] === 1) at++
      const nameEnd = at
      while (at < length && (bytes[at] === EQUALS || bytes[at]! <= SPACE)) at++
      if (at === length) return false
      const quote = bytes[at]!
      // A name without a value: not XML, and nothing that could be asked for.
      if (quote !== DOUBLE && quote !== SINGLE) continue
      const valueStart = at + 1
      at = this.#valueEnd(valueStart, quote)
      if (at === -1) return false
      if (this.#count < MOST_ATTRIBUTES) {
        const place = 4 * this.#count++
        places[place] = nameStart
        places[place + 1] = nameEnd
        places[place + 2] = valueStart
        places[place + 3] = at
      }
      at++
    }
    this.isEmpty = bytes[at - 1] === SLASH
    this.end = at + 1
    return true
  }

  /** Throws `Refusal` `source-invalid` on an entity that XML itself does not define. */
  get(name: string): string | undefined {
    const place = this.#find(name)
    if (place === -1) return undefined
    const start = this.#places[place + 2]!
    const end = this.#places[place + 3]!
    const length = end - start
    if (length === 0) return ''
    const slot =
      (length +
        31 * this.bytes[start]! +
        131 * this.bytes[end - 1]! +
        1031 * this.bytes[start + (length >> 1)]!) %
      WORDS
    const known = this.#words[slot]
    if (known !== undefined && known.length === length && this.#matches(start, known)) return known
    if (!this.#isPlain(start, end)) return this.#decode(this.bytes.toString('utf8', start, end))
    const word = latin1(this.bytes, start, end)
    if (length <= LONGEST_WORD) this.#words[slot] = word
    return word
  }

  has(name: string): boolean {
    return this.#find(name) !== -1
  }

  /** `get(name) === value` without making a string; `value` holds no character that XML escapes. */
  is(name: string, value: string): boolean {
    const place = this.#find(name)
    if (place === -1) return false
    const start = this.#places[place + 2]!
    return this.#places[place + 3]! - start === value.length && this.#matches(start, value)
  }

  /** A value of one to `digits` decimal digits, else null. */
  number(name: string, digits: number): number | null {
    const place = this.#find(name)
    if (place === -1) return null
    const start = this.#places[place + 2]!
    const end = this.#places[place + 3]!
    if (start === end || end - start > digits) return null
    let value = 0
    for (let at = start; at < end; at++) {
      const digit = this.bytes[at]! - ZERO
      if (digit < 0 || digit > 9) return null
      value = 10 * value + digit
    }
    return value
  }

  /**
   * The number of a tag `<… ="80">` that follows with this beginning, which then is taken up into this one. 0 where
   * something else follows, or more than five digits.
   */
  takeNumbered(beginning: string): number {
    const { text, end } = this
    const start = end + beginning.length
    if (text.slice(end, start) !== beginning) return 0
    let value = 0
    let at = start
    for (; at < start + 5; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (!(digit >= 0 && digit <= 9)) break
      value = 10 * value + digit
    }
    if (text.charCodeAt(at) !== DOUBLE || text.charCodeAt(at + 1) !== GT) return 0
    this.end = at + 2
    return value
  }

  /** Ports of a value as `parseRanges` reads them; undefined without the attribute. */
  ranges(name: string): readonly PortRange[] | undefined {
    const place = this.#find(name)
    if (place === -1) return undefined
    return parseRanges(this.text, this.#places[place + 2]!, this.#places[place + 3]!)
  }

  /** Made for the place at which this tag stands. */
  refusal(what: string, hint: string): Refusal {
    return this.#refuse(this.#nameEnd, what, hint)
  }

  /** XML 1.0 §2.3 has no `<` in a value; where one stands, a part of the file is missing. -1: no end yet. */
  #valueEnd(start: number, quote: number): number {
    const bytes = this.bytes
    const near = Math.min(bytes.length, start + LONGEST_WORD)
    for (let at = start; at < near; at++) {
      if (bytes[at] === quote) return at
      if (bytes[at] === LT) throw this.#refuse(at, '"<" within a tag', TORN)
    }
    // The output of scripts is long: the native search is faster than this loop.
    const end = this.text.indexOf(quote === DOUBLE ? '"' : "'", near)
    const open = end === -1 ? -1 : this.text.slice(near, end).indexOf('<')
    if (open !== -1) throw this.#refuse(near + open, '"<" within a tag', TORN)
    return end
  }

  #find(name: string): number {
    for (let place = 0; place < 4 * this.#count; place += 4) {
      const start = this.#places[place]!
      if (this.#places[place + 1]! - start === name.length && this.#matches(start, name)) return place
    }
    return -1
  }

  #matches(start: number, text: string): boolean {
    for (let n = 0; n < text.length; n++) if (this.bytes[start + n] !== text.charCodeAt(n)) return false
    return true
  }

  /** ASCII, without control characters and references. */
  #isPlain(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = this.bytes[at]!
      if (byte < SPACE || byte > 0x7e || byte === AMPERSAND) return false
    }
    return true
  }

  /** The five entities of XML 1.0 §4.6 and character references; anything else would need a DTD. */
  #decode(value: string): string {
    const decoded = value.replaceAll(/&([^;&\s]{0,32});?/g, (_, name: string) => {
      const character = PREDEFINED.get(name) ?? referenced(name)
      if (character !== null) return character
      throw this.refusal(
        `the entity &${name}; is none of XML's own`,
        'nmap writes no others; take it out if you trust the file',
      )
    })
    return printable(decoded)
  }
}

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

/** `#xa` or `#10`; null for what is no character. */
function referenced(name: string): string | null {
  const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
  const point = code === null ? 0 : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16)
  const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : null
}
