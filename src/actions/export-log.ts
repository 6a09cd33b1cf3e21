import type { Desk, Output } from '../api/operations.ts'
import { type Checkpoint, parseCheckpoint } from '../ledger/checkpoint.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import { fromBase64 } from '../lib/base64.ts'
import { leafHash, rangeRoot, sameBytes } from '../lib/merkle.ts'
import { NoteError, parseNote } from '../lib/signed-note.ts'
import {
  overTiles,
  splitEntryBundle,
  splitHashTile,
  type Tile,
  TileError,
  TILE_WIDTH,
  tilePath,
  tileRoot,
  tileTree,
  tilesBetween,
} from '../lib/tile.ts'
import { Refusal } from '../model/refusal.ts'

export type TileFolder = TileFiles

export interface Exported {
  readonly origin: string
  readonly size: number
  /** Files that were not there before. */
  readonly written: number
}

/**
 * Writes the log as a folder that any web server can serve: C2SP tlog-tiles, with the archive of checkpoints beside.
 * An export that was broken off goes on; one that stands grows. Everything new is computed anew from the entries,
 * and `checkpoint` is replaced last, so that the folder is a whole log at every moment.
 */
export async function exportLog(
  desk: Desk,
  folder: TileFiles,
  tell: (done: number, of: number) => void,
): Promise<Exported> {
  const newest = await desk.call('showCheckpoint', {})
  const before = await standing(folder, newest)
  const tiles = tilesBetween(before?.size ?? 0, newest.size)
  let written = 0
  for (const [done, tile] of tiles.entries()) {
    if (await fetchTile(desk, folder, tile)) written++
    tell(done + 1, tiles.length)
  }
  for (const tile of tiles) await checkTile(folder, tile)
  for (const head of before === null ? [headOf(newest)] : [before, headOf(newest)])
    await checkRoot(folder, head)
  written += await archive(desk, folder, newest.size)
  written += await exportTimestamps(desk, folder)
  await folder.replace('checkpoint', Buffer.from(newest.note))
  return { origin: newest.origin, size: newest.size, written }
}

type View = Output<'showCheckpoint'>

/** What an earlier export reached. Throws `Refusal` where the folder holds another log, or more of this one. */
async function standing(folder: TileFiles, newest: View): Promise<Checkpoint | null> {
  const note = await folder.read('checkpoint')
  if (note === null) return null
  const before = readStanding(note)
  if (before.origin !== newest.origin)
    throw new Refusal(
      'conflict',
      `the folder holds the log ${before.origin}, and the book keeps ${newest.origin}`,
      {
        hint: 'name another folder',
      },
    )
  if (before.size > newest.size)
    throw new Refusal(
      'ledger-fork',
      `the folder holds ${before.size} entries of this log, and the newest checkpoint of the book ${newest.size}`,
      { hint: 'the book is an older copy; put the newest database back. The folder holds what it lacks' },
    )
  return before
}

function readStanding(note: Uint8Array): Checkpoint {
  try {
    return parseCheckpoint(parseNote(note).text)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new Refusal('conflict', `the folder's checkpoint is none: ${error.message}`, {
      hint: 'name another folder',
    })
  }
}

/** True where it was not there. */
async function fetchTile(desk: Desk, folder: TileFiles, tile: Tile): Promise<boolean> {
  const path = tilePath(tile)
  if ((await folder.read(path)) !== null) return false
  const bytes = fromBase64((await desk.call('readTile', { path })).bytes)
  if (bytes === null) throw new Error(`the desk answered ${path} with something else than base64`)
  await folder.write(path, bytes)
  return true
}

/** A tile against what lies below it in the same folder: a bundle's leaves, or the tiles of the level below. */
async function checkTile(folder: TileFiles, tile: Tile): Promise<void> {
  if (tile.level === 'entries') return
  const hashes = await within(tile, async () => splitHashTile(await there(folder, tile), tile.width))
  const below = await within(tile, () => hashesBelow(folder, tile, tile.level as number))
  if (!hashes.every((hash, n) => sameBytes(hash, below[n] as Uint8Array))) throw damaged(tilePath(tile))
}

async function hashesBelow(folder: TileFiles, { index, width }: Tile, level: number): Promise<Uint8Array[]> {
  if (level === 0) {
    const bundle = await there(folder, { level: 'entries', index, width })
    return splitEntryBundle(bundle, width).map(leafHash)
  }
  const hashes: Uint8Array[] = []
  for (let n = 0; n < width; n++)
    hashes.push(
      tileRoot(await there(folder, { level: level - 1, index: index * TILE_WIDTH + n, width: TILE_WIDTH })),
    )
  return hashes
}

async function checkRoot(folder: TileFiles, head: Checkpoint): Promise<void> {
  const root = await overTiles(
    head.size,
    async (tile) => tileTree(await there(folder, tile), tile.width),
    (subtrees) => rangeRoot(0, head.size, subtrees),
  )
  if (!sameBytes(root, head.root)) throw damaged(`tree of ${head.size}`)
}

async function archive(desk: Desk, folder: TileFiles, until: number): Promise<number> {
  let written = 0
  for (let from: number | null = 0; from !== null;) {
    const page: Output<'listCheckpoints'> = await desk.call('listCheckpoints', { from, limit: 1000 })
    for (const { size, note } of page.checkpoints.filter(({ size }) => size <= until)) {
      const path = `checkpoints/${size}`
      const known = await folder.read(path)
      if (known === null) written++
      // A cosignature may have come since.
      if (known === null || Buffer.from(known).toString() !== note)
        await folder.replace(path, Buffer.from(note))
    }
    from = page.next
  }
  return written
}

/** What was stamped, the answer, and the chain, as `openssl ts -verify` takes them. */
async function exportTimestamps(desk: Desk, folder: TileFiles): Promise<number> {
  let written = 0
  for (let from: number | null = 0; from !== null;) {
    const page: Output<'listTimestamps'> = await desk.call('listTimestamps', { from, limit: 100 })
    for (const { size, authority, note, token, chain } of page.timestamps) {
      const path = `timestamps/${size}.${authority}`
      if ((await folder.read(`${path}.tsr`)) !== null) continue
      await folder.write(`${path}.note`, Buffer.from(note))
      await folder.write(`${path}.pem`, Buffer.from(chain))
      await folder.write(`${path}.tsr`, Buffer.from(token, 'base64'))
      written += 3
    }
    from = page.next
  }
  return written
}

function headOf({ origin, size, root }: View): Checkpoint {
  return { origin, size, root: fromBase64(root) ?? new Uint8Array() }
}

async function there(folder: TileFiles, tile: Tile): Promise<Uint8Array> {
  const bytes = await folder.read(tilePath(tile))
  if (bytes === null) throw damaged(tilePath(tile))
  return bytes
}

async function within<T>(tile: Tile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof TileError ? damaged(tilePath(tile)) : error
  }
}

function damaged(what: string): Refusal {
  return new Refusal('conflict', `the folder's ${what} is not what the entries give`, {
    hint: 'name an empty folder; if it happens there too, run portreeve rebuild, which looks at every entry',
  })
}
