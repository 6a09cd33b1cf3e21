import { latin1 } from './latin1.ts'
import type { Tag } from './tag.ts'

/** Contents that are kept, and how long one may be: half a megabyte at most, whatever a hostile scan says. */
const KEPT = 1024
const LONGEST = 512

/**
 * What stood within elements of one name, and what it meant. Of most of its ports a scan says one of a few things
 * ("open, nginx 1.22.1"), in the same bytes each time: they are compared, not read again. Without this a usual scan
 * takes twice as long.
 */
export class KnownContents<Meaning> {
  readonly #endTag: string
  readonly #foreign: RegExp
  readonly #known = new Map<number, Known<Meaning>>()
  /** Sums of contents that were seen once: copies are made of what comes back, not of what each port has alone. */
  readonly #seen = new Int32Array(KEPT)
  #text = ''
  #start = 0
  /** Where the next end tag stands; the end of the text where there is none. */
  #end = 0

  /** @param foreign finds what would mean something beyond its element; contents with that are not kept. */
  constructor(name: string, foreign: RegExp) {
    this.#endTag = `</${name}>`
    this.#foreign = foreign
  }

  /** What the content behind the tag means, and the tag then goes on to behind the end tag; null if unknown. */
  recall(tag: Tag): Meaning | null {
    const { text, end: start } = tag
    // Searched for once: a file of tags without an end would else be searched to its end from each of them.
    if (text !== this.#text || start > this.#end) this.#end = placeOf(this.#endTag, text, start)
    this.#text = text
    this.#start = start
    const end = this.#end
    if (end === text.length || end - start > LONGEST) return null
    const known = this.#known.get(sumOf(text, start, end) % KEPT)
    // Comparing slices is native; comparing characters in a loop takes as long as reading the tags.
    if (known === undefined || text.slice(start, end) !== known.content) return null
    tag.end = end + this.#endTag.length
    return known.meaning
  }

  /** At the end tag of the element that was not known. */
  learn(endTag: Tag, meaning: Meaning): void {
    const { text, start: end } = endTag
    const start = this.#start
    if (text !== this.#text || end !== this.#end || end - start > LONGEST) return
    const sum = sumOf(text, start, end)
    const slot = sum % KEPT
    if (this.#seen[slot] !== sum) {
      this.#seen[slot] = sum
      return
    }
    if (this.#foreign.test(text.slice(start, end))) return
    this.#known.set(slot, { content: latin1(endTag.bytes, start, end), meaning })
  }
}

interface Known<Meaning> {
  readonly content: string
  readonly meaning: Meaning
}

function placeOf(what: string, text: string, from: number): number {
  const found = text.indexOf(what, from)
  return found === -1 ? text.length : found
}

/** From the length and every twelfth character: enough to tell contents apart that differ in a version. */
function sumOf(text: string, start: number, end: number): number {
  let sum = end - start
  for (let at = start; at < end; at += 12) sum = (Math.imul(31, sum) + text.charCodeAt(at)) & 0x7fff_ffff
  return sum
}
