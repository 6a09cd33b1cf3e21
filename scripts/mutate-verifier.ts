import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'

/**
 * Mutation testing of the verifier: `node scripts/mutate-verifier.ts [--sample N] [--seed S] [--file NAME…]`. Each
 * mutant changes one place of verifier/src in a copy of the repository; a mutant that no test notices survives. Fails
 * on survivors that test/evidence/survivors.txt does not explain.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = join(ROOT, 'verifier', 'src')
const SURVIVORS = join(ROOT, 'test', 'evidence', 'survivors.txt')
const TESTS = ['verifier/src', 'test/evidence/keys', 'test/evidence/trust', 'test/evidence/sample']
const SLOWER = [
  'test/evidence/replay',
  'test/evidence/golden',
  'test/evidence/stamped',
  'test/evidence/timestamp',
  'test/evidence/pack',
]
// What people read, what a disk is read with, and the command line are not what judges.
const LEFT_OUT = ['text.ts', 'main.ts', 'case.ts', 'read-folder.ts']

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

interface Mutant {
  readonly file: string
  readonly line: number
  readonly from: number
  readonly until: number
  readonly text: string
  /** The code before and after, and its line. */
  readonly says: string
}

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string', multiple: true },
  },
})
const all = readdirSync(SOURCES)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !LEFT_OUT.includes(name))
  .filter((name) => values.file === undefined || values.file.includes(name))
  .flatMap(mutantsOf)
const mutants = values.sample === undefined ? all : sampled(all, Number(values.sample), Number(values.seed))
const explained = new Set(
  readFileSync(SURVIVORS, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('  ')),
)
say(`${mutants.length} of ${all.length} mutants`)
const copy = copyOf()
try {
  const survivors = mutants.filter((mutant) => survives(copy, mutant)).map(nameOf)
  const strangers = survivors.filter((name) => !explained.has(name))
  say(
    `${mutants.length - survivors.length} killed, ${survivors.length} survived, ${strangers.length} of them not explained`,
  )
  process.exitCode = strangers.length > 0 ? 1 : 0
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function mutantsOf(file: string): Mutant[] {
  const text = readFileSync(join(SOURCES, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Mutant[] = []
  const add = (node: ts.Node, replacement: string) => {
    const from = node.getStart(source)
    const line = source.getLineAndCharacterOfPosition(from).line + 1
    const before = text.slice(from, node.end).replaceAll(/\s+/g, ' ')
    const code = (text.split('\n')[line - 1] ?? '').trim()
    found.push({
      file,
      line,
      from,
      until: node.end,
      text: replacement,
      says: `${before} → ${replacement} in ${code}`,
    })
  }
  const visit = (node: ts.Node): void => {
    // Types, imports and what is told to people are no behaviour.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return
    mutate(node, source, add)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function mutate(node: ts.Node, source: ts.SourceFile, add: (node: ts.Node, text: string) => void): void {
  if (ts.isBinaryExpression(node)) {
    const operator = OPERATORS.get(node.operatorToken.kind)
    if (operator !== undefined) add(node.operatorToken, operator)
  }
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    const called = node.expression.expression.getText(source)
    // A check that is left out.
    if (/^(?:must|check[A-Z]\w*|\w+\.end)$/.test(called)) add(node, ';')
  }
  if (ts.isIfStatement(node) && node.elseStatement === undefined) add(node.expression, 'false')
  if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false')
  if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true')
  if (ts.isNumericLiteral(node)) add(node, `${Number(node.text) + 1}`)
}

function copyOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-mutants-'))
  const root = join(folder, basename(ROOT))
  mkdirSync(root)
  for (const name of [
    'src',
    'verifier',
    'test',
    'vectors',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
  ])
    cpSync(join(ROOT, name), join(root, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const shared = join(dirname(ROOT.replace(/\/$/, '')), 'shared')
  symlinkSync(shared, join(folder, 'shared'))
  return folder
}

function survives(folder: string, mutant: Mutant): boolean {
  const path = join(folder, basename(ROOT), 'verifier', 'src', mutant.file)
  const whole = readFileSync(path, 'utf8')
  writeFileSync(path, whole.slice(0, mutant.from) + mutant.text + whole.slice(mutant.until))
  const survived = passes(folder, TESTS) && passes(folder, SLOWER)
  writeFileSync(path, whole)
  if (survived) process.stdout.write(`${nameOf(mutant)}    (line ${mutant.line})\n`)
  return survived
}

function passes(folder: string, tests: readonly string[]): boolean {
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--bail=1', '--reporter=dot', ...tests],
    // A mutant may never end.
    {
      cwd: join(folder, basename(ROOT)),
      stdio: 'ignore',
      timeout: 180_000,
      env: { ...process.env, PORTREEVE_MUTANT: '1' },
    },
  )
  return status === 0
}

/** By its code, so that it is the same mutant when lines move. */
function nameOf({ file, says }: Mutant): string {
  return `${file}: ${says}`
}

/** A linear congruential generator is enough to choose. */
function sampled(from: readonly Mutant[], count: number, seed: number): Mutant[] {
  let state = seed
  const scored = from.map((mutant) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return { mutant, score: state }
  })
  return scored
    .toSorted((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ mutant }) => mutant)
}

function say(text: string): void {
  process.stderr.write(`portreeve: ${text}\n`)
}
