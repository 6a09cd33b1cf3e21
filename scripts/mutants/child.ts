import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { ROOT, SOURCES, switchedSources } from './mutants.ts'
import type { Gathered } from './vitest.ts'

/**
 * Runs mutants, in a process of its own, because a mutant may never end. It loads the tests once, with every mutant
 * behind a switch, and notes which tests reach which mutants; a mutant is then run by the tests that reach it, until
 * one fails. A mutant of what is computed while a file is loaded is run with everything loaded anew.
 */

const TESTS = [
  'verifier/src/edges.test.ts',
  'verifier/src/parsers.test.ts',
  'verifier/src/statement-vectors.test.ts',
  'test/evidence/keys.test.ts',
  'test/evidence/trust.test.ts',
  'test/evidence/sample.test.ts',
  // Those that need no server: the others ask the same verifier.
  'test/evidence/holds.test.ts#a verifier',
  'test/evidence/golden.test.ts',
  'test/evidence/pack.test.ts',
  'test/evidence/replay.test.ts',
  'test/evidence/stamped.test.ts',
  'test/evidence/timestamp.test.ts',
  'verifier/src/conformance.test.ts',
]

/** What one child learned of the unchanged verifier; another takes it over. */
export interface Baseline {
  /** Milliseconds, and calls of switches, of each test. */
  readonly took: readonly (readonly [ms: number, calls: number])[]
  /** By mutant: tests that reach it, quickest first. Empty: none does. */
  readonly reach: readonly (readonly number[])[]
  /** Mutants that are reached while the verifier is loaded: only what is loaded anew has them. */
  readonly loading: readonly number[]
}

export type FromChild =
  | { readonly ready: Baseline }
  | { readonly failed: string }
  | { readonly at: string; readonly ms: number }
  | { readonly id: number; readonly killedBy: string | null }
export type ToChild = { readonly baseline: Baseline | null } | { readonly run: number }

const sources = switchedSources()
const count = sources.reduce((sum, { mutants }) => sum + mutants.length, 0)
const texts = new Map(sources.map(({ file, text }) => [pathToFileURL(join(SOURCES, file)).href, text]))
const STAND_IN = new URL('vitest.ts', import.meta.url).href
const VITEST = pathToFileURL(join(ROOT, 'node_modules/vitest/dist/index.js')).href

let active = -1
let calls = 0
let mostCalls = Number.POSITIVE_INFINITY
let reached = new Uint8Array(count)
Object.assign(globalThis, {
  __mutant(id: number): boolean {
    reached[id] = 1
    // A loop that lost its end is ended here: switches stand in its condition or in what it does.
    if (++calls > mostCalls) throw new Error('this mutant never ends')
    return id === active
  },
})

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'vitest')
      return { url: context.parentURL === STAND_IN ? VITEST : STAND_IN, shortCircuit: true }
    const found = next(specifier, context)
    const load = new URL(context.parentURL ?? 'file:///').search
    // Whoever was loaded anew loads the verifier anew.
    return load !== '' && texts.has(found.url) ? { ...found, url: found.url + load } : found
  },
  load(url, context, next) {
    const text = texts.get(url.split('?', 1)[0] as string)
    return text === undefined
      ? next(url, context)
      : { format: 'module-typescript', source: text, shortCircuit: true }
  },
})

process.env['PORTREEVE_MUTANT'] = '1'
const { gather, passes, sayFarewell } = await import('./vitest.ts')
let loads = 0
const tests: Gathered[] = []
let baseline: Baseline

process.on('message', (message: ToChild) => {
  const done = 'run' in message ? runMutant(message.run) : begin(message.baseline)
  done.then(send, (error: unknown) =>
    send({ failed: error instanceof Error ? (error.stack ?? error.message) : 'it failed' }),
  )
})
process.on('disconnect', () => void sayFarewell().finally(() => process.exit()))

function send(message: FromChild): void {
  process.send?.(message)
}

async function begin(known: Baseline | null): Promise<FromChild> {
  for (const url of texts.keys()) await import(url)
  const loading = reachedNow()
  for (const path of TESTS) tests.push(...(await testsOf(path, '')))
  if (known === null) {
    const took: [number, number][] = []
    const reach: number[][] = Array.from({ length: count }, () => [])
    // A test has to pass twice: it is run again and again.
    for (const round of [1, 2])
      for (const [n, test] of tests.entries()) {
        reached = new Uint8Array(count)
        calls = 0
        const began = performance.now()
        if (!(await passes(test))) return { failed: `${test.name} fails without a mutant, in round ${round}` }
        took[n] = [performance.now() - began, calls]
        if (round === 2) for (const id of reachedNow()) reach[id]?.push(n)
      }
    const ms = (n: number) => took[n]?.[0] ?? 0
    for (const of of reach) of.sort((a, b) => ms(a) - ms(b))
    baseline = { took, reach, loading }
  } else baseline = known
  return { ready: baseline }
}

async function runMutant(id: number): Promise<FromChild> {
  active = id
  try {
    const file = sources.findLast(({ mutants }) => (mutants[0]?.id ?? count) <= id)?.file ?? ''
    if (baseline.loading.includes(id) || REMEMBERS.includes(file)) return { id, killedBy: await killedAnew() }
    for (const n of inOrder(file, baseline.reach[id] ?? [])) {
      const test = tests[n] as Gathered
      if (await passesWithin(test, ...(baseline.took[n] ?? [0, 0]))) continue
      killers.set(file, [n, ...(killers.get(file) ?? []).filter((other) => other !== n)].slice(0, 8))
      return { id, killedBy: test.name }
    }
    return { id, killedBy: null }
  } finally {
    active = -1
    mostCalls = Number.POSITIVE_INFINITY
  }
}

/** Files that remember what they found: without a mutant, too. */
const REMEMBERS = ['ed25519.ts']

/** What killed the last mutants of a file often kills the next one. */
function inOrder(file: string, reaching: readonly number[]): readonly number[] {
  const proven = (killers.get(file) ?? []).filter((n) => reaching.includes(n))
  return [...proven, ...reaching.filter((n) => !proven.includes(n))]
}
const killers = new Map<string, readonly number[]>()

/** The first test that fails, or the file that cannot be loaded. */
async function killedAnew(): Promise<string | null> {
  loads++
  let n = 0
  for (const path of TESTS) {
    calls = 0
    mostCalls = 50_000_000
    const anew = await testsOf(path, `?load=${loads}`).catch(() => null)
    if (anew === null) return path
    for (const test of anew)
      if (!(await passesWithin(test, ...(baseline.took[n++] ?? [0, 0])))) return test.name
  }
  return null
}

async function passesWithin(test: Gathered, ms: number, most: number): Promise<boolean> {
  calls = 0
  mostCalls = 100 * most + 1_000_000
  send({ at: test.name, ms })
  return passes(test)
}

function reachedNow(): number[] {
  return [...reached.keys()].filter((id) => reached[id] === 1)
}

async function testsOf(named: string, load: string): Promise<readonly Gathered[]> {
  const [path = '', group = ''] = named.split('#')
  const all = await gather(() => import(pathToFileURL(join(ROOT, path)).href + load))
  return all.filter(({ name }) => name.startsWith(group))
}
