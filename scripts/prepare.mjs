// Makes a bare clone runnable: dependencies, Node 24 and a fresh build. Plain JavaScript for the Node 20 that a
// machine may have; everything behind it runs on the Node of node_modules.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node')
export const MAIN = join(ROOT, 'dist', 'main.js')

/** `npm ci` when there is no installation, or the lock file is newer than it. */
export function install() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json')
  const fresh =
    existsSync(NODE) &&
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs
  if (fresh) return
  say('installing dependencies (once)')
  must('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
  if (!existsSync(NODE))
    fail('the npm package "node" brought no binary', 'allow its install script: npm rebuild node')
  // npm keeps the date of an installation that was already complete.
  writeFileSync(installed, readFileSync(installed))
}

/** Builds what changed since the last build; a warm start only compares names, sizes and dates. */
export function build() {
  const parts = [
    {
      name: 'server',
      inputs: ['src', 'tsconfig.json', 'tsconfig.build.json'],
      run: [tool('typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    },
    {
      name: 'verifier',
      inputs: ['verifier/src', 'verifier/tsconfig.json', 'tsconfig.json'],
      run: [tool('typescript/bin/tsc'), '-p', 'verifier'],
      // A package of its own, and beside the server in the package that has both.
      copy: ['verifier/dist', 'dist/verifier'],
    },
    {
      name: 'console',
      inputs: [
        'console/src',
        'console/index.html',
        'console/vite.config.ts',
        'src/api',
        'src/model',
        'src/lib',
      ],
      run: [tool('vite/bin/vite.js'), 'build', 'console', '--logLevel', 'warn'],
    },
  ]
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  for (const part of parts) {
    const stamp = join(ROOT, 'dist', `.${part.name}.stamp`)
    const state = digest([...part.inputs, 'package-lock.json'])
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) continue
    say(`building the ${part.name}`)
    must(NODE, part.run)
    if (part.copy !== undefined)
      cpSync(join(ROOT, part.copy[0]), join(ROOT, part.copy[1]), { recursive: true })
    writeFileSync(stamp, state)
  }
}

/** Runs Node 24 with this process's streams; resolves with its exit status. */
export function run(args, options = {}) {
  const child = spawn(NODE, args, { stdio: 'inherit', cwd: ROOT, ...options })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 70)),
    )
  })
}

export function say(text) {
  process.stderr.write(`portreeve: ${text}\n`)
}

export function fail(error, hint) {
  process.stderr.write(`portreeve: error: ${error}\nportreeve: hint: ${hint}\n`)
  process.exit(2)
}

function must(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    fail(
      `${command} ${args.join(' ')} ended with ${status}`,
      'see the lines above; run it again when they are mended',
    )
}

function tool(path) {
  return join(ROOT, 'node_modules', path)
}

function digest(inputs) {
  const hash = createHash('sha256')
  for (const input of inputs)
    walk(join(ROOT, input), (path, stat) => hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`))
  return hash.digest('hex')
}

function walk(path, visit) {
  const stat = statSync(path)
  if (stat.isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name), visit)
  else visit(path, stat)
}
