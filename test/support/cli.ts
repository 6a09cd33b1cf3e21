import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Where a test works: a folder for its files, a data folder beside it, and the command line between them. */
export interface Workplace {
  readonly folder: string
  readonly data: string
  /** Writes a file below the folder; its path. */
  put(name: string, content: string | Uint8Array): string
  /** Runs `portreeve ARGS` in the folder, as a process of its own. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** As `run`, and it must end with 0 and say nothing but one JSON document. */
  json(args: readonly string[], options?: RunOptions): Promise<unknown>
  /** Starts `portreeve ARGS`, which goes on. */
  start(args: readonly string[], options?: RunOptions): ChildProcess
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Removed after the test. `enter`: a command line before each command, into a namespace for instance. */
export function workplace(
  options: { readonly enter?: readonly string[]; readonly data?: string } = {},
): Workplace {
  const root = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'work')
  const data = options.data ?? join(root, 'data')
  mkdirSync(folder)
  // A namespace of its own begins in the root folder.
  const enter = options.enter === undefined ? [] : [...options.enter, 'env', '-C', folder]
  const command = [...enter, process.execPath, MAIN]

  const start: Workplace['start'] = (args, { env } = {}) =>
    spawn(command[0] ?? '', [...command.slice(1), ...args], {
      cwd: folder,
      env: { ...surroundings(), PORTREEVE_DATA: data, ...env },
    })
  const run: Workplace['run'] = async (args, more = {}) => ended(start(args, more), more.input)
  return {
    folder,
    data,
    start,
    run,
    put: (name, content) => {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
      return path
    },
    json: async (args, more) => {
      const { code, out, err } = await run(args, more)
      expect({ code, err }).toMatchObject({ code: 0 })
      return JSON.parse(out)
    },
  }
}

/** Waits for a process that ends by itself. */
async function ended(child: ChildProcess, input: string | Uint8Array | undefined): Promise<Ran> {
  const out = gather(child.stdout)
  const err = gather(child.stderr)
  onTestFinished(() => void child.kill('SIGKILL'))
  // Bad input may be refused before all of it was read.
  child.stdin?.on('error', () => undefined).end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: out(), err: err() }
}

export function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

/** Nothing of the machine's own Portreeve may reach a test. */
function surroundings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PORTREEVE_')))
}

/** Looks again until `look` answers something else than null; an error after so long. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The refusal that a person reads: status 2, an error and a way out, nothing on standard output. */
export function expectRefusal(ran: Ran, error: RegExp, hint: RegExp = /./): void {
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err).toMatch(/^portreeve: error: /)
  expect(ran.err).toMatch(error)
  const hints = ran.err.split('\n').filter((line) => line.startsWith('portreeve: hint: '))
  expect(hints.join('\n')).toMatch(hint)
}
