import { verifyCheckpoint, type Checkpoint } from '../ledger/checkpoint.ts'
import { beginRegistry, type KeyRegistry, logKeysAt } from '../ledger/key-registry.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { appendToHead } from '../ledger/log.ts'
import { readRecord } from '../ledger/record.ts'
import type { LogHead, StoredEntry } from '../ledger/store.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import { leafHash, sameBytes } from '../lib/merkle.ts'
import { splitEntryBundle, TileError, tilePath, tilesBetween, TILE_WIDTH } from '../lib/tile.ts'
import { Refusal } from '../model/refusal.ts'
import type { StoreWrites } from './environment.ts'
import { foldStored } from './keys.ts'

/** Logs as others hold them: bundles of entries under a signed checkpoint. */

export type Folder = Pick<TileFiles, 'read'>

/** A log as a folder of bundles under a checkpoint that one of its keys signed. */
export interface Log {
  readonly folder: Folder
  readonly prefix: string
  readonly head: Checkpoint
}

/** A log whose tree was held against its checkpoint, up to the head that its entries reach. */
export interface CheckedLog extends Log {
  readonly reached: LogHead
}

/** Whose signatures count, as the entries that were read so far leave it. */
export interface KnownKeys {
  registry: KeyRegistry | null
}

/** Reads the bundles behind `from` and holds their tree against the signed checkpoint. */
export async function checkLog(
  at: Pick<Log, 'folder' | 'prefix'>,
  from: LogHead,
  known: KnownKeys,
): Promise<CheckedLog> {
  const note = await at.folder.read(`${at.prefix}checkpoint`)
  if (note === null) throw unusable(`the folder has no ${at.prefix}checkpoint`)
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
    throw unusable(`it is of the log ${from.origin}, and a checkpoint in it of ${head.origin}`)
  if (head.size >= from.size && !sameBytes(reached.root, head.root))
    throw from.size === 0
      ? unusable('its entries do not give the root that its checkpoint signs')
      : new Refusal('ledger-fork', 'the tiles do not continue the entries that are there', {
          hint: 'one of the two is of another history: docs/problems/ledger-fork.md',
        })
  return { ...at, head, reached }
}

export async function* leavesOf(
  { folder, prefix, head }: Log,
  from: number,
): AsyncGenerator<readonly Uint8Array[]> {
  if (head.size <= from) return
  const bundles = tilesBetween(from, head.size).filter(({ level }) => level === 'entries')
  let leaves: Uint8Array[] = []
  for (const tile of bundles) {
    const path = prefix + tilePath(tile)
    const bytes = await folder.read(path)
    if (bytes === null) throw unusable(`${path} is not there`)
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
    throw unusable(`${path} is not a bundle of ${width} entries`)
  }
}

function withKeys(registry: KeyRegistry | null, index: number, leaf: Uint8Array): KeyRegistry {
  if (registry === null) return beginRegistry(readRecord(leaf))
  return openLeaf(index, leaf, []).type === 'key' ? foldStored(registry, { index, leaf }) : registry
}

/** How far the checkpoint claims to go; who signed it is asked when the keys are known. */
function sizeSaid(note: Uint8Array): number {
  const line = Buffer.from(note).toString('latin1').split('\n', 2)[1] ?? ''
  if (!/^[1-9][0-9]{0,14}$/.test(line)) throw unusable('its checkpoint is none')
  return Number(line)
}

/** A key that had ended before this size, or was named behind it, signs nothing: docs/formats/ledger-keys-v1.md. */
function signedBy(note: Uint8Array, size: number, registry: KeyRegistry | null): Checkpoint {
  if (registry === null) throw unusable('its log names no key')
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

/** Puts leaves behind a head, without the values that they commit to. */
export async function appendLeaves(
  tx: StoreWrites,
  head: LogHead,
  leaves: readonly Uint8Array[],
): Promise<LogHead> {
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

function unusable(what: string): Refusal {
  return new Refusal('bad-input', `the log cannot be used: ${what}`, {
    hint: 'nothing was written; use another copy of it, or another backup or mirror',
  })
}
