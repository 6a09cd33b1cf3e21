import { type Checkpoint, parseCheckpoint } from '../ledger/checkpoint.ts'
import { frontierRoot, growFrontier, HASH_SIZE, leafHash, rangeRoot, sameBytes } from '../lib/merkle.ts'
import { parseNote } from '../lib/signed-note.ts'
import { entryBundle, type Tile, TILE_WIDTH, TileError, tilePath } from '../lib/tile.ts'
import type { Environment } from './environment.ts'
import { Tiles } from './tiles.ts'

export interface Scrubbed {
  readonly tile: string
  /** What is wrong and what to do; null where all is as it was signed. */
  readonly fault: string | null
  /** Where it is wrong; null where nothing is, or nobody could look. */
  readonly where: Fault['where'] | null
}

/** `entries`: the database is another than the one that was signed; `files`: what is published from it. */
interface Fault {
  readonly where: 'entries' | 'files'
  readonly text: string
}

/**
 * Looks at one tile of the log that somebody may not have read for years: whether the entries under it are still those
 * that were signed, and whether the published files say the same. One flipped bit has ended a public log before.
 * Null where nothing is signed yet.
 */
export async function scrub(env: Environment): Promise<Scrubbed | null> {
  const note = await env.store.read.checkpoint()
  if (note === null) return null
  const signed = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const full = Math.floor(signed.size / TILE_WIDTH)
  const index = full === 0 ? 0 : chosen(env, full)
  const tile: Tile = { level: 0, index, width: full === 0 ? signed.size : TILE_WIDTH }
  const fault = await faultOf(env, signed, tile)
  return { tile: tilePath(tile), fault: fault?.text ?? null, where: fault?.where ?? null }
}

/** Which, nobody can foresee: who alters one tile cannot wait until it was looked at. */
function chosen(env: Environment, count: number): number {
  return Buffer.from(env.random(6)).readUIntBE(0, 6) % count
}

async function faultOf(env: Environment, signed: Checkpoint, tile: Tile): Promise<Fault | null> {
  try {
    return await compared(env, signed, tile)
  } catch (error) {
    // A file of another length is no tile at all.
    if (error instanceof TileError)
      return inFiles(`a published file above ${tilePath(tile)} is damaged: ${error.message}`)
    throw error
  }
}

async function compared(env: Environment, signed: Checkpoint, { index, width }: Tile): Promise<Fault | null> {
  const from = index * TILE_WIDTH
  const stored = await env.store.read.entries({ from, limit: width })
  const hashes = stored.map(({ leaf }) => leafHash(leaf))
  const changed = stored.find(({ leafHash: known }, n) => !sameBytes(known, hashes[n] as Uint8Array))
  if (changed !== undefined) return inEntries(`entry ${changed.index} is not the one that was hashed`)
  if (hashes.length !== width) return inEntries(`entries from ${from} on are missing`)
  const file = await differing(env, index, hashes, stored)
  if (file === null && (await agrees(env, signed, index, hashes))) return null
  // One of the two is wrong, and the signature says which.
  const fromEntries = await rootOver(new Tiles(env.store.read, NO_FILES), signed.size)
  return sameBytes(fromEntries, signed.root)
    ? inFiles(
        `the published ${file ?? `tiles above ${tilePath({ level: 0, index, width })}`} is not what the entries give`,
      )
    : inEntries(`the entries of the database do not give the root of the signed checkpoint of ${signed.size}`)
}

function inEntries(what: string): Fault {
  return { where: 'entries', text: `${what}. ${DATABASE_HINT}` }
}

function inFiles(what: string): Fault {
  return { where: 'files', text: `${what}. ${FILES_HINT}` }
}

const NO_FILES = { read: async () => null }
const DATABASE_HINT =
  'The database was changed by something else than Portreeve: put back the newest copy that was not'
const FILES_HINT = 'Remove the folder tiles of the data folder: it is made again from the entries'

/** Whether the tiles lead from these entries to the signed root. Nothing is held in memory: the files are looked at. */
async function agrees(
  env: Environment,
  signed: Checkpoint,
  index: number,
  hashes: readonly Uint8Array[],
): Promise<boolean> {
  const root = frontierRoot(growFrontier(0, [], hashes))
  if (hashes.length < TILE_WIDTH) return sameBytes(root, signed.root)
  const tiles = new Tiles(env.store.read, env.tiles)
  return (
    sameBytes(root, await hashAbove(tiles, signed.size, index)) &&
    sameBytes(await rootOver(tiles, signed.size), signed.root)
  )
}

function rootOver(tiles: Tiles, size: number): Promise<Uint8Array> {
  return tiles.over(size, (subtrees) => rangeRoot(0, size, subtrees))
}

/** The hash that stands for a full tile of level 0. */
async function hashAbove(tiles: Tiles, size: number, index: number): Promise<Uint8Array> {
  const above = Math.floor(index / TILE_WIDTH)
  const width = Math.min(Math.floor(size / TILE_WIDTH) - above * TILE_WIDTH, TILE_WIDTH)
  const tile = await tiles.tile({ level: 1, index: above, width })
  const at = (index - above * TILE_WIDTH) * HASH_SIZE
  return tile.subarray(at, at + HASH_SIZE)
}

/** The published file that says something else than the entries; one that is not there says nothing. */
async function differing(
  env: Environment,
  index: number,
  hashes: readonly Uint8Array[],
  stored: readonly { readonly leaf: Uint8Array }[],
): Promise<string | null> {
  if (hashes.length < TILE_WIDTH) return null
  const expected: [Tile['level'], Uint8Array][] = [
    [0, Buffer.concat(hashes)],
    ['entries', entryBundle(stored.map(({ leaf }) => leaf))],
  ]
  for (const [level, bytes] of expected) {
    const path = tilePath({ level, index, width: TILE_WIDTH })
    const file = await env.tiles.read(path)
    if (file !== null && !sameBytes(file, bytes)) return path
  }
  return null
}
