import { verifyCheckpoint, type Checkpoint } from '../ledger/checkpoint.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { beginRegistry, type KeyRegistry, logKeysAt } from '../ledger/key-registry.ts'
import { appendToHead, newLog } from '../ledger/log.ts'
import { readRecord } from '../ledger/record.ts'
import type { LogHead, StoredEntry } from '../ledger/store.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import { leafHash, sameBytes } from '../lib/merkle.ts'
import { splitEntryBundle, TileError, tilePath, tilesBetween, TILE_WIDTH } from '../lib/tile.ts'
import { KEPT_TABLES } from '../model/kept.ts'
import { Refusal } from '../model/refusal.ts'
import { damaged, LOG, readManifest, rowsOf, type Manifest } from './backup-files.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { foldStored, Keys, lackingKeys } from './keys.ts'
import { sealedState, type SealedState } from './lost-keys.ts'
import { foldLedger } from './rebuild.ts'

type Folder = Pick<TileFiles, 'read'>

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

/** A log as a folder of bundles under a checkpoint that one of its keys signed. */
interface Log {
  readonly folder: Folder
  readonly prefix: string
  readonly head: Checkpoint
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
          reached = await append(tx, reached, part)
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

async function append(tx: StoreWrites, head: LogHead, leaves: readonly Uint8Array[]): Promise<LogHead> {
  const entries = leaves.map((leaf, n): StoredEntry => {
    const { id, type, at } = openLeaf(head.size + n, leaf, [])
    return { index: head.size + n, id, type, at, leaf, leafHash: leafHash(leaf) }
  })
  const next = appendToHead(
    head,
    entries.map((entry) => entry.leafHash),
  )
  await tx.append(entries, new Map(), head.size === 0 ? null : head, next)
  return next
}

/** Whose signatures count, as the entries that were read so far leave it. */
interface KnownKeys {
  registry: KeyRegistry | null
}

/** Reads the bundles behind `from` and holds their tree against the signed checkpoint. */
async function checkLog(
  at: Pick<Log, 'folder' | 'prefix'>,
  from: LogHead,
  known: KnownKeys,
): Promise<Log & { readonly reached: LogHead }> {
  const note = await at.folder.read(`${at.prefix}checkpoint`)
  if (note === null) throw damaged(`the folder has no ${at.prefix}checkpoint`)
  const size = sizeSaid(note)
  let reached = from
  for await (const leaves of leavesOf(
    { ...at, head: { origin: from.origin, size, root: from.root } },
    from.size,
  )) {
    for (const [n, leaf] of leaves.entries())
      known.registry = withKeys(known.registry, reached.size + n, leaf)
    reached = appendToHead(reached, leaves.map(leafHash))
  }
  const head = signedBy(note, size, known.registry)
  if (head.origin !== from.origin)
    throw damaged(`it is of the log ${from.origin}, and a checkpoint in it of ${head.origin}`)
  if (head.size >= from.size && !sameBytes(reached.root, head.root))
    throw from.size === 0
      ? damaged('its entries do not give the root that its checkpoint signs')
      : new Refusal('ledger-fork', 'the tiles do not continue the entries of the backup', {
          hint: 'one of the two is of another history: docs/problems/ledger-fork.md',
        })
  return { ...at, head, reached }
}

async function* leavesOf({ folder, prefix, head }: Log, from: number): AsyncGenerator<readonly Uint8Array[]> {
  if (head.size <= from) return
  const bundles = tilesBetween(from, head.size).filter(({ level }) => level === 'entries')
  let leaves: Uint8Array[] = []
  for (const tile of bundles) {
    const path = prefix + tilePath(tile)
    const bytes = await folder.read(path)
    if (bytes === null) throw damaged(`${path} is not there`)
    leaves.push(...split(bytes, tile.width, path).slice(Math.max(0, from - tile.index * TILE_WIDTH)))
    if (leaves.length < STRIDE) continue
    yield leaves
    leaves = []
  }
  if (leaves.length > 0) yield leaves
}

/** Leaves handed on at a time. */
const STRIDE = 5_000

function split(bytes: Uint8Array, width: number, path: string): Uint8Array[] {
  try {
    return splitEntryBundle(bytes, width)
  } catch (error) {
    if (!(error instanceof TileError)) throw error
    throw damaged(`${path} is not a bundle of ${width} entries`)
  }
}

function withKeys(registry: KeyRegistry | null, index: number, leaf: Uint8Array): KeyRegistry {
  if (registry === null) return beginRegistry(readRecord(leaf))
  return openLeaf(index, leaf, []).type === 'key' ? foldStored(registry, { index, leaf }) : registry
}

/** How far the checkpoint claims to go; who signed it is asked when the keys are known. */
function sizeSaid(note: Uint8Array): number {
  const line = Buffer.from(note).toString('latin1').split('\n', 2)[1] ?? ''
  if (!/^[1-9][0-9]{0,14}$/.test(line)) throw damaged('its checkpoint is none')
  return Number(line)
}

/** A key that had ended before this size, or was named behind it, signs nothing: docs/formats/ledger-keys-v1.md. */
function signedBy(note: Uint8Array, size: number, registry: KeyRegistry | null): Checkpoint {
  if (registry === null) throw damaged('its log names no key')
  const inForce = logKeysAt(registry, size)
  try {
    return verifyCheckpoint(note, ...inForce.map(({ key }) => key.text))
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ledger-key') throw error
    const ids = inForce.map(({ key }) => key.keyId).join(' and ')
    throw new Refusal(
      'ledger-key',
      `no key that signs a log of ${size} entries (${ids}) signed its checkpoint`,
      {
        hint: 'the checkpoint was made by somebody else, or with a key that had been replaced: take another copy of the backup or the tiles',
        cause: error,
      },
    )
  }
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
