import type { Output, Parsed } from '../api/operations.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { appendToHead, newLog } from '../ledger/log.ts'
import type { StoreWrites } from './environment.ts'
import { dropErased } from './erasures.ts'
import { fold } from './fold.ts'
import { FROM_START, snapshotStart } from './snapshot-start.ts'
import type { SnapshotsEnvironment } from './state-snapshots.ts'
import type { StoredEntry } from '../ledger/store.ts'
import { leafHash, sameBytes } from '../lib/merkle.ts'
import type { Entry, Sealed } from '../model/entry.ts'
import { Fatal } from '../model/refusal.ts'

/** Entries read at a time; a wish that is longer is carried over until its last entry is there. */
const STRIDE = 5_000

/**
 * Throws the projection away and folds it again, in one transaction: on any failure the old one stands. It begins at
 * the newest snapshot of the state that is what the log says of it, or with `fromStart` at the first entry.
 */
export async function rebuild(
  env: SnapshotsEnvironment,
  { fromStart }: Parsed<'rebuild'>,
): Promise<Output<'rebuild'>> {
  return env.store.bulk(async (tx) => {
    const before = await tx.fingerprint()
    const began = performance.now()
    await tx.clear()
    const start = fromStart ? FROM_START : await snapshotStart(env, tx)
    await tx.putState(start.text)
    const entries = await foldLedger(tx, start.from?.size ?? 0)
    const milliseconds = Math.round(performance.now() - began)
    return {
      entries,
      milliseconds,
      identical: (await tx.fingerprint()) === before,
      from: start.from === null ? null : { entry: start.from.index, size: start.from.size },
      passedOver: [...start.passedOver],
    }
  })
}

/**
 * Folds every entry from `start` on, in front of which the projection stands, and holds the tree over all stored leaves
 * against the head: a leaf that was changed shows.
 */
export async function foldLedger(tx: StoreWrites, start = 0): Promise<number> {
  const head = await tx.head()
  if (head === null) return 0
  await dropErased(tx)
  let tree = newLog(head.origin)
  let carried: readonly Entry[] = []
  for (let from = 0; from < head.size; from += STRIDE) {
    const stored = await tx.entries({ from, limit: STRIDE })
    const sealed = from + STRIDE <= start ? NONE : await tx.sealedBetween(from, from + STRIDE)
    tree = appendToHead(
      tree,
      stored.map(({ leaf }) => leafHash(leaf)),
    )
    const opened = stored.map((entry) => openStored(entry, sealed.get(entry.index) ?? []))
    const pending = [...carried, ...opened.filter(({ index }) => index >= start)]
    const end = pending.findLastIndex((entry) => entry.body['more'] !== true) + 1
    await fold(tx, pending.slice(0, end))
    carried = pending.slice(end)
  }
  await fold(tx, carried)
  if (tree.size !== head.size || !sameBytes(tree.root, head.root))
    throw changed('the stored leaves do not give the root of the ledger')
  return head.size
}

const NONE: ReadonlyMap<number, readonly Sealed[]> = new Map()

/** The columns beside a leaf are for queries; where they say something else than the leaf, somebody changed them. */
function openStored(stored: StoredEntry, sealed: readonly Sealed[]): Entry {
  const entry = openLeaf(stored.index, stored.leaf, sealed)
  if (entry.id === stored.id && entry.type === stored.type && entry.at === stored.at) return entry
  throw changed(
    `entry ${stored.index} stands in the store as ${stored.type} ${stored.id}, and its leaf says ${entry.type} ${entry.id}`,
  )
}

function changed(what: string): Fatal {
  return new Fatal(what, {
    hint: 'the database was changed by something else than Portreeve; put back the newest copy that was not',
  })
}
