import { openLeaf } from '../ledger/leaf.ts'
import type { Entry } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { covers, standingHolds, type Hold } from '../registry/hold.ts'
import { keptUntil, retentionOf, type Retention } from '../registry/retention.ts'
import type { StoreReads } from './environment.ts'

/** Why an entry must be kept as it is, and who could change that. */
export interface Obstacle {
  readonly index: number
  /** `hold/NAME` or `retention/NAME`: what stands on the ledger. */
  readonly mark: string
  readonly what: string
  readonly way: string
}

const PAGE = 1_000

/** Holds and freezes that stand, oldest first. */
export async function holdsNow(read: StoreReads): Promise<readonly Hold[]> {
  const entries: Entry[] = []
  for (let from = 0; ;) {
    const page = await read.entries({ from, limit: PAGE, types: ['hold', 'freeze'] })
    for (const stored of page)
      entries.push(openLeaf(stored.index, stored.leaf, await read.sealed(stored.index)))
    from = (page.at(-1)?.index ?? 0) + 1
    if (page.length < PAGE) return standingHolds(entries)
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
