import { voiceOf } from '../ledger/hold-voice.ts'
import type { KeyRegistry } from '../ledger/key-registry.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { readRecord } from '../ledger/record.ts'
import type { LedgerReads } from '../ledger/store.ts'
import type { Entry } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { covers, standingHolds, type Hold, type HoldEntry } from '../registry/hold.ts'
import { keptUntil, retentionOf, type Retention } from '../registry/retention.ts'
import type { StoreReads } from './environment.ts'
import { Keys } from './keys.ts'

/** Why an entry must be kept as it is, and who could change that. */
export interface Obstacle {
  readonly index: number
  /** `hold/NAME` or `retention/NAME`: what stands on the ledger. */
  readonly mark: string
  readonly what: string
  readonly way: string
}

const PAGE = 1_000

/** Holds and freezes that stand, oldest first; with `size`, as the first so many entries left them. */
export async function holdsNow(read: LedgerReads, size?: number): Promise<readonly Hold[]> {
  return standingHolds(await holdEntries(read, size))
}

/** Entries of types `hold` and `freeze` below `size`, with whose word each is by all that is known of keys today. */
export async function holdEntries(read: LedgerReads, size?: number): Promise<readonly HoldEntry[]> {
  const found: HoldEntry[] = []
  let registry: KeyRegistry | null = null
  for (let from = 0; ;) {
    const page = await read.entries({ from, limit: PAGE, types: ['hold', 'freeze'] })
    for (const { index, leaf } of page) {
      if (size !== undefined && index >= size) return found
      registry ??= await new Keys().at(read, (await read.head())?.size ?? 0)
      const entry = openLeaf(index, leaf, await read.sealed(index))
      found.push({ entry, voice: voiceOf(registry, index, readRecord(leaf)) })
    }
    from = (page.at(-1)?.index ?? 0) + 1
    if (page.length < PAGE) return found
  }
}

/** Entries that a hold or a period of retention keeps, at `now`. */
export async function obstaclesTo(
  read: StoreReads,
  entries: readonly Entry[],
  now: Instant,
): Promise<readonly Obstacle[]> {
  const holds = await holdsNow(read)
  const retentions = (await read.documents('Retention')).map(retentionOf)
  return entries.flatMap((entry) => [...heldBy(holds, entry), ...retainedBy(retentions, entry, now)])
}

function heldBy(holds: readonly Hold[], entry: Entry): Obstacle[] {
  return holds
    .filter(({ scope }) => covers(scope, entry))
    .map(({ name, kind, by, index, releases }) => ({
      index: entry.index,
      mark: `hold/${name}`,
      what: `the ${kind} ${name} of ${by} (entry ${index}) covers entry ${entry.index}`,
      way: `${releases.length === 0 ? 'two people' : `one more person besides ${releases[0]?.by}`} can release it: portreeve hold release ${name}`,
    }))
}

function retainedBy(retentions: readonly Retention[], entry: Entry, now: Instant): Obstacle[] {
  return retentions.flatMap((retention) => {
    const until = keptUntil(retention, entry)
    if (until === null || until <= now) return []
    const { name, basis } = retention
    return {
      index: entry.index,
      mark: `retention/${name}`,
      what: `Retention ${name} (${basis}) keeps entry ${entry.index} until ${until.slice(0, 10)}`,
      way: `who declares Retention ${name} can change or close it`,
    }
  })
}
