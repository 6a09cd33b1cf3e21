import type { Output } from '../api/operations.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import type { StoredEntry } from '../ledger/store.ts'
import type { Entry, Sealed } from '../model/entry.ts'
import { Fatal } from '../model/refusal.ts'

/** Entries read at a time; a wish that is longer is carried over until its last entry is there. */
const STRIDE = 5_000

/** Throws the projection away and folds it again, in one transaction: on any failure the old one stands. */
export async function rebuild(env: Environment): Promise<Output<'rebuild'>> {
  const began = performance.now()
  return env.store.bulk(async (tx) => {
    const before = await tx.fingerprint()
    await tx.clear()
    const entries = await foldAll(tx)
    const identical = (await tx.fingerprint()) === before
    return { entries, milliseconds: Math.round(performance.now() - began), identical }
  })
}

/** The columns beside a leaf are for queries; where they say something else than the leaf, somebody changed them. */
function openStored(stored: StoredEntry, sealed: readonly Sealed[]): Entry {
  const entry = openLeaf(stored.index, stored.leaf, sealed)
  if (entry.id === stored.id && entry.type === stored.type && entry.at === stored.at) return entry
  throw new Fatal(
    `entry ${stored.index} stands in the store as ${stored.type} ${stored.id}, and its leaf says ${entry.type} ${entry.id}`,
    {
      hint: 'the database was changed by something else than Portreeve; restore it',
    },
  )
}

async function foldAll(tx: StoreWrites): Promise<number> {
  const size = (await tx.head())?.size ?? 0
  let carried: Entry[] = []
  for (let from = 0; from < size; from += STRIDE) {
    const stored = await tx.entries({ from, limit: STRIDE })
    const sealed = await tx.sealedBetween(from, from + STRIDE)
    const opened = stored.map((entry) => openStored(entry, sealed.get(entry.index) ?? []))
    const pending = [...carried, ...opened]
    const end = pending.findLastIndex((entry) => entry.body['more'] !== true) + 1
    await fold(tx, pending.slice(0, end))
    carried = pending.slice(end)
  }
  await fold(tx, carried)
  return size
}
