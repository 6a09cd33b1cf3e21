import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

import { bookAt, expectSound } from '../support/book.ts'
import { gather, workplace } from '../support/cli.ts'

const LOOP = fileURLToPath(new URL('../support/declare-loop.ts', import.meta.url))
const ROUNDS = process.env['PORTREEVE_SOAK'] === undefined ? 2 : 250
/** A thread that makes so few of the calls is not hit; more than every other run is. */
const MOST_RUNS = 4 * ROUNDS + 10
/** Whoever outlives the fault is ended after so many documents. */
const ENOUGH = 150

/** Every call by which the book, its keys, its pin and its tiles reach the disk; each thread counts its own. */
const FAULTS = [
  { calls: 'fsync,fdatasync', error: 'EIO', within: 40 },
  { calls: 'pwrite64', error: 'EIO', within: 300 },
  { calls: 'pwrite64', error: 'ENOSPC', within: 300 },
  { calls: 'ftruncate,rename', error: 'EIO', within: 4 },
] as const

const straceMissing = tracing()

describe.skipIf(straceMissing !== null)(
  `a disk that fails one call (${straceMissing ?? 'strace'})`,
  { timeout: 120_000 * ROUNDS },
  () => {
    test.each(FAULTS)(
      '$calls with $error: what was acknowledged is there, and the tree verifies',
      async (fault) => {
        let hits = 0
        let runs = 0
        for (; hits < ROUNDS && runs < MOST_RUNS; runs++) {
          const { data } = workplace()
          const nth = randomInt(1, fault.within)
          const { told, ended, isHit } = await declareUnder(
            data,
            `${fault.calls}:error=${fault.error}:when=${nth}`,
          )
          if (isHit) hits++
          // By itself with an error, or by us where it outlived the fault; never by a signal of its own.
          expect({ nth, ended }).toEqual({ nth, ended: expect.stringMatching(/^(1|7|75|enough)$/) })
          const book = await bookAt(data)
          expect(await expectSound(book)).toBeGreaterThan(told.at(-1)?.index ?? 0)
          for (const { index, name } of told)
            expect((await book.desk.call('showEntry', { index })).body).toMatchObject({ name })
          await book.close()
        }
        // Only a run whose call was made to fail says anything.
        expect({ hits, runs }).toEqual({ hits: ROUNDS, runs: expect.any(Number) })
      },
    )
  },
)

interface Told {
  readonly index: number
  readonly name: string
}

interface Declared {
  readonly told: readonly Told[]
  readonly ended: string
  /** A call was made to fail: strace marks it. */
  readonly isHit: boolean
}

async function declareUnder(data: string, inject: string): Promise<Declared> {
  const seen = `${data}.strace`
  const trace = ['-f', '-qq', '-o', seen, '-e', `trace=${inject.split(':')[0]}`, '-e', `inject=${inject}`]
  const child = spawn('strace', [...trace, process.execPath, LOOP, data, '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const out = gather(child.stdout)
  let isEnough = false
  child.stdout.on('data', () => {
    if (isEnough || out().split('\n').length < ENOUGH) return
    isEnough = true
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const lines = out().split('\n').slice(0, -1)
  const told = lines.map((line) => ({ index: Number(line.split(' ')[0]), name: line.split(' ')[1] ?? '' }))
  const isHit = readFileSync(seen, 'latin1').includes('(INJECTED)')
  return { told, ended: isEnough ? 'enough' : String(code), isHit }
}

/** Why no call can be made to fail here; null where one can. */
function tracing(): string | null {
  if (process.platform !== 'linux') return 'calls are made to fail by strace, on Linux'
  const { status } = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true'])
  return status === 0 ? null : 'strace is not installed, or may not trace'
}
