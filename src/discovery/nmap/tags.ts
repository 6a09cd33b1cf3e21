import { isUtf8 } from 'node:buffer'

import { Refusal } from '../../model/refusal.ts'
import { Tag } from './tag.ts'

/**
 * Tags of an XML text that comes in pieces, found by their bytes. Not a general XML parser: it knows what nmap
 * writes, skips what it is not asked for without decoding it, and refuses what could make a parser dangerous.
 * Memory is bounded by the longest tag.
 */
export interface TagHandler {
  /** An element that was asked for. The tag is reused: take from it what is needed before returning. */
  open(name: string, tag: Tag): void
  close(name: string): void
}

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f

/** Script output stands in one attribute; longer than this is no scan, but an attack on memory. */
const LONGEST_TAG = 32 * 1024 * 1024

export class TagScanner {
  readonly #file: string
  readonly #wanted: WantedNames
  readonly #handler: TagHandler
  readonly #tag: Tag
  /** Bytes of a tag that is not complete yet. */
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes before `#rest`. */
  #offset = 0

  constructor(file: string, wanted: readonly string[], handler: TagHandler) {
    this.#file = file
    this.#wanted = new WantedNames(wanted)
    this.#handler = handler
    this.#tag = new Tag(file)
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([this.#rest, chunk])
    const used = this.#scan(bytes)
    const complete = bytes.subarray(0, used)
    if (!isUtf8(complete)) throw this.#invalid('a byte that is no UTF-8', firstInvalid(complete))
    this.#offset += used
    // A copy: the chunk belongs to the stream, which may fill it again.
    this.#rest = Buffer.from(bytes.subarray(used))
    if (this.#rest.length > LONGEST_TAG) throw this.#invalid(`a tag of more than ${LONGEST_TAG} bytes`, 0)
  }

  /** True where nothing but white space is left. */
  finish(): boolean {
    return this.#rest.toString('latin1').trim() === ''
  }

  /** Handles every complete tag and returns how many bytes they took. */
  #scan(bytes: Buffer): number {
    let at = 0
    for (;;) {
      const start = bytes.indexOf(LT, at)
      if (start === -1) return lastCharacter(bytes)
      const end = this.#tagEnd(bytes, start)
      if (end === -1) return start
      at = end
    }
  }

  /** Handles the tag at `start`; returns where it ends, -1 where its end is not there yet. */
  #tagEnd(bytes: Buffer, start: number): number {
    const mark = bytes[start + 1]
    if (mark === BANG || mark === QUESTION) return this.#skipMarkup(bytes, start, mark)
    const nameStart = mark === SLASH ? start + 2 : start + 1
    const nameEnd = endOfName(bytes, nameStart)
    if (nameEnd === -1) return -1
    const name = this.#wanted.find(bytes, nameStart, nameEnd)
    const end = name === null ? skipTag(bytes, nameEnd) : this.#tag.read(bytes, nameEnd)
    if (end === -1 || name === null) return end
    if (mark === SLASH) this.#handler.close(name)
    else this.#handler.open(name, this.#tag)
    return end
  }

  #skipMarkup(bytes: Buffer, start: number, mark: number): number {
    if (mark === QUESTION) return after(bytes, '?>', start + 2)
    if (bytes.length - start < 9) return -1
    const head = bytes.toString('latin1', start, start + 9)
    if (head.startsWith('<!--')) return after(bytes, '-->', start + 4)
    if (head === '<![CDATA[') return after(bytes, ']]>', start + 9)
    const end = bytes.indexOf(GT, start)
    const declaration = bytes.toString('latin1', start, end === -1 ? Math.min(bytes.length, start + 200) : end + 1)
    if (end !== -1 && /^<!DOCTYPE\s+nmaprun\s*>$/.test(declaration)) return end + 1
    if (end === -1 && /^<!DOCTYPE[\s\w]*$/.test(declaration)) return -1
    throw new Refusal('source-invalid', `${this.#file} declares a document type or an entity, which no scan needs`, {
      hint: 'nmap writes <!DOCTYPE nmaprun> and nothing more; take the declaration out if you trust the file',
    })
  }

  #invalid(what: string, at: number): Refusal {
    return new Refusal('source-invalid', `${this.#file} holds ${what} at byte ${this.#offset + at}`, {
      hint: 'scan again with nmap -oX, or convert the file to UTF-8',
    })
  }
}

/** Finds a name among some by its bytes, without making a string of it. */
class WantedNames {
  readonly #byLength: readonly { readonly name: string; readonly bytes: Buffer }[][]

  constructor(names: readonly string[]) {
    const longest = Math.max(...names.map((name) => name.length))
    this.#byLength = Array.from({ length: longest + 1 }, (_, length) =>
      names.filter((name) => name.length === length).map((name) => ({ name, bytes: Buffer.from(name) })),
    )
  }

  find(bytes: Buffer, start: number, end: number): string | null {
    const candidates = this.#byLength[end - start]
    if (candidates === undefined) return null
    for (const { name, bytes: wanted } of candidates) {
      let at = 0
      while (at < wanted.length && bytes[start + at] === wanted[at]) at++
      if (at === wanted.length) return name
    }
    return null
  }
}

function endOfName(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte <= 0x20 || byte === GT || byte === SLASH) return at
  }
  return -1
}

/** Behind the `>` that ends a tag; one within quotes does not. */
function skipTag(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === GT) return at + 1
    if (byte !== 0x22 && byte !== 0x27) continue
    // Script output is long: the native search is faster than this loop.
    at = bytes.indexOf(byte, at + 1)
    if (at === -1) return -1
  }
  return -1
}

/** Text between tags may end within a character; that one waits for the next piece. */
function lastCharacter(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes.length - end < 3 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  return end > 0 && bytes[end - 1]! >= 0xc0 ? end - 1 : bytes.length
}

function after(bytes: Buffer, text: string, from: number): number {
  const found = bytes.indexOf(text, from, 'latin1')
  return found === -1 ? -1 : found + text.length
}

/** The decoder puts U+FFFD where it cannot read; a scan that really holds one before that moves the place, no more. */
function firstInvalid(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  return Buffer.byteLength(text.slice(0, text.indexOf('\u{fffd}')))
}
