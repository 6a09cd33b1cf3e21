import type { Environment } from './environment.ts'
import { erasedKeys } from './erasures.ts'
import { rebuild } from './rebuild.ts'
import { pruneSnapshots } from './state-snapshots.ts'

/**
 * Before a book is served, what was erased is gone from it: an erasure that was cut off is completed, and one that a
 * restored database has not heard of is made again, from the keys that were destroyed and from the entries of the log.
 */
export async function completeErasure(env: Environment): Promise<void> {
  const { store, vault } = env
  const named = await erasedKeys(store.read)
  const keys = [...new Set([...named, ...(await vault.destroyed())])]
  const rows = await store.read.sealedRefs({ keys })
  const left = named.filter((key) => vault.key(key) !== null)
  if (left.length === 0 && rows.length === 0) return
  await store.transact((tx) => tx.dropSealed(rows))
  await rebuild(env, { fromStart: false })
  await store.scrub()
  // Last: whoever finds the key of an erased value finds an erasure to complete.
  await vault.destroy(keys)
  await pruneSnapshots(env)
}
