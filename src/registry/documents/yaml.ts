import { Composer, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import type { Document, ParsedNode } from 'yaml'
import type { Json } from '../../model/entry.ts'
import type { Fault, Position } from '../../model/refusal.ts'
import { MAX_DEPTH, plain } from './plain.ts'
import type { AliasBudget } from './plain.ts'
import type { Path } from './path.ts'
import { syntaxFault } from './syntax.ts'

export interface YamlDocument {
  readonly value: Json
  /** Where the value at `path` begins, or what holds it where there is none. */
  readonly at: (path: Path) => Position
  /** Where the key of a field stands. */
  readonly keyAt: (path: Path) => Position
}

/**
 * YAML 1.2 text as plain JSON, one document at a time, so that a large file is never in memory as a tree. A
 * document that is broken yields its faults instead.
 *
 * Differences from the core schema, since a document holds no fractions: a number is a whole number in its shortest
 * form; everything else that is not `null`, `true`, `false` stays the text that was written (`7.10`, 64 zeros,
 * `2027-05-01`).
 */
export function* readYaml(file: string, text: string): Generator<YamlDocument | readonly Fault[]> {
  const lines = new LineCounter()
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const aliases: AliasBudget = { left: 200_000 }
  for (const document of compose(text, lines)) {
    if ('offset' in document) yield [tooDeep(position(document.offset))]
    else if (document.errors[0] !== undefined) yield [syntaxFault(document.errors[0], position)]
    else if (document.contents !== null && !isEmpty(document.contents)) {
      yield readDocument(document.contents, aliases, position)
    }
  }
}

interface TooDeep {
  readonly offset: number
}

function tooDeep(position: Position): Fault {
  const message = `values are nested deeper than ${MAX_DEPTH} levels; the file is not read any further`
  return { message, position, hint: 'no document needs more than eight' }
}

function readDocument(
  contents: ParsedNode,
  aliases: AliasBudget,
  position: (offset: number) => Position,
): YamlDocument | readonly Fault[] {
  const { value, faults } = plain(contents, aliases)
  if (faults.length > 0) {
    return faults.map(({ offset, message, hint }) => ({ message, position: position(offset), hint }))
  }
  return {
    value,
    at: (path: Path) => position(find(contents, path).value),
    keyAt: (path: Path) => position(find(contents, path).key),
  }
}

function* compose(text: string, lines: LineCounter): Generator<Document.Parsed | TooDeep> {
  // Unique keys are checked by `plain`, in linear time; the composer's own check is quadratic.
  const composer = new Composer({
    version: '1.2',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
  })
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) yield* composer.next(token)
    // The composer recurses: a megabyte of `[` would end the process, so it never gets to see one.
    if (parser.stack.length > MAX_DEPTH) {
      yield { offset: parser.offset }
      return
    }
  }
  for (const token of parser.end()) yield* composer.next(token)
  yield* composer.end()
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === ''
}

function find(root: ParsedNode, path: Path): { key: number; value: number } {
  let found: { key: ParsedNode; value: ParsedNode } = { key: root, value: root }
  for (const step of path) {
    const next = child(found.value, step)
    if (next === null) break
    found = next
  }
  return { key: found.key.range[0], value: found.value.range[0] }
}

function child(node: ParsedNode, step: string | number): { key: ParsedNode; value: ParsedNode } | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as ParsedNode | undefined
    return item === undefined ? null : { key: item, value: item }
  }
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined
  return pair === undefined ? null : { key: pair.key, value: pair.value ?? pair.key }
}
