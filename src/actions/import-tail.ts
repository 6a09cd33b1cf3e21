import { signedByLog } from '../ledger/checkpoint.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { readRecord } from '../ledger/record.ts'
import type { LogHead } from '../ledger/store.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import { sameBytes } from '../lib/merkle.ts'
import type { Entry } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import { Keys, logKeyTexts } from './keys.ts'
import { appendLeaves, checkLog, leavesOf, type CheckedLog } from './log-folder.ts'

/** What a database that went back was given again. */
export interface Imported {
  readonly origin: string
  /** Entries that the database held, and that it holds now. */
  readonly before: number
  readonly size: number
  /** Values that identify persons: the tail commits to them, and nobody but the lost database had them. */
  readonly withheld: number
  /** Entries that were signed from this data folder and are in none of the two; 0: none is missing. */
  readonly missing: number
}

export interface ImportedTail extends Imported {
  /** The entry that says so; null where the book still may not be written. */
  readonly incident: number | null
  /** Why it still may not. */
  readonly refused: string | null
}

/**
 * Reads what `source` has behind the head of the database, and writes nothing: the tree must continue the database's own
 * and have the root that a key of the log signed. Throws `Refusal` conflict, ledger-fork, ledger-key, bad-input.
 */
export async function checkTail(env: Environment, source: Pick<TileFiles, 'read'>): Promise<CheckedLog> {
  const head = await headOf(env)
  const keys = await new Keys().at(env.store.read, head.size)
  const log = await checkLog({ folder: source, prefix: '' }, head, { registry: keys })
  if (log.head.size <= head.size)
    throw new Refusal(
      'conflict',
      `the source holds ${log.head.size} entries, and the database ${head.size}: there is nothing to take from it`,
      { hint: 'name an export, a mirror or a server that has more of this log' },
    )
  return log
}

/** Puts the tail behind the database's head and folds it, in one transaction; nothing is signed anew. */
export async function importTail(env: Environment, log: CheckedLog): Promise<Imported> {
  const head = await headOf(env)
  const pinned = await env.key.pinned()
  let withheld = 0
  await env.store.bulk(async (tx) => {
    let reached = head
    let carried: readonly Entry[] = []
    for await (const leaves of leavesOf(log, head.size)) {
      const first = reached.size
      const entries = leaves.map((leaf, n) => openLeaf(first + n, leaf, []))
      for (const leaf of leaves) withheld += readRecord(leaf).commitments.length
      for (const part of cutAt(leaves, (pinned?.size ?? 0) - reached.size)) {
        reached = await appendLeaves(tx, reached, part)
        if (pinned?.size === reached.size && !sameBytes(pinned.root, reached.root))
          throw otherHistory(pinned.size)
      }
      const pending = [...carried, ...entries]
      const end = pending.findLastIndex(({ body }) => body['more'] !== true) + 1
      await fold(tx, pending.slice(0, end))
      carried = pending.slice(end)
    }
    await fold(tx, carried)
    await keepCheckpoint(tx, log, reached.size)
  })
  return {
    origin: head.origin,
    before: head.size,
    size: log.head.size,
    withheld,
    missing: Math.max(0, (pinned?.size ?? 0) - log.head.size),
  }
}

/** In two where the tree of a pinned size lies between them. */
function cutAt(leaves: readonly Uint8Array[], at: number): readonly (readonly Uint8Array[])[] {
  return at > 0 && at < leaves.length ? [leaves.slice(0, at), leaves.slice(at)] : [leaves]
}

function otherHistory(pinned: number): Refusal {
  return new Refusal(
    'ledger-fork',
    `the first ${pinned} entries of the source are not those that were signed from this data folder`,
    { hint: 'keep both, they are evidence; docs/problems/ledger-fork.md says how to go on' },
  )
}

/** The note as the log signed it; who cosigned it is asked again. */
async function keepCheckpoint(tx: StoreWrites, log: CheckedLog, size: number): Promise<void> {
  const note = await log.folder.read(`${log.prefix}checkpoint`)
  if (note === null) throw new Error('the checkpoint was there a moment ago')
  const keys = logKeyTexts(await new Keys().at(tx, size))
  await tx.saveCheckpoint(size, signedByLog(Buffer.from(note).toString(), keys).note)
}

async function headOf({ store }: Environment): Promise<LogHead> {
  const head = await store.read.head()
  if (head !== null) return head
  throw new Refusal('conflict', 'the database holds no book yet', {
    hint: 'portreeve restore BACKUP --tiles EXPORT puts a backup and what it lacks together',
  })
}
