import { SnapshotUnreadable } from '../ledger/snapshot-files.ts'
import { snapshotName, stateDigest, type StateSnapshot } from '../ledger/state-snapshot.ts'
import type { StoreWrites } from './environment.ts'
import { erasures } from './erasures.ts'
import { snapshotsIn, type SnapshotsEnvironment } from './state-snapshots.ts'

/** Where a fold may begin, and which snapshots were no such place, and why. */
export interface SnapshotStart {
  readonly from: StateSnapshot | null
  readonly text: AsyncIterable<string>
  readonly passedOver: readonly PassedOver[]
}

export interface PassedOver {
  /** Of the snapshot's entry. */
  readonly entry: number
  readonly size: number
  readonly why: string
}

export const FROM_START: SnapshotStart = { from: null, text: nothing(), passedOver: [] }

/**
 * The newest snapshot that holds what its entry commits to. Whoever folds on from it holds the tree over all leaves
 * against the head, so that the entry itself is one that the log vouches for.
 */
export async function snapshotStart(
  { vault, snapshots }: SnapshotsEnvironment,
  tx: StoreWrites,
): Promise<SnapshotStart> {
  const destroyed = new Set(await vault.destroyed())
  const passedOver: PassedOver[] = []
  for (const snapshot of await snapshotsIn(tx)) {
    // As it should be: an erasure took it, or newer ones did.
    if (destroyed.has(snapshot.key) || (await isErasedSince(tx, snapshot))) continue
    const key = vault.key(snapshot.key)
    const text = () => snapshots.files.read(snapshotName(snapshot), key ?? new Uint8Array())
    const why = key === null ? 'its key is not here' : await faultOf(text(), key, snapshot)
    if (why === null) return { from: snapshot, text: text(), passedOver }
    passedOver.push({ entry: snapshot.index, size: snapshot.size, why })
  }
  return { from: null, text: nothing(), passedOver }
}

/** Read through before a row of it is used: PostgreSQL takes no statement back within a transaction. */
async function faultOf(
  text: AsyncIterable<string>,
  key: Uint8Array,
  { digest }: StateSnapshot,
): Promise<string | null> {
  const hmac = stateDigest(key)
  try {
    for await (const piece of text) hmac.update(piece)
  } catch (error) {
    if (error instanceof SnapshotUnreadable) return error.message
    throw error
  }
  return hmac.digest('hex') === digest ? null : 'its file holds another state than its entry commits to'
}

/** Whether a value that it was folded with is to be withheld by now. */
async function isErasedSince(tx: StoreWrites, { index, size }: StateSnapshot): Promise<boolean> {
  for await (const { values } of erasures(tx, index))
    if (values.some((value) => value.index < size)) return true
  return false
}

async function* nothing(): AsyncGenerator<string> {}
