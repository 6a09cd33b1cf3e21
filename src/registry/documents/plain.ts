import { isAlias, isScalar, isSeq } from 'yaml'
import type { Alias, ParsedNode, Scalar, YAMLMap } from 'yaml'
import type { Json } from '../../model/entry.ts'

export const MAX_DEPTH = 32
/** An entry of the ledger holds 32 KiB; more values than this cannot fit. */
const MAX_VALUES = 10_000
const TAGS = new Set(['tag:yaml.org,2002:str', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq'])
/** What moves a cursor or turns the direction of text: people sign what they see. Lone surrogates are no text at all. */
const HIDDEN = /[^\P{Cc}\n\t]|[\p{Cs}\u2028-\u202e\u2066-\u2069\ufeff]/u

/** How many values aliases may still repeat, for a whole file. */
export interface AliasBudget {
  left: number
}

export interface PlainFault {
  readonly offset: number
  readonly message: string
  readonly hint: string | null
}

/** A composed document as plain JSON, with what no document may hold, whatever its schema. */
export function plain(
  root: ParsedNode,
  aliases: AliasBudget,
): { value: Json; faults: readonly PlainFault[] } {
  const walk: Walk = { aliases, anchors: new Map(), open: new Set(), faults: [], values: 0, insideAlias: 0 }
  try {
    return { value: valueOf(root, walk, 0), faults: walk.faults }
  } catch (error) {
    if (error instanceof TooLarge) return { value: null, faults: [error.fault] }
    throw error
  }
}

interface Walk {
  readonly aliases: AliasBudget
  readonly anchors: Map<string, ParsedNode>
  readonly open: Set<ParsedNode>
  readonly faults: PlainFault[]
  values: number
  insideAlias: number
}

class TooLarge extends Error {
  readonly fault: PlainFault
  constructor(node: ParsedNode, message: string, hint: string) {
    super(message)
    this.fault = { offset: node.range[0], message, hint }
  }
}

function valueOf(node: ParsedNode, walk: Walk, depth: number): Json {
  count(node, walk, depth)
  if (isAlias(node)) return aliased(node, walk, depth)
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node)
  if (node.tag !== undefined && !TAGS.has(node.tag)) {
    refuse(
      walk,
      node,
      `the tag ${node.tag} has no meaning here`,
      'leave it out; quote a value that must be text',
    )
  }
  if (isScalar(node)) return scalar(node, walk)
  walk.open.add(node)
  const value = isSeq(node)
    ? node.items.map((item) => valueOf(item as ParsedNode, walk, depth + 1))
    : mapping(node, walk, depth)
  walk.open.delete(node)
  return value
}

function count(node: ParsedNode, walk: Walk, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new TooLarge(node, `values are nested deeper than ${MAX_DEPTH} levels`, 'flatten it')
  if (++walk.values > MAX_VALUES || (walk.insideAlias > 0 && --walk.aliases.left < 0)) {
    const cause =
      walk.insideAlias > 0 ? 'aliases repeat values until the document is larger' : 'the document is larger'
    throw new TooLarge(
      node,
      `${cause} than ${MAX_VALUES} values`,
      'write the values out, or split the document',
    )
  }
}

function aliased(alias: Alias.Parsed, walk: Walk, depth: number): Json {
  const target = walk.anchors.get(alias.source)
  if (target === undefined || walk.open.has(target)) {
    const why =
      target === undefined ? 'names an anchor that is not set before it' : 'stands inside its own anchor'
    refuse(
      walk,
      alias,
      `the alias *${alias.source} ${why}`,
      `set &${alias.source} earlier in the same document`,
    )
    return null
  }
  walk.insideAlias++
  const value = valueOf(target, walk, depth)
  walk.insideAlias--
  return value
}

function scalar(node: Scalar.Parsed, walk: Walk): Json {
  const text = String(node.value)
  if (HIDDEN.test(text)) {
    refuse(
      walk,
      node,
      'the text holds a character that cannot be seen',
      'take it out, or describe it in words',
    )
  }
  return node.type === 'PLAIN' && node.tag === undefined ? plainScalar(text) : text
}

function plainScalar(text: string): Json {
  if (text === '' || text === 'null' || text === '~') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}

function mapping(node: YAMLMap.Parsed, walk: Walk, depth: number): Json {
  const entries = new Map<string, Json>()
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : null
    if (name === null) refuse(walk, key, 'a field name is plain text', null)
    else if (HIDDEN.test(name))
      refuse(walk, key, 'a field name holds a character that cannot be seen', 'take it out')
    else if (entries.has(name))
      refuse(walk, key, `the field \`${name}\` stands here twice`, 'keep one of them')
    // An own property of this name would be read as a prototype by whoever copies the object.
    else if (name === '__proto__') refuse(walk, key, 'unknown field `__proto__`', 'take it out')
    else entries.set(name, value === null ? null : valueOf(value, walk, depth + 1))
  }
  return Object.fromEntries(entries)
}

function refuse(walk: Walk, node: ParsedNode, message: string, hint: string | null): void {
  // Offsets inside an alias point at the anchor, which is where the text to mend stands.
  if (walk.insideAlias > 0) return
  // Anchors and tags are whatever the file says, and a terminal would obey some of it.
  walk.faults.push({
    offset: node.range[0],
    message: visible(message),
    hint: hint === null ? null : visible(hint),
  })
}

function visible(text: string): string {
  return text.replaceAll(new RegExp(HIDDEN, 'gu'), '?')
}
