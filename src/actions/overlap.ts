import { type KeyRegistry, logKeysAt } from '../ledger/key-registry.ts'
import type { LedgerReads, StoredCheckpoint } from '../ledger/store.ts'

/**
 * For each rotation of the log's key below the head, one checkpoint that the key before it and the new one both signed:
 * by it a reader whose trust file names only one of them finds the other. docs/formats/evidence-pack-v1.md.
 */
export async function overlapCheckpoints(
  read: Pick<LedgerReads, 'checkpoints'>,
  registry: KeyRegistry,
): Promise<readonly StoredCheckpoint[]> {
  const found: StoredCheckpoint[] = []
  for (const { from } of registry.logKeys) {
    if (from === 0) continue
    const [first] = await read.checkpoints({ from: from + 1, limit: 1 })
    if (first === undefined || first.size > registry.size) continue
    const signing = logKeysAt(registry, first.size)
    if (signing.some((key) => key.from < from) && signing.some((key) => key.from === from)) found.push(first)
  }
  return found
}
