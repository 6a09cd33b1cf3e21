import type { Output, Parsed } from '../api/operations.ts'
import type { EntryView } from '../api/views.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { readRecord } from '../ledger/record.ts'
import { summarise } from '../ledger/summary.ts'
import type { StoredEntry } from '../ledger/store.ts'
import type { Entry } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment, StoreReads } from './environment.ts'
import type { Keys } from './keys.ts'
import { signatureViews } from './list-keys.ts'

export async function listEntries(
  env: Environment,
  input: Parsed<'listEntries'>,
): Promise<Output<'listEntries'>> {
  const { read } = env.store
  const size = (await read.head())?.size ?? 0
  const descending = input.from === undefined
  const stored = await read.entries({
    from: input.from ?? Math.max(size - 1, 0),
    limit: input.limit + 1,
    descending,
    ...(input.types === undefined ? {} : { types: input.types }),
  })
  const shown = stored.slice(0, input.limit)
  const next = stored[input.limit]?.index ?? null
  const entries: EntryView[] = []
  for (const entry of shown) entries.push(entryView(await open(read, entry)))
  return { size, entries, next }
}

export async function showEntry(
  env: Environment,
  keys: Keys,
  input: Parsed<'showEntry'>,
): Promise<Output<'showEntry'>> {
  const { read } = env.store
  const stored = await read.entry(input.index)
  if (stored === null) {
    const size = (await read.head())?.size ?? 0
    throw new Refusal('not-found', `the ledger has no entry ${input.index}; it holds ${size}`, {
      hint: `entries run from 0 to ${size - 1}`,
    })
  }
  const entry = await open(read, stored)
  const registry = await keys.at(read, (await read.head())?.size ?? 0)
  return {
    ...entryView(entry),
    body: entry.body,
    withheld: [...entry.withheld],
    leaf: Buffer.from(stored.leaf).toString('utf8'),
    leafHash: Buffer.from(stored.leafHash).toString('base64'),
    by: entry.by,
    signatures: signatureViews(registry, stored.index, readRecord(stored.leaf)),
  }
}

async function open(read: StoreReads, stored: StoredEntry): Promise<Entry> {
  return openLeaf(stored.index, stored.leaf, await read.sealed(stored.index))
}

export function entryView(entry: Entry): EntryView {
  return { index: entry.index, id: entry.id, type: entry.type, at: entry.at, summary: summarise(entry) }
}
