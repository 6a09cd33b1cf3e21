import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { Baseline, FromChild, ToChild } from './mutants/child.ts'
import { ROOT, switchedSources, type Mutant } from './mutants/mutants.ts'

/**
 * Mutation testing of the verifier: `node scripts/mutate-verifier.ts [--all | --file NAME…] [--workers N]`. Every mutant
 * of the files that are held to it is run by the tests that reach it; one that no test notices survives. Fails on
 * survivors that test/evidence/survivors.txt does not explain, and on explanations of mutants that do not survive.
 * `--all` runs every file that judges, and shows what is still to be done in the others.
 */

const HELD =
  'answer bytes checkpoint checks citation der ed25519 entries fault form hash-tiles history holds ids interval jcs judge'
    .split(' ')
    .map((name) => `${name}.ts`)
const SURVIVORS = join(ROOT, 'test', 'evidence', 'survivors.txt')
/** A test of a mutant takes this much longer than without one before its process is ended. */
const PATIENCE_MS = 10_000

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    file: { type: 'string', multiple: true },
    workers: { type: 'string', default: '2' },
  },
})
const began = performance.now()
const all = switchedSources().flatMap(({ mutants }) => mutants)
const files = values.file ?? HELD
const mutants = all.filter(({ file }) => values.all || files.includes(file))
const explained = new Set(
  readFileSync(SURVIVORS, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('  ')),
)
const queue = mutants.toReversed()
const survivors: Mutant[] = []
let done = 0
say(`${mutants.length} of ${all.length} mutants`)
const first = await startChild(null)
say(`the tests were run without a mutant after ${seconds()} s`)
const others = Array.from({ length: Number(values.workers) - 1 }, () => startChild(first.baseline))
await Promise.all([first, ...others].map(async (child) => work(await child)))
report()

function report(): void {
  const strangers = survivors.filter(({ name }) => !explained.has(name))
  const alive = new Set(survivors.map(({ name }) => name))
  const sought = new Set(mutants.map(({ name }) => name))
  const known = new Set(all.map(({ name }) => name))
  const idle = [...explained].filter((name) => (sought.has(name) && !alive.has(name)) || !known.has(name))
  for (const name of idle) process.stdout.write(`explained, and no survivor: ${name}\n`)
  say(
    `${mutants.length - survivors.length} killed, ${survivors.length} survived, ${strangers.length} of them not explained, ${idle.length} explanations without a survivor; ${seconds()} s`,
  )
  process.exitCode = strangers.length + idle.length > 0 ? 1 : 0
}

interface Child {
  readonly process: ChildProcess
  readonly baseline: Baseline
}

async function work(child: Child): Promise<void> {
  let current = child
  for (let mutant = queue.pop(); mutant !== undefined; mutant = queue.pop()) {
    const outcome = await outcomeOf(current, mutant)
    if (outcome === 'survived') {
      survivors.push(mutant)
      if (!explained.has(mutant.name)) process.stdout.write(`${mutant.name}\n    (line ${mutant.line})\n`)
    }
    // It never ended, or ended the process: noticed, and the next mutants need another process.
    if (outcome === 'ended') current = await startChild(child.baseline)
    done++
    if (done % 250 === 0) say(`${done} of ${mutants.length}, ${survivors.length} survived; ${seconds()} s`)
  }
  current.process.disconnect()
}

function outcomeOf(
  { process: child }: Child,
  { id, name }: Mutant,
): Promise<'killed' | 'survived' | 'ended'> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      child.removeAllListeners()
      settle()
    }
    child.on('message', (message: FromChild) => {
      if ('at' in message) {
        clearTimeout(timer)
        timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS + 10 * message.ms)
      } else if ('failed' in message) finish(() => reject(new Error(`${name}: ${message.failed}`)))
      else if ('id' in message) finish(() => resolve(message.killedBy === null ? 'survived' : 'killed'))
    })
    child.on('exit', () => finish(() => resolve('ended')))
    child.send({ run: id } satisfies ToChild)
  })
}

function startChild(baseline: Baseline | null): Promise<Child> {
  const child = fork(join(ROOT, 'scripts/mutants/child.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromChild) => {
      if ('failed' in message) reject(new Error(message.failed))
      if (!('ready' in message)) return
      child.removeAllListeners()
      resolve({ process: child, baseline: message.ready })
    })
    child.on('exit', () => reject(new Error('the process of the tests ended')))
    child.send({ baseline } satisfies ToChild)
  })
}

function seconds(): number {
  return Math.round((performance.now() - began) / 1000)
}

function say(text: string): void {
  process.stderr.write(`portreeve: ${text}\n`)
}
