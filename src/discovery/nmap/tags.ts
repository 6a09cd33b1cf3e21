import { isUtf8 } from 'node:buffer'

import { Refusal } from '../../model/refusal.ts'
import { latin1 } from './latin1.ts'
import { Tag } from './tag.ts'

/** Takes the elements that were asked for, each as the caller named it. */
export interface TagHandler<Element> {
  /** The tag is reused: take from it what is needed before returning. */
  open(element: Element, tag: Tag): void
  /** Also called after `open` of an empty element. */
  close(element: Element, tag: Tag): void
}

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f
const NEW_LINE = 0x0a

/** The output of a script stands in one attribute; longer than this is no scan, but an attack on memory. */
const LONGEST_TAG = 8 * 1024 * 1024

/** V8 maps memory anew for each string of more than 128 KiB, which then costs more than reading it. */
const PIECE = 65_536

const REWRITE = 'scan again with nmap -oX, or convert the file to UTF-8'
const DECLARED =
  'nmap writes <!DOCTYPE nmaprun> and nothing more; take the declaration out if you trust the file'

/**
 * Tags of an XML text that comes in pieces, found by their bytes. Not a general XML parser: it knows what nmap
 * writes, skips what it is not asked for without decoding it, and refuses what could make a parser dangerous.
 * Memory is bounded by the longest tag.
 */
export class TagScanner<Element> {
  readonly #file: string
  readonly #wanted: WantedNames<Element>
  readonly #handler: TagHandler<Element>
  readonly #tag = new Tag((at, what, hint) => this.#refusal(at, what, hint))
  /** Bytes that are not read yet; all but the last piece are an incomplete tag. */
  #pieces: Uint8Array[] = []
  #length = 0
  /** How many of them were looked at in vain. */
  #looked = 0
  #bytes: Buffer = Buffer.alloc(0)
  /** Lines before `#bytes`, and characters of the last line before it. */
  #lines = 0
  #columns = 0

  constructor(file: string, wanted: Readonly<Record<string, Element>>, handler: TagHandler<Element>) {
    this.#file = file
    this.#wanted = new WantedNames(wanted)
    this.#handler = handler
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += PIECE) this.#take(chunk.subarray(at, at + PIECE))
  }

  /** True where nothing but white space is left. */
  finish(): boolean {
    this.#read()
    return Buffer.concat(this.#pieces).toString('latin1').trim() === ''
  }

  #take(piece: Uint8Array): void {
    this.#length += piece.length
    // What is left of a long tag is looked at when it has doubled: else the work would grow with its square.
    const wait = this.#length < 2 * this.#looked
    // A copy: the piece belongs to the stream, which may fill it again.
    this.#pieces.push(wait ? Buffer.from(piece) : piece)
    if (!wait) this.#read()
  }

  #read(): void {
    const bytes = joined(this.#pieces)
    this.#bytes = bytes
    // XML has no NUL; and what reads past one and what stops at it would see two scans.
    const nul = bytes.indexOf(0)
    if (nul !== -1) throw this.#refusal(nul, 'a NUL byte', REWRITE)
    // A character for each byte: searching in a string is cheaper than in a Buffer, and the places are the same.
    const text = latin1(bytes, 0, bytes.length)
    const used = this.#scan(bytes, text)
    const complete = bytes.subarray(0, used)
    if (!isUtf8(complete)) throw this.#refusal(firstInvalid(complete), 'a byte that is no UTF-8', REWRITE)
    this.#countLines(text, used)
    this.#keep(bytes.subarray(used))
    if (this.#length > LONGEST_TAG)
      throw this.#refusal(used, `a tag of more than ${LONGEST_TAG} bytes`, REWRITE)
  }

  #keep(rest: Uint8Array): void {
    this.#pieces = rest.length === 0 ? [] : [Buffer.from(rest)]
    this.#length = this.#looked = rest.length
  }

  /** Handles every complete tag and returns how many bytes they took. */
  #scan(bytes: Buffer, text: string): number {
    let start = nextTag(bytes, text, 0)
    while (start !== -1) {
      if (start + 1 === bytes.length) return start
      const mark = bytes[start + 1]
      const isMarkup = mark === BANG || mark === QUESTION
      const end = isMarkup ? this.#skipMarkup(bytes, text, start) : this.#element(bytes, text, start)
      if (end === -1) return start
      start = nextTag(bytes, text, end)
    }
    return lastCharacter(bytes)
  }

  /** Handles the tag at `start`; returns where it ends, -1 where its end is not there yet. */
  #element(bytes: Buffer, text: string, start: number): number {
    const isEnd = bytes[start + 1] === SLASH
    const nameStart = isEnd ? start + 2 : start + 1
    const nameEnd = endOfName(bytes, nameStart)
    if (nameEnd === -1) return -1
    const element = this.#wanted.find(bytes, nameStart, nameEnd)
    if (element === null && bytes[nameEnd] === GT) return nameEnd + 1
    const tag = this.#tag
    if (!tag.read(bytes, text, start, nameEnd)) return -1
    if (element === null) return tag.end
    if (!isEnd) this.#handler.open(element, tag)
    if (isEnd || tag.isEmpty) this.#handler.close(element, tag)
    return tag.end
  }

  /** Comments, CDATA and processing instructions; refuses what declares anything. */
  #skipMarkup(bytes: Buffer, text: string, start: number): number {
    if (bytes[start + 1] === QUESTION) return after(text, '?>', start + 2)
    if (text.length - start < 9) return -1
    if (text.startsWith('<!--', start)) return after(text, '-->', start + 4)
    if (text.startsWith('<![CDATA[', start)) return after(text, ']]>', start + 9)
    const end = after(text, '>', start)
    const declaration = text.slice(start, end === -1 ? start + 200 : end)
    if (end !== -1 && /^<!DOCTYPE\s+nmaprun\s*>$/.test(declaration)) return end
    if (end === -1 && /^<!DOCTYPE[\s\w]*$/.test(declaration)) return -1
    throw this.#refusal(start, 'a document type or an entity is declared, which no scan needs', DECLARED)
  }

  #countLines(text: string, end: number): void {
    let start = 0
    for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', start)) {
      this.#lines++
      this.#columns = 0
      start = at + 1
    }
    this.#columns += characters(this.#bytes.subarray(start, end))
  }

  #refusal(at: number, what: string, hint: string): Refusal {
    const before = this.#bytes.subarray(0, at)
    const lineStart = before.lastIndexOf(NEW_LINE) + 1
    let line = this.#lines + 1
    for (const byte of before) if (byte === NEW_LINE) line++
    const column = characters(before.subarray(lineStart)) + (lineStart === 0 ? this.#columns : 0) + 1
    const fault = { message: what, position: { file: this.#file, line, column }, hint }
    return new Refusal('source-invalid', `${this.#file}:${line}:${column}: ${what}`, {
      hint,
      faults: [fault],
    })
  }
}

/** Finds a name among some by its bytes, without making a string of it. */
class WantedNames<Element> {
  readonly #byLength: readonly (readonly { readonly bytes: Buffer; readonly element: Element }[])[]

  constructor(wanted: Readonly<Record<string, Element>>) {
    const all = Object.entries(wanted).map(([name, element]) => ({ bytes: Buffer.from(name), element }))
    const longest = Math.max(...all.map(({ bytes }) => bytes.length))
    this.#byLength = Array.from({ length: longest + 1 }, (_, length) =>
      all.filter(({ bytes }) => bytes.length === length),
    )
  }

  find(bytes: Buffer, start: number, end: number): Element | null {
    const candidates = this.#byLength[end - start]
    if (candidates === undefined) return null
    for (const candidate of candidates) {
      const name = candidate.bytes
      let at = 0
      while (at < name.length && bytes[start + at] === name[at]) at++
      if (at === name.length) return candidate.element
    }
    return null
  }
}

function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces
  if (only === undefined || pieces.length > 1) return Buffer.concat(pieces)
  return Buffer.from(only.buffer, only.byteOffset, only.length)
}

function endOfName(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte <= 0x20 || byte === GT || byte === SLASH || byte === LT) return at
  }
  return -1
}

/** Mostly nothing but a line's end is between two tags: then the native search costs more than a look. */
function nextTag(bytes: Buffer, text: string, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at]! <= 0x20) at++
  if (at === bytes.length) return -1
  return bytes[at] === LT ? at : text.indexOf('<', at)
}

/** Text between tags may end within a character; that one waits for the next piece. */
function lastCharacter(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes.length - end < 3 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  return end > 0 && bytes[end - 1]! >= 0xc0 ? end - 1 : bytes.length
}

function after(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found === -1 ? -1 : found + what.length
}

function characters(bytes: Buffer): number {
  return bytes.toString('utf8').length
}

/** The decoder puts U+FFFD where it cannot read; a scan that really holds one before that moves the place, no more. */
function firstInvalid(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  return Buffer.byteLength(text.slice(0, text.indexOf('\u{fffd}')))
}
