import { Composer, Lexer, LineCounter, Parser, Schema } from 'yaml'
import type { CST, Document, Node } from 'yaml'
import { Refusal } from '../../model/refusal.ts'
import { aliasTargets } from './aliases.ts'
import { Faults } from './faults.ts'
import type { MappingTable } from './nodes.ts'
import type { YamlNode } from './nodes.ts'

/**
 * `yaml` keeps 100 to 400 bytes for each byte of a document, so this bound is some 1.5 GB of memory at the worst.
 * etcd takes objects up to 1.5 MiB; only a list of many is larger. Documents of one file are composed one after the
 * other and do not add up.
 */
const MOST_DOCUMENT = 4 * 1024 * 1024

// A schema object, and not its name, because `%YAML 1.1` in a file would otherwise bring back `22:22` = 1342.
const CORE = new Schema({ schema: 'core' })

// Keys are compared by our own tables, in linear time: `uniqueKeys` compares each with each.
const COMPOSE = { schema: CORE, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const

/**
 * The documents of a YAML 1.2 (or JSON) text, one at a time; a document without content is passed over. What a
 * caller finds wrong with a node goes to `faults`.
 *
 * @throws Refusal `source-invalid` with file, line and column; `source-too-large` for one document above 4 MiB.
 */
export function* yamlDocuments(file: string, text: string, faults = new Faults(file)): Generator<YamlNode> {
  checkSizes(file, text)
  const lines = new LineCounter()
  const mayAlias = text.includes('*') && text.includes('&')
  const composer = new Composer(COMPOSE)
  for (const document of composer.compose(tokens(text, lines, faults), false, text.length)) {
    checkSyntax(document, lines, faults)
    const root = document.contents as Node | null
    if (root === null) continue
    const targets = mayAlias ? aliasTargets(root, faults, lines) : new Map<never, never>()
    faults.refuseIfAny()
    yield { node: root, source: { file, lines, targets, faults, tables: new WeakMap<Node, MappingTable>() } }
  }
}

function checkSizes(file: string, text: string): void {
  for (let start = 0; text.length - start > MOST_DOCUMENT;) {
    const end = text.lastIndexOf('\n---', start + MOST_DOCUMENT)
    if (end <= start) {
      throw new Refusal('source-too-large', `${file}: one YAML document is larger than 4 MiB`, {
        hint: 'split it, for example one namespace or one object for each document',
      })
    }
    start = end
  }
}

/** Deeper than any manifest. A byte of nesting costs the parser a kilobyte, and its composer a frame of the stack. */
const DEEPEST = 500

/** As `Parser.parse`, but ends where the text nests too deeply. */
function* tokens(text: string, lines: LineCounter, faults: Faults): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > DEEPEST) {
      const { line, col } = lines.linePos(parser.offset)
      faults.add(
        line,
        col,
        `nested more than ${DEEPEST} deep`,
        'no manifest nests so deeply: leave the file out of the paths',
      )
      faults.refuseIfAny()
    }
  }
  yield* parser.end()
}

function checkSyntax(document: Document.Parsed | Document, lines: LineCounter, faults: Faults): void {
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0])
    faults.add(line, col, error.message, null)
  }
}
