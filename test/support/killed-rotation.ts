/**
 * Replaces the key of a book's log, and kills itself (SIGKILL) at one of the steps that are written to a disk:
 * `node killed-rotation.ts DATA STEP`. Steps are counted from 1, each before and after it is done; a rotation that has
 * fewer of them comes to its end and prints how many there were.
 */
import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'

const [data = '', last = ''] = process.argv.slice(2)
const env = await openEnvironment(await readSettings({ data }, {}), { readOnly: false })
const book = await openBook(env, 'portreeve/test')
await book.checkpoint()
let steps = 0
for (const step of ['makeNext', 'pin', 'promoteNext'] as const)
  Object.assign(env.key, {
    [step]: killedAround(env.key[step] as (...of: readonly never[]) => Promise<unknown>),
  })
Object.assign(env.store, { transact: killedAround(env.store.transact.bind(env.store) as never) })
const desk = deskOf(env, book)
for (const act of ['log', 'log-end'] as const)
  await desk.call('writeKeyAct', { body: { act }, possession: [] })
await book.close()
await env.store.close()
process.stdout.write(`${steps}\n`)

function killedAround<T>(
  step: (...of: readonly never[]) => Promise<T>,
): (...of: readonly never[]) => Promise<T> {
  return async (...of) => {
    reach()
    const done = await step(...of)
    reach()
    return done
  }
}

function reach(): void {
  steps++
  if (steps === Number(last)) process.kill(process.pid, 'SIGKILL')
}
