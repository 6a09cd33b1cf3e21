import { logKeysAt } from '../ledger/key-registry.ts'
import { newLog } from '../ledger/log.ts'
import type { LogHead } from '../ledger/store.ts'
import { sameBytes } from '../lib/merkle.ts'
import { KEPT_TABLES } from '../model/kept.ts'
import { Refusal } from '../model/refusal.ts'
import { damaged, LOG, readManifest, rowsOf, type Manifest } from './backup-files.ts'
import type { Environment } from './environment.ts'
import { Keys, lackingKeys } from './keys.ts'
import { appendLeaves, checkLog, leavesOf, type Folder, type KnownKeys, type Log } from './log-folder.ts'
import { sealedState, type SealedState } from './lost-keys.ts'
import { foldLedger } from './rebuild.ts'

export interface Restored {
  readonly origin: string
  readonly size: number
  /** Entries that the backup lacked and the tiles had. */
  readonly fromTiles: number
  /** Ids of the keys that sign a log of this size, and of those among them that the data folder lacks. */
  readonly logKeys: readonly string[]
  readonly lackingKeys: readonly string[]
  /** Values that identify persons; those that are lost were folded without. */
  readonly sealed: SealedState
}

/** A backup, and the tiles that continue it, after every digest, the tree and the signature were checked. */
export interface CheckedBackup {
  readonly folder: Folder
  readonly manifest: Manifest
  readonly logs: readonly Log[]
}

/** Reads a backup once through, and writes nothing. Throws `Refusal` bad-input, ledger-key, ledger-fork. */
export async function checkBackup(folder: Folder, tiles: Folder | null): Promise<CheckedBackup> {
  const manifest = await readManifest(folder)
  const known: KnownKeys = { registry: null }
  const log = await checkLog({ folder, prefix: LOG }, newLog(manifest.origin), known)
  if (log.head.size !== manifest.size) throw damaged('its manifest and its checkpoint differ in size')
  if (tiles === null) return { folder, manifest, logs: [log] }
  return { folder, manifest, logs: [log, await checkLog({ folder: tiles, prefix: '' }, log.reached, known)] }
}

/**
 * Puts a checked backup into an empty store, in one transaction, and folds it. Throws `Refusal` conflict where the
 * store holds a book, and ledger-fork where the data folder's pin says that more was signed than is to be restored.
 */
export async function restore(
  env: Environment,
  { folder, manifest, logs }: CheckedBackup,
): Promise<Restored> {
  await requireEmpty(env)
  const size = Math.max(...logs.map(({ head }) => head.size))
  const pinned = await env.key.pinned()
  if (pinned !== null && pinned.size > size) throw older(size, pinned.size)
  const head = await env.store.bulk(async (tx) => {
    let reached: LogHead = newLog(manifest.origin)
    for (const log of logs) {
      for await (const leaves of leavesOf(log, reached.size)) {
        // The tree of the pinned size is one of those that the restored log goes through.
        const cut = pinned === null ? leaves.length : pinned.size - reached.size
        const parts = cut > 0 && cut < leaves.length ? [leaves.slice(0, cut), leaves.slice(cut)] : [leaves]
        for (const part of parts) {
          reached = await appendLeaves(tx, reached, part)
          if (pinned?.size === reached.size && !sameBytes(pinned.root, reached.root))
            throw otherHistory(pinned.size)
        }
      }
      if (reached.size === log.head.size && !sameBytes(reached.root, log.head.root))
        throw damaged('its entries changed while they were read')
    }
    for (const table of KEPT_TABLES)
      for await (const rows of rowsOf(folder, manifest, table)) await tx.putKeptRows(table, rows)
    await foldLedger(tx)
    return reached
  })
  // From here on nothing older than this is signed from this data folder.
  if (pinned === null) await env.key.pin(head)
  const registry = await new Keys().at(env.store.read, head.size)
  return {
    origin: head.origin,
    size: head.size,
    fromTiles: head.size - manifest.size,
    logKeys: logKeysAt(registry, head.size).map(({ key }) => key.keyId),
    lackingKeys: await lackingKeys(env.key, registry),
    sealed: await sealedState(env),
  }
}

async function requireEmpty({ store }: Environment): Promise<void> {
  const head = await store.read.head()
  if (head === null) return
  throw new Refusal('conflict', `the store holds a book of ${head.size} entries`, {
    hint: 'restore into an empty data folder (--data DIR) or database, and change over when it is there',
  })
}

function older(size: number, pinned: number): Refusal {
  return new Refusal(
    'ledger-fork',
    `${size} entries are to be restored, but ${pinned} were signed from this data folder`,
    {
      hint: 'add what is missing with --tiles DIR (an export of the log, or a mirror); if it is lost for good, see docs/problems/ledger-fork.md',
    },
  )
}

function otherHistory(pinned: number): Refusal {
  return new Refusal(
    'ledger-fork',
    `the first ${pinned} entries of the backup are not those that were signed from this data folder`,
    { hint: 'it is a backup of another history or another book; restore it into a data folder of its own' },
  )
}
