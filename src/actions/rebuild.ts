import type { Output } from '../api/operations.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import type { Entry } from '../model/entry.ts'

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

async function foldAll(tx: StoreWrites): Promise<number> {
  const size = (await tx.head())?.size ?? 0
  let carried: Entry[] = []
  for (let from = 0; from < size; from += STRIDE) {
    const stored = await tx.entries({ from, limit: STRIDE })
    const sealed = await tx.sealedBetween(from, from + STRIDE)
    const opened = stored.map((entry) => openLeaf(entry.index, entry.leaf, sealed.get(entry.index) ?? []))
    const pending = [...carried, ...opened]
    const end = pending.findLastIndex((entry) => entry.body['more'] !== true) + 1
    await fold(tx, pending.slice(0, end))
    carried = pending.slice(end)
  }
  await fold(tx, carried)
  return size
}
