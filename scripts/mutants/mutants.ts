import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The mutants of the verifier: each changes one place of what judges. */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const SOURCES = join(ROOT, 'verifier', 'src')
// What people read, what a disk is read with, and the command line are not what judges.
const LEFT_OUT = ['text.ts', 'main.ts', 'case.ts', 'read-folder.ts']

export interface Mutant {
  /** Counted over all files, so that it means the same in every process. */
  readonly id: number
  /** By its code, so that it is the same mutant when lines move. */
  readonly name: string
  readonly file: string
  readonly line: number
}

/** A file whose mutants are all in it, each behind a switch: `__mutant(id)` says whether that one is on. */
export interface Switched {
  readonly file: string
  readonly text: string
  readonly mutants: readonly Mutant[]
}

/** Every file that judges. */
export function switchedSources(): readonly Switched[] {
  let next = 0
  return readdirSync(SOURCES)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !LEFT_OUT.includes(name))
    .map((file) => {
      const switched = switchedFile(file, readFileSync(join(SOURCES, file), 'utf8'), next)
      next += switched.mutants.length
      return switched
    })
}

const OPERATORS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
])

function switchedFile(file: string, text: string, firstId: number): Switched {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const mutants: Mutant[] = []
  const counts = new Map<string, number>()
  const add = (node: ts.Node, replacement: string): number => {
    const from = node.getStart(source)
    const line = source.getLineAndCharacterOfPosition(from).line + 1
    const before = text.slice(from, node.end).replaceAll(/\s+/g, ' ')
    const says = `${file}: ${before} → ${replacement} in ${(text.split('\n')[line - 1] ?? '').trim()}`
    const count = (counts.get(says) ?? 0) + 1
    counts.set(says, count)
    const id = firstId + mutants.length
    // The same change may be possible several times in one line.
    mutants.push({ id, name: count === 1 ? says : `${says} (${count})`, file, line })
    return id
  }
  const original = (node: ts.Node) => text.slice(node.getStart(source), node.end)
  const render = (node: ts.Node): string => {
    if (isNoBehaviour(node)) return original(node)
    const own = ownSwitch(node, source, { add, original })
    if (own?.whole !== undefined) return own.whole
    let out = ''
    let at = node.getStart(source)
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source)
      if (start < at) return
      const inner = render(child)
      out += text.slice(at, start) + (own?.child === child ? own.wrap(inner) : inner)
      at = child.end
    })
    out += text.slice(at, node.end)
    return own !== null && own.child === null ? own.wrap(out) : out
  }
  return { file, text: render(source), mutants }
}

/** Types, imports, and the words of refusals. */
function isNoBehaviour(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return true
  const { parent } = node
  if (parent === undefined) return false
  if (ts.isNewExpression(parent))
    return parent.expression !== node && REFUSALS.test(parent.expression.getText())
  return ts.isCallExpression(parent) && parent.expression.getText() === 'must' && parent.arguments[1] === node
}
const REFUSALS = /^(?:Fault|Missing|RangeError)$/

/** How a node is switched: as a whole, or around what becomes of it (`child` null) or of one of its children. */
type Own =
  | { readonly whole: string }
  | { readonly whole?: never; readonly child: ts.Node | null; readonly wrap: (inner: string) => string }

interface Making {
  readonly add: (node: ts.Node, replacement: string) => number
  readonly original: (node: ts.Node) => string
}

function ownSwitch(node: ts.Node, source: ts.SourceFile, { add, original }: Making): Own | null {
  if (ts.isBinaryExpression(node)) {
    const operator = OPERATORS.get(node.operatorToken.kind)
    if (operator === undefined) return null
    const id = add(node.operatorToken, operator)
    const mutated = `${original(node.left)} ${operator} ${original(node.right)}`
    return { child: null, wrap: (inner) => `(__mutant(${id}) ? (${mutated}) : (${inner}))` }
  }
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    const called = node.expression.expression.getText(source)
    // A check that is left out.
    if (!/^(?:must|check[A-Z]\w*|\w+\.end)$/.test(called)) return null
    const id = add(node, ';')
    return { child: null, wrap: (inner) => `{ if (__mutant(${id})) {} else { ${inner} } }` }
  }
  if (ts.isIfStatement(node) && node.elseStatement === undefined) {
    const id = add(node.expression, 'false')
    return { child: node.expression, wrap: (inner) => `__mutant(${id}) ? false : (${inner})` }
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword)
    return { whole: `(__mutant(${add(node, 'false')}) ? false : true)` }
  if (node.kind === ts.SyntaxKind.FalseKeyword)
    return { whole: `(__mutant(${add(node, 'true')}) ? true : false)` }
  if (ts.isNumericLiteral(node)) return numberSwitch(node, { add, original })
  return null
}

function numberSwitch(node: ts.NumericLiteral, { add, original }: Making): Own | null {
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return null
  const other = `${Number(node.text) + 1}`
  return { whole: `(__mutant(${add(node, other)}) ? ${other} : ${original(node)})` }
}
