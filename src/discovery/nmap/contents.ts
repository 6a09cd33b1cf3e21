import type { Tag } from './tag.ts'

/** Contents that are kept, and how long one may be: 2 MB at most, which no hostile scan can exceed. */
const KEPT = 4096
const LONGEST = 512

/**
 * What stood within elements of one name, and what it meant. Of most of its ports a scan says one of a few things
 * ("open, nginx 1.22.1"), in the same bytes each time: they are compared, not read again. Without this a scan takes
 * twice as long; one that says something else of each port takes a tenth longer with it.
 */
export class KnownContents<Meaning> {
  readonly #endTag: string
  readonly #foreign: RegExp
  readonly #known: (Known<Meaning> | undefined)[] = Array.from({ length: KEPT })
  #text = ''
  #start = 0
  /** Where the next end tag stands; the end of the text where there is none. */
  #end = 0

  /** @param foreign finds what would mean something beyond its element; contents with that are not kept. */
  constructor(name: string, foreign: RegExp) {
    this.#endTag = `</${name}>`
    this.#foreign = foreign
  }

  /** What the content behind the tag means, and the tag is then everything up to the end tag; null if unknown. */
  recall(tag: Tag): Meaning | null {
    const { text, end: start } = tag
    // Searched for once: a file of tags without an end would else be searched to its end from each of them.
    if (text !== this.#text || start > this.#end) this.#end = placeOf(this.#endTag, text, start)
    this.#text = text
    this.#start = start
    const end = this.#end
    if (end === text.length || end - start > LONGEST) return null
    const known = this.#known[slotOf(text, start, end)]
    // Comparing slices is native; comparing characters in a loop takes as long as reading the tags.
    if (known === undefined || text.slice(start, end) !== known.content) return null
    tag.end = end + this.#endTag.length
    return known.meaning
  }

  /** At the end tag of the element that was not known. */
  learn(endTag: Tag, meaning: Meaning): void {
    const { text, start: end } = endTag
    if (text !== this.#text || end !== this.#end || end - this.#start > LONGEST) return
    const slice = text.slice(this.#start, end)
    if (this.#foreign.test(slice)) return
    // Not cut out of the text, the whole piece of which it would keep in memory.
    const content = Buffer.from(slice, 'latin1').toString('latin1')
    this.#known[slotOf(text, this.#start, end)] = { content, meaning }
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

/** From the length and a few characters, where states, names and versions differ. */
function slotOf(text: string, start: number, end: number): number {
  const length = end - start
  const sum =
    31 * length +
    131 * text.charCodeAt(start + 18) +
    1031 * text.charCodeAt(start + (length >> 1)) +
    17 * text.charCodeAt(start + 3 * (length >> 2)) +
    7 * text.charCodeAt(end - 12)
  // Of a short content one of them may stand behind the text: NaN, of which this makes 0.
  return sum & (KEPT - 1)
}
