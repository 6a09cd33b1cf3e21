import type { Actor, Output, Parsed } from '../api/operations.ts'
import { erasureBodies, deferralBody, type ErasureWords } from '../ledger/erasure.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { draftId } from '../ledger/log.ts'
import { findPersonal } from '../ledger/personal.ts'
import type { SealedRef } from '../ledger/store.ts'
import type { Draft, Entry, Json, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { readsWithout } from './readable-entry.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads, StoreWrites } from './environment.ts'
import { lostValues, refuseWhereLost } from './lost-keys.ts'
import { obstaclesTo, type Obstacle } from './preservation.ts'
import { completeErasure } from './replay-erasures.ts'
import { snapshotsIn } from './state-snapshots.ts'

/** Entries whose values are opened at a time. */
const STRIDE = 5_000

/**
 * Erases sealed values: their rows, the keys that could open a copy of them, and what the projection holds of them. The
 * leaves and every proof stay. Throws `Refusal` `erasure-held` where something keeps an entry, which is recorded.
 */
export async function erase(
  env: Environment,
  book: Book,
  input: Parsed<'erase'>,
  actor: Actor,
): Promise<Output<'erase'>> {
  const { text, entries, lost, dryRun } = input
  if (lost !== true) await refuseWhereLost(env, 'nothing was erased')
  const wanted =
    lost === true
      ? (read: StoreReads) => lostValues(env, read)
      : text === undefined
        ? byEntries(entries ?? [])
        : byText(text, entries === undefined ? null : new Set(entries))
  const words = { by: actor.id, basis: input.basis, reason: input.reason ?? null }
  return eraseWhere(env, book, words, wanted, dryRun)
}

/** Finds the values that are to go, in entries from this one on. */
export type Wanted = (read: StoreReads, from: number) => Promise<readonly SealedRef[]>

export async function eraseWhere(
  env: Environment,
  book: Book,
  words: ErasureWords,
  wanted: Wanted,
  dryRun: boolean,
): Promise<Output<'erase'>> {
  const size = (await env.store.read.head())?.size ?? 0
  const found = await wanted(env.store.read, 0)
  if (found.length === 0)
    throw new Refusal('not-found', 'the sealed store holds no such value', {
      hint: 'it holds what identifies a person; the search looks for the text within each value. Declared documents that are erased must be declared again without it',
    })
  const obstacles = await obstaclesOf(env, env.store.read, found)
  if (dryRun) return report(found, obstacles, null)
  if (obstacles.length > 0) {
    await recordDeferral(env, book, words, found, obstacles)
    throw held(found, obstacles)
  }
  const old = keysOf(found)
  await env.vault.retire(old)
  let erased: readonly SealedRef[] = found
  const { indexes } = await book.append(async (tx) => {
    // The log stands still now. What another server wrote since the look is looked at too, and its key retired.
    const written = (await wanted(tx, size)).filter(({ index }) => index >= size)
    erased = await stillThere(tx, [...found, ...written])
    if (written.length > 0) await env.vault.retire(keysOf(written))
    // What was placed between the look and the lock counts too.
    const late = await obstaclesOf(env, tx, erased)
    if (late.length > 0) throw held(erased, late)
    await moveOthers(tx, erased)
    return draftsOf(env, words, erased, await stateKeys(env, tx, erased))
  })
  await book.snapshots.without(() => completeErasure(env))
  await book.checkpoint()
  await book.snapshots.resume()
  return report(erased, [], indexes[0] ?? null)
}

/** The values of these entries. */
export function byEntries(entries: readonly number[]): Wanted {
  return (read) => read.sealedRefs({ entries })
}

/** Values that hold the text, in any case of its letters. */
function byText(text: string, entries: ReadonlySet<number> | null): Wanted {
  const sought = text.toLowerCase()
  return async (read, first) => {
    const size = (await read.head())?.size ?? 0
    const found: SealedRef[] = []
    for (let from = first; from < size; from += STRIDE) {
      const hits = [...(await read.sealedBetween(from, from + STRIDE))].flatMap(([index, values]) =>
        values
          .filter(({ value }) => (entries?.has(index) ?? true) && holds(JSON.parse(value) as Json, sought))
          .map(({ pointer }) => `${index} ${pointer}`),
      )
      if (hits.length === 0) continue
      const named = new Set(hits)
      const indexes = [...new Set(hits.map((hit) => Number(hit.split(' ', 1)[0])))]
      const refs = await read.sealedRefs({ entries: indexes })
      found.push(...refs.filter(({ index, pointer }) => named.has(`${index} ${pointer}`)))
    }
    return found
  }
}

function holds(value: Json, sought: string): boolean {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase().includes(sought)
}

async function obstaclesOf(
  env: Environment,
  read: StoreReads,
  values: readonly SealedRef[],
): Promise<readonly Obstacle[]> {
  const entries: Entry[] = []
  for (const [index, of] of Map.groupBy(values, (value) => value.index)) {
    const stored = await read.entry(index)
    if (stored === null) continue
    const going = new Set(of.map(({ pointer }) => pointer))
    const left = (await read.sealed(index)).filter(({ pointer }) => !going.has(pointer))
    const without = openLeaf(index, stored.leaf, left)
    const reads = readsWithout(without)
    if (!reads)
      throw new Refusal('conflict', `the book finds a place or a document by a value of entry ${index}`, {
        hint: 'give it another name first: close the document and declare it under the new name, or scan with --as NAME; then name the entries to erase with --entry and leave this one out',
      })
    entries.push(openLeaf(index, stored.leaf, await read.sealed(index)))
  }
  return obstaclesTo(read, entries, env.now())
}

/** Another request may have erased some of them meanwhile. */
async function stillThere(tx: StoreWrites, values: readonly SealedRef[]): Promise<readonly SealedRef[]> {
  const there = await tx.sealedRefs({ entries: [...new Set(values.map(({ index }) => index))] })
  const wanted = new Set(values.map(({ index, pointer }) => `${index} ${pointer}`))
  return there.filter(({ index, pointer }) => wanted.has(`${index} ${pointer}`))
}

/** What stays, although a key that sealed it goes, is sealed under another key first. */
async function moveOthers(tx: StoreWrites, going: readonly SealedRef[]): Promise<void> {
  const gone = new Set(going.map(({ index, pointer }) => `${index} ${pointer}`))
  const under = await tx.sealedRefs({ keys: keysOf(going) })
  await tx.resealed(under.filter(({ index, pointer }) => !gone.has(`${index} ${pointer}`)))
}

/** Keys of the snapshots of the state that a value went into: they go with it. */
async function stateKeys(
  { vault }: Environment,
  tx: StoreWrites,
  values: readonly SealedRef[],
): Promise<readonly string[]> {
  const first = values.reduce((least, { index }) => Math.min(least, index), Infinity)
  const holding = (await snapshotsIn(tx)).filter(({ size }) => size > first)
  return holding.map(({ key }) => key).filter((key) => vault.key(key) !== null)
}

function draftsOf(
  env: Environment,
  words: ErasureWords,
  values: readonly SealedRef[],
  stateKeys: readonly string[],
): Draft[] {
  if (values.length === 0) return []
  return erasureBodies(words, values, stateKeys).map((body) => draftOf(env, body))
}

/** Pointers and ids are no texts of persons, and must be readable when every sealed value is gone. */
function draftOf(env: Environment, body: JsonObject): Draft {
  const { basis = null, reason = null } = body
  const personal = findPersonal({ basis, reason })
  return { id: draftId(env.random), type: 'erasure', at: env.now(), body, personal }
}

async function recordDeferral(
  env: Environment,
  book: Book,
  words: ErasureWords,
  values: readonly SealedRef[],
  obstacles: readonly Obstacle[],
): Promise<void> {
  const waiting = {
    values: values.length,
    entries: [...new Set(obstacles.map(({ index }) => index))],
    because: [...new Set(obstacles.map(({ mark }) => mark))],
  }
  await book.append(async () => [draftOf(env, deferralBody(words, waiting))])
}

function held(values: readonly SealedRef[], obstacles: readonly Obstacle[]): Refusal {
  const [first] = obstacles
  const more = new Set(obstacles.map(({ mark }) => mark)).size - 1
  return new Refusal(
    'erasure-held',
    `none of ${values.length} values was erased: ${first?.what ?? ''}${more > 0 ? `, and ${more} more holds or periods` : ''}`,
    {
      hint: first?.way ?? '',
      faults: obstacles
        .slice(0, MOST_SAID)
        .map(({ what, way }) => ({ message: what, position: null, hint: way })),
    },
  )
}

const MOST_SAID = 20

function report(
  values: readonly SealedRef[],
  obstacles: readonly Obstacle[],
  index: number | null,
): Output<'erase'> {
  return {
    values: values.length,
    entries: new Set(values.map((value) => value.index)).size,
    index,
    obstacles: obstacles.slice(0, MOST_SAID).map(({ index, what, way }) => ({ entry: index, what, way })),
  }
}

function keysOf(values: readonly SealedRef[]): string[] {
  return [...new Set(values.map(({ key }) => key))]
}
