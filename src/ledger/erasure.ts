import { z } from 'zod'
import type { Entry, JsonObject } from '../model/entry.ts'
import type { SealedRef } from './store.ts'

/** Entries of type `erasure`: docs/formats/ledger-erasure-v1.md. They name values by their places and no person. */

export interface ErasureWords {
  readonly by: string
  /** The legal basis, in the words of who erases. */
  readonly basis: string
  readonly reason: string | null
}

/** One value, by where it stood. */
export interface ErasedValue {
  readonly index: number
  readonly pointer: string
}

/** Bodies that each fit a leaf, with the values that go and the keys that go with them; a few more in the last. */
export function erasureBodies(
  words: ErasureWords,
  values: readonly SealedRef[],
  moreKeys: readonly string[] = [],
): readonly JsonObject[] {
  const bodies: JsonObject[] = []
  let chunk: SealedRef[] = []
  let size = 0
  for (const value of values) {
    const cost = value.pointer.length + value.key.length + OVERHEAD
    if (size + cost > BUDGET) {
      bodies.push(bodyOf(words, chunk))
      chunk = []
      size = 0
    }
    chunk.push(value)
    size += cost
  }
  return [...bodies, bodyOf(words, chunk, moreKeys)]
}

/** What an `erasure` entry takes out; nothing where it says that an erasure waits. */
export function readErasure({ body }: Pick<Entry, 'body'>): {
  readonly keys: readonly string[]
  readonly values: readonly ErasedValue[]
} {
  if (body['act'] !== 'erased') return { keys: [], values: [] }
  const { keys, targets } = ErasedBody.parse(body)
  return {
    keys,
    values: targets.flatMap(({ entry, pointers }) => pointers.map((pointer) => ({ index: entry, pointer }))),
  }
}

/** Why an erasure waits, for the record. */
export function deferralBody(
  words: ErasureWords,
  waiting: {
    readonly values: number
    readonly entries: readonly number[]
    readonly because: readonly string[]
  },
): JsonObject {
  const { values, entries, because } = waiting
  return {
    act: 'deferred',
    ...saidBy(words),
    values,
    entries: entries.slice(0, MOST_NAMED),
    because: because.slice(0, MOST_NAMED),
  }
}

function bodyOf(
  words: ErasureWords,
  values: readonly SealedRef[],
  moreKeys: readonly string[] = [],
): JsonObject {
  const targets = [...Map.groupBy(values, ({ index }) => index)].map(([entry, of]) => ({
    entry,
    pointers: of.map(({ pointer }) => pointer),
  }))
  const keys = [...new Set([...values.map(({ key }) => key), ...moreKeys])].toSorted()
  return { act: 'erased', ...saidBy(words), keys, targets }
}

function saidBy({ by, basis, reason }: ErasureWords): JsonObject {
  return { by, basis, ...(reason === null ? {} : { reason }) }
}

/** Of a leaf's 32 KiB, with room for a basis and a reason that are committed. */
const BUDGET = 20 * 1024
const OVERHEAD = 40
const MOST_NAMED = 500

const ErasedBody = z.object({
  keys: z.array(z.string()),
  targets: z.array(z.object({ entry: z.int(), pointers: z.array(z.string()) })),
})
