import { readErasure } from '../ledger/erasure.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { StoreReads, StoreWrites } from './environment.ts'

const PAGE = 1_000

/** Takes out the sealed values of every erasure in the log: those that stand before it must not be folded with them. */
export async function dropErased(tx: StoreWrites): Promise<void> {
  for await (const { values } of erasures(tx)) await tx.dropSealed(values)
}

/** Ids of the keys that erasures in the log took. */
export async function erasedKeys(read: StoreReads): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const { keys } of erasures(read)) for (const key of keys) found.add(key)
  return [...found]
}

/** Pointers of the values of an entry that erasures in the log took. */
export async function erasedOf(read: StoreReads, index: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const { values } of erasures(read))
    for (const value of values) if (value.index === index) found.add(value.pointer)
  return found
}

/** What erasures in the log took, from an index on. */
export async function* erasures(
  read: Pick<StoreReads, 'entries'>,
  since = 0,
): AsyncGenerator<ReturnType<typeof readErasure>> {
  for (let from = since; ;) {
    const page = await read.entries({ from, limit: PAGE, types: ['erasure'] })
    for (const { index, leaf } of page) yield readErasure(openLeaf(index, leaf, []))
    from = (page.at(-1)?.index ?? 0) + 1
    if (page.length < PAGE) return
  }
}
