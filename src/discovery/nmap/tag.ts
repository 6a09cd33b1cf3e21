import { Refusal } from '../../model/refusal.ts'

const GT = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const DOUBLE = 0x22
const SINGLE = 0x27
const AMPERSAND = 0x26

/** nmap's elements have at most a dozen attributes; what a hostile file has beyond this is not looked at. */
const MOST_ATTRIBUTES = 64

/**
 * The attributes of one tag, `name="value"` in any order. Where they stand is remembered; a string is made only of
 * those that are asked for. One Tag serves a whole file.
 */
export class Tag {
  readonly #file: string
  /** Four numbers an attribute: start and end of its name, start and end of its value. */
  readonly #places = new Int32Array(4 * MOST_ATTRIBUTES)
  #count = 0
  #bytes: Buffer = Buffer.alloc(0)
  isEmpty = false

  constructor(file: string) {
    this.#file = file
  }

  /** Reads from behind the element's name; returns the place behind `>`, -1 where it is not there yet. */
  read(bytes: Buffer, start: number): number {
    this.#bytes = bytes
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
    const start = this.#places[place + 2]!
    const end = this.#places[place + 3]!
    for (let at = start; at < end; at++) {
      if (this.#bytes[at] === AMPERSAND) return decode(this.#bytes.toString('utf8', start, end), this.#file)
    }
    return this.#bytes.toString('utf8', start, end)
  }

  /** `get(name) === value` without making a string; `value` holds no character that XML escapes. */
  is(name: string, value: string): boolean {
    const place = this.#find(name)
    if (place === -1) return false
    const start = this.#places[place + 2]!
    return this.#places[place + 3]! - start === value.length && this.#matches(start, value)
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
}

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five entities of XML 1.0 §4.6 and character references; anything else would need a DTD. */
function decode(value: string, file: string): string {
  return value.replaceAll(/&([^;&\s]{0,32});?/g, (_, name: string) => {
    if (Object.hasOwn(PREDEFINED, name)) return PREDEFINED[name] ?? ''
    const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
    const point = code === null ? NaN : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16)
    if (point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point)
    throw new Refusal('source-invalid', `${file} uses the entity &${name}; which XML does not define`, {
      hint: 'nmap writes no entities of its own; take it out if you trust the file',
    })
  })
}
