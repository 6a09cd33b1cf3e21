import type { Actor, Output, Parsed } from '../api/operations.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { SealedRef } from '../ledger/store.ts'
import { Refusal } from '../model/refusal.ts'
import { keptUntil, retentionOf, type Retention } from '../registry/retention.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { eraseWhere } from './erase.ts'
import { refuseWhereLost } from './lost-keys.ts'

const STRIDE = 5_000

/** Each Retention document, and how many sealed values it keeps or need no longer be kept. */
export async function listRetention(env: Environment): Promise<Output<'listRetention'>> {
  const { read } = env.store
  const retentions = (await read.documents('Retention')).map(retentionOf)
  const counts = new Map(retentions.map(({ name }) => [name, { kept: 0, due: 0 }]))
  for await (const { values, entry } of sealedEntries(read))
    for (const retention of retentions) {
      const until = keptUntil(retention, entry)
      const count = counts.get(retention.name)
      if (until === null || count === undefined) continue
      count[until > env.now() ? 'kept' : 'due'] += values.length
    }
  return {
    retentions: retentions.map(({ name, basis }) => ({
      name,
      basis,
      ...(counts.get(name) ?? { kept: 0, due: 0 }),
    })),
  }
}

/** Erases what a Retention document covers and keeps no longer; the `erasure` entry is the disposal record. */
export async function disposeRetention(
  env: Environment,
  book: Book,
  input: Parsed<'disposeRetention'>,
  actor: Actor,
): Promise<Output<'disposeRetention'>> {
  const document = await env.store.read.document('Retention', input.name)
  if (document === null)
    throw new Refusal('not-found', `the book holds no Retention called ${input.name}`, {
      hint: 'portreeve retention list shows those that it holds',
    })
  // What a document covers is read from the entries, and those that cannot be opened are read without their values.
  await refuseWhereLost(env, 'nothing was disposed of')
  const retention = retentionOf(document)
  const words = {
    by: actor.id,
    basis: `Retention ${retention.name}: ${retention.basis}`,
    reason: input.reason ?? null,
  }
  return eraseWhere(env, book, words, (read, from) => overdue(read, from, retention, env.now()), input.dryRun)
}

async function overdue(
  read: StoreReads,
  from: number,
  retention: Retention,
  now: string,
): Promise<readonly SealedRef[]> {
  const due: SealedRef[] = []
  for await (const { values, entry } of sealedEntries(read, from)) {
    const until = keptUntil(retention, entry)
    if (until !== null && until <= now) due.push(...values)
  }
  return due
}

/** Entries that have sealed values, with those. */
async function* sealedEntries(
  read: StoreReads,
  first = 0,
): AsyncGenerator<{
  readonly values: readonly SealedRef[]
  readonly entry: ReturnType<typeof openLeaf>
}> {
  const size = (await read.head())?.size ?? 0
  for (let from = first; from < size; from += STRIDE) {
    const sealed = await read.sealedBetween(from, from + STRIDE)
    const refs = Map.groupBy(await read.sealedRefs({ entries: [...sealed.keys()] }), ({ index }) => index)
    for (const [index, values] of refs) {
      const stored = await read.entry(index)
      if (stored !== null) yield { values, entry: openLeaf(index, stored.leaf, sealed.get(index) ?? []) }
    }
  }
}
