import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { openBook, type Book } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { entryDraft } from '../../src/actions/draft.ts'
import type { Environment, Store } from '../../src/actions/environment.ts'
import { idFrom } from '../../src/ledger/log.ts'
import { HeadMoved } from '../../src/ledger/store.ts'
import type { Draft } from '../../src/model/entry.ts'
import { Fatal, Refusal } from '../../src/model/refusal.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { expectSound } from '../support/book.ts'
import { workplace } from '../support/cli.ts'

const SOAK = process.env['PORTREEVE_SOAK'] !== undefined
const RUNS = SOAK ? 1_000 : 25

/** What goes wrong at one of the next transactions, or at one of the next pins. */
type Fault = 'before the work' | 'within the work' | 'after the commit' | 'head moved' | 'pin'

type Step =
  /** Wishes asked for at once: they share batches as it happens. `of`: which keys, so that some repeat. */
  | { readonly do: 'append'; readonly of: readonly number[] }
  | { readonly do: 'refuse' }
  | { readonly do: 'fault'; readonly what: Fault; readonly after: number }
  | { readonly do: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), of: fc.array(fc.nat(40), { maxLength: 30 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'refuse' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      what: fc.constantFrom<Fault>(
        'before the work',
        'within the work',
        'after the commit',
        'head moved',
        'pin',
      ),
      after: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'restart' as const }) },
)

/** What whoever asked was told. */
interface Model {
  /** Index of each key that was acknowledged. */
  readonly held: Map<number, number>
  /** Asked for, and the answer was that nobody knows. */
  readonly unknown: Set<number>
  /** The last key that was asked for once only. */
  fresh: number
}

describe('any schedule of appends, batches, faults and restarts', { timeout: 60_000 + RUNS * 2_000 }, () => {
  test('keeps what was acknowledged where it was said to stand, once, under a tree that verifies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        const { data } = workplace()
        const model: Model = { held: new Map(), unknown: new Set(), fresh: 1_001 }
        let running = await start(data)
        for (const one of steps) {
          if (one.do === 'append') await appendAll(running.book, one.of, model)
          if (one.do === 'refuse') await expectRefused(running.book)
          if (one.do === 'fault') running.faults.push({ what: one.what, after: one.after })
          if (one.do === 'restart') {
            await running.crash()
            running = await start(data)
            await expectModel(running, model)
          }
        }
        await running.crash()
        const last = await start(data)
        expect(await expectModel(last, model)).toBeGreaterThanOrEqual(1 + model.held.size)
        await last.crash()
      }),
      { numRuns: RUNS },
    )
  })
})

interface Running {
  readonly env: Environment
  readonly book: Book
  readonly faults: { what: Fault; after: number }[]
  /** Ends as a process does that is killed: nothing more is signed or told. */
  readonly crash: () => Promise<void>
}

async function start(data: string): Promise<Running> {
  const env = await openEnvironment(await readSettings({ data }, {}), { readOnly: false })
  const faults: Running['faults'] = []
  const dead = { is: false }
  const due = (kinds: readonly Fault[]): Fault | null => {
    const [first] = faults
    if (first === undefined || !kinds.includes(first.what)) return null
    if (first.after-- > 0) return null
    faults.shift()
    return first.what
  }
  const faulty: Environment = {
    ...env,
    store: faultyStore(env.store, () =>
      due(['before the work', 'within the work', 'after the commit', 'head moved']),
    ),
    key: {
      ...env.key,
      pin: async (head) => {
        if (dead.is) return new Promise<never>(() => undefined)
        if (due(['pin']) !== null) throw new Fatal('the disk failed under the pin')
        return env.key.pin(head)
      },
    },
  }
  const book = await openBook(faulty, 'portreeve/test')
  const crash = async () => {
    dead.is = true
    await env.store.close()
  }
  return { env, book, faults, crash }
}

function faultyStore(store: Store, due: () => Fault | null): Store {
  return {
    ...store,
    transact: async (work) => {
      const fault = due()
      if (fault === 'before the work') throw new Fatal('the disk failed before the work')
      if (fault === 'head moved') throw new HeadMoved('another server was faster')
      const result = await store.transact(async (tx) => {
        const done = await work(tx)
        if (fault === 'within the work') throw new Fatal('the disk failed within the work')
        return done
      })
      if (fault === 'after the commit') throw new Fatal('whether it was committed is not known')
      return result
    },
  }
}

async function appendAll(book: Book, keys: readonly number[], model: Model): Promise<void> {
  const asked = keys.map(async (wanted) => {
    // Wishes with a key of their asker's get a batch each; those without share batches.
    const idempotent = wanted % 2 === 0
    const key = idempotent ? wanted : (model.fresh += 2)
    try {
      const { indexes } = await book.append(async () => [draftOf(key)], { idempotent })
      const index = indexes[0] ?? -1
      // Repeated, it stands where it stood.
      expect(model.held.get(key) ?? index).toBe(index)
      model.held.set(key, index)
    } catch (error) {
      if (!(error instanceof Fatal)) throw error
      model.unknown.add(key)
    }
  })
  await Promise.all(asked)
}

async function expectRefused(book: Book): Promise<void> {
  const refusal = new Refusal('conflict', 'not this')
  const asked = book.append(async () => {
    throw refusal
  })
  await expect(asked).rejects.toSatisfy((error) => error === refusal || error instanceof Fatal)
}

async function expectModel({ env, book }: Running, { held, unknown }: Model): Promise<number> {
  const size = await expectSound({ env, book, desk: deskOf(env, book), close: async () => undefined })
  const stored = await env.store.read.entries({ from: 1, limit: size })
  const at = new Map(stored.map(({ id, index }) => [id, index]))
  expect(at.size).toBe(stored.length)
  for (const [key, index] of held) expect(at.get(draftOf(key).id)).toBe(index)
  const mayStand = new Set([...held.keys(), ...unknown].map((key) => draftOf(key).id))
  expect(stored.filter(({ id }) => !mayStand.has(id))).toEqual([])
  return size
}

function draftOf(key: number): Draft {
  const body = { act: 'measure', n: key, text: 'the disk may fail at any moment' }
  return entryDraft({
    id: idFrom(`schedule ${key}`, 0),
    type: 'incident',
    at: '2026-01-01T00:00:00.000Z',
    body,
    more: false,
  })
}
