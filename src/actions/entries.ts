import type { Output, Parsed } from '../api/operations.ts'
import type { EntryView } from '../api/views.ts'
import { tlogProof } from '../evidence/pack.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { readRecord } from '../ledger/record.ts'
import { summarise } from '../ledger/summary.ts'
import type { EntrySubject, StoredEntry } from '../ledger/store.ts'
import { inclusionProof } from '../lib/merkle.ts'
import type { Entry } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment, StoreReads } from './environment.ts'
import { erasedOf } from './erasures.ts'
import type { Keys } from './keys.ts'
import { signatureViews } from './list-keys.ts'
import { findPort } from './find-port.ts'
import { sightingKeys } from './port-keys.ts'
import { proofHead } from './proof-head.ts'
import type { Tiles } from './tiles.ts'

export async function listEntries(
  env: Environment,
  input: Parsed<'listEntries'>,
): Promise<Output<'listEntries'>> {
  const { read } = env.store
  const size = (await read.head())?.size ?? 0
  const about = await subjectOf(read, input)
  const stored = await read.entries({
    from: input.from ?? input.before ?? Math.max(size - 1, 0),
    limit: input.limit + 1,
    descending: input.from === undefined,
    ...(input.types === undefined ? {} : { types: input.types }),
    ...(about === null ? {} : { about }),
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
  const erased = entry.withheld.length === 0 ? new Set<string>() : await erasedOf(read, stored.index)
  const registry = await keys.at(read, (await read.head())?.size ?? 0)
  return {
    ...entryView(entry),
    body: entry.body,
    withheld: [...entry.withheld],
    lost: entry.withheld.filter((pointer) => !erased.has(pointer)),
    leaf: Buffer.from(stored.leaf).toString('utf8'),
    leafHash: Buffer.from(stored.leafHash).toString('base64'),
    by: entry.by,
    signatures: signatureViews(registry, stored.index, readRecord(stored.leaf)),
  }
}

/** C2SP tlog-proof under the newest checkpoint. Throws `Refusal` `not-found` for what no checkpoint covers. */
export async function proveEntry(
  env: Environment,
  tiles: Tiles,
  { index }: Parsed<'proveEntry'>,
): Promise<Output<'proveEntry'>> {
  const { size, note } = await proofHead(env.store.read)
  if (index >= size)
    throw new Refusal('not-found', `entry ${index} is not under the newest checkpoint, which signs ${size}`, {
      hint: 'a checkpoint is signed within a second of an entry; ask again, or for an entry before it',
    })
  const proof = await tiles.over(size, (subtrees) => inclusionProof(index, size, subtrees))
  return { index, size, text: tlogProof(index, proof, note) }
}

async function subjectOf(
  read: StoreReads,
  { from, before, place, port }: Parsed<'listEntries'>,
): Promise<EntrySubject | null> {
  refuseBoth({ from, before })
  refuseBoth({ place, port })
  if (port !== undefined) {
    const row = await findPort(read, port)
    const records = [row, ...(await read.portHistory(row.id))].flatMap(({ record }) => record ?? [])
    return {
      place: row.place,
      keys: [...(await sightingKeys(read, row))],
      documents: { named: [...new Set(records)] },
    }
  }
  if (place === undefined) return null
  const names = (await read.place(place))?.names ?? []
  return { place, keys: null, documents: { at: [...new Set([place, ...names])] } }
}

function refuseBoth(members: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(members).filter((name) => members[name] !== undefined)
  if (given.length < 2) return
  throw new Refusal('bad-input', `${given.join(' and ')} cannot be given together`, {
    hint: 'leave one of them out',
  })
}

async function open(read: StoreReads, stored: StoredEntry): Promise<Entry> {
  return openLeaf(stored.index, stored.leaf, await read.sealed(stored.index))
}

export function entryView(entry: Entry): EntryView {
  return { index: entry.index, id: entry.id, type: entry.type, at: entry.at, summary: summarise(entry) }
}
