import type { Refusal } from '../../model/refusal.ts'
import { printable } from '../printable.ts'

const GT = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const DOUBLE = 0x22
const SINGLE = 0x27
const ZERO = 0x30

/** nmap's elements have at most a dozen attributes; what a hostile file has beyond this is not looked at. */
const MOST_ATTRIBUTES = 64
/** A scan says the same few hundred words over and over; longer values and later ones are made anew. */
const LONGEST_WORD = 64
const MOST_WORDS = 4096

/**
 * The attributes of one tag, `name="value"` in any order. Where they stand is remembered; a string is made only of
 * those that are asked for. One Tag serves a whole file.
 */
export class Tag {
  readonly #refuse: (at: number, what: string, hint: string) => Refusal
  /** Four numbers an attribute: start and end of its name, start and end of its value. */
  readonly #places = new Int32Array(4 * MOST_ATTRIBUTES)
  readonly #words = new Map<string, string>()
  #count = 0
  #bytes: Buffer = Buffer.alloc(0)
  #text = ''
  #start = 0
  isEmpty = false

  /** @param refuse makes a Refusal with the place of a byte of the piece that was read last. */
  constructor(refuse: (at: number, what: string, hint: string) => Refusal) {
    this.#refuse = refuse
  }

  /**
   * Reads from behind the element's name; returns the place behind `>`, -1 where it is not there yet.
   *
   * @param text the same bytes, each a character: cutting a string out of it costs a third of decoding one.
   */
  read(bytes: Buffer, text: string, start: number): number {
    this.#bytes = bytes
    this.#text = text
    this.#start = start
    this.#count = 0
    const places = this.#places
    const length = bytes.length
    let nameStart = -1
    let nameEnd = -1
    for (let at = start; at < length; at++) {
      const byte = bytes[at]!
      if (byte === DOUBLE || byte === SINGLE) {
        const valueStart = at + 1
        for (at++; at < length && bytes[at] !== byte; at++);
        if (at === length) return -1
        if (nameEnd !== -1 && this.#count < MOST_ATTRIBUTES) {
          const place = 4 * this.#count++
          places[place] = nameStart
          places[place + 1] = nameEnd
          places[place + 2] = valueStart
          places[place + 3] = at
        }
        nameStart = nameEnd = -1
      } else if (byte === GT) {
        this.isEmpty = bytes[at - 1] === SLASH
        return at + 1
      } else if (byte === EQUALS) {
        if (nameEnd === -1) nameEnd = at
      } else if (byte <= 0x20) {
        if (nameStart !== -1 && nameEnd === -1) nameEnd = at
      } else if (nameStart === -1 || nameEnd !== -1) {
        nameStart = at
        nameEnd = -1
      }
    }
    return -1
  }

  /** Throws `Refusal` `source-invalid` on an entity that XML itself does not define. */
  get(name: string): string | undefined {
    const place = this.#find(name)
    if (place === -1) return undefined
    const raw = this.#text.slice(this.#places[place + 2]!, this.#places[place + 3]!)
    if (raw.length > LONGEST_WORD) return this.#decode(raw)
    const known = this.#words.get(raw)
    if (known !== undefined) return known
    const word = this.#decode(raw)
    // A decoded word is a string of its own; `raw` would hold on to the whole piece that it was cut from.
    if (word === raw && this.#words.size < MOST_WORDS) this.#words.set(word, word)
    return word
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
      const digit = this.#bytes[at]! - ZERO
      if (digit < 0 || digit > 9) return null
      value = 10 * value + digit
    }
    return value
  }

  /** Made for the place at which this tag stands. */
  refusal(what: string, hint: string): Refusal {
    return this.#refuse(this.#start, what, hint)
  }

  #find(name: string): number {
    for (let place = 0; place < 4 * this.#count; place += 4) {
      const start = this.#places[place]!
      if (this.#places[place + 1]! - start === name.length && this.#matches(start, name)) return place
    }
    return -1
  }

  #matches(start: number, text: string): boolean {
    for (let n = 0; n < text.length; n++) if (this.#bytes[start + n] !== text.charCodeAt(n)) return false
    return true
  }

  /** The five entities of XML 1.0 §4.6 and character references; anything else would need a DTD. */
  #decode(raw: string): string {
    const value = Buffer.from(raw, 'latin1').toString('utf8')
    if (!value.includes('&')) return printable(value)
    const decoded = value.replaceAll(/&([^;&\s]{0,32});?/g, (_, name: string) => {
      const character = PREDEFINED.get(name) ?? referenced(name)
      if (character !== null) return character
      throw this.refusal(`the entity &${name}; is none of XML's own`, 'nmap writes no others; take it out if you trust the file')
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
