import { EMPTY_ROOT, HASH_SIZE, nodeHash, rangeRoot, type Subtrees } from './merkle.ts'

/** C2SP tlog-tiles: a log as files of 256 hashes or entries each. */

export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
const MAX_LEVEL = 63
/** An entry's length stands in 16 bits. */
export const MAX_ENTRY = 65_535

/** A tile of hashes at a level of the tree, or a bundle of entries; `width` below 256 is a partial one. */
export interface Tile {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** Not a tile of the width that its path promises. */
export class TileError extends Error {
  override readonly name = 'TileError'
}

/** `tile/0/x001/x234/067`, `tile/entries/000.p/3`. */
export function tilePath({ level, index, width }: Tile): string {
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`
  return `tile/${level}/${indexPath(index)}${partial}`
}

const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/
/** Null for every path that `tilePath` does not yield. */
export function parseTilePath(path: string): Tile | null {
  const [, level = '', digits = '', partial] = PATH.exec(path) ?? []
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(digits.replaceAll(/[x/]/g, '')),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  }
  return digits !== '' && isTile(tile) && tilePath(tile) === path ? tile : null
}

/** Every hash tile and bundle of a tree of `size`: full ones, and the partial one at the end of each level. */
export function tilesOf(size: number): Tile[] {
  return tilesBetween(0, size)
}

/** The tiles that a tree has at `until` leaves and had not, or not as wide, at `from`. */
export function tilesBetween(from: number, until: number): Tile[] {
  const tiles = tilesOfLevel('entries', from, until)
  for (let level = 0; until >= TILE_WIDTH ** level; level++) {
    const unit = TILE_WIDTH ** level
    tiles.push(...tilesOfLevel(level, Math.floor(from / unit), Math.floor(until / unit)))
  }
  return tiles
}

/** A hash tile's bytes, from the roots of its subtrees. */
export function hashTile(level: number, index: number, width: number, subtrees: Subtrees): Uint8Array {
  const hashes = Array.from({ length: width }, (_, i) =>
    subtrees(level * TILE_HEIGHT, index * TILE_WIDTH + i),
  )
  return Buffer.concat(hashes)
}

/** Subtrees read from full or partial hash tiles. `read` throws where there is no such tile. */
export function subtreesOfTiles(size: number, read: (tile: Tile) => Uint8Array): Subtrees {
  return (level, index) => {
    const { tile, offset, span } = placeOf(size, level, index)
    const bytes = read(tile)
    checkHashTile(bytes, tile.width)
    return perfectRoot(hashesIn(bytes, offset, offset + span))
  }
}

/** A hash tile with the roots of all perfect subtrees in it, so that proofs ask for each and none is hashed twice. */
export interface TileTree {
  /** The tile's hashes, then the roots of pairs of them, of fours, and so on: 32 bytes each. */
  readonly nodes: Uint8Array
  readonly width: number
}

/** Throws `TileError` unless there are `width` hashes and nothing else. */
export function tileTree(bytes: Uint8Array, width: number): TileTree {
  let row: readonly Uint8Array[] = splitHashTile(bytes, width)
  const rows = [bytes]
  while (row.length > 1) {
    row = pairsOf(row)
    rows.push(...row)
  }
  return { nodes: Buffer.concat(rows), width }
}

export function rootOfTiles(size: number, read: (tile: Tile) => Uint8Array): Uint8Array {
  return size === 0 ? EMPTY_ROOT : rangeRoot(0, size, subtreesOfTiles(size, read))
}

/**
 * Computes on the tree of so many leaves where tiles take time to get: each is fetched once. `compute` runs twice, first
 * on hashes of no meaning to find out which subtrees it asks for, as all that proofs do depends on numbers alone.
 */
export async function overTiles<T>(
  size: number,
  fetch: (tile: Tile) => Promise<TileTree>,
  compute: (subtrees: Subtrees) => T,
): Promise<T> {
  const tiles = new Map<string, Tile>()
  compute((level, index) => {
    const { tile } = placeOf(size, level, index)
    tiles.set(keyOf(tile), tile)
    return EMPTY_ROOT
  })
  const fetched = [...tiles].map(async ([key, tile]) => [key, await fetch(tile)] as const)
  const trees = new Map(await Promise.all(fetched))
  return compute((level, index) => {
    const { tile, offset, span } = placeOf(size, level, index)
    return rootIn(trees.get(keyOf(tile))!, offset, span)
  })
}

/** Throws `TileError` unless there are `width` hashes and nothing else. */
export function splitHashTile(bytes: Uint8Array, width: number): Uint8Array[] {
  checkHashTile(bytes, width)
  return hashesIn(bytes, 0, width)
}

/** The hash that stands for a full tile in the tile above it. Throws `TileError` unless it is one. */
export function tileRoot(bytes: Uint8Array): Uint8Array {
  return perfectRoot(splitHashTile(bytes, TILE_WIDTH))
}

/** How many entries a tree has at least that holds the tile. */
export function sizeWith({ level, index, width }: Tile): number {
  return (index * TILE_WIDTH + width) * TILE_WIDTH ** (level === 'entries' ? 0 : level)
}

/** Entries of at most 65,535 bytes, each behind its length in two bytes, big-endian. */
export function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(entries.flatMap((entry) => [lengthOf(entry), entry]))
}

/** Throws `TileError` unless there are `width` entries and nothing else. */
export function splitEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bytes.length && entries.length < width) {
    const from = at + 2
    at = from + (bytes[at] as number) * 256 + (bytes[at + 1] as number)
    entries.push(bytes.subarray(from, at))
  }
  if (at !== bytes.length || entries.length !== width) throw new TileError(`not a bundle of ${width} entries`)
  return entries
}

function checkHashTile(bytes: Uint8Array, width: number): void {
  if (bytes.length !== width * HASH_SIZE) throw new TileError(`${bytes.length} bytes are not ${width} hashes`)
}

function hashesIn(bytes: Uint8Array, from: number, until: number): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let i = from; i < until; i++) hashes.push(bytes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE))
  return hashes
}

/** In which tile of a tree the root of a perfect subtree is found, and over which of its hashes. */
function placeOf(
  size: number,
  level: number,
  index: number,
): { readonly tile: Tile; readonly offset: number; readonly span: number } {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const span = 2 ** (level % TILE_HEIGHT)
  const first = index * span
  const tileIndex = Math.floor(first / TILE_WIDTH)
  const known = Math.floor(size / TILE_WIDTH ** tileLevel) - tileIndex * TILE_WIDTH
  const width = Math.min(known, TILE_WIDTH)
  const offset = first - tileIndex * TILE_WIDTH
  if (offset + span > width) throw new TileError(`no subtree ${index} at level ${level} in a tree of ${size}`)
  return { tile: { level: tileLevel, index: tileIndex, width }, offset, span }
}

/** Cheaper than the path, and as good within one tree. */
function keyOf({ level, index }: Tile): string {
  return `${level}/${index}`
}

/** The root over `span` hashes from `offset` on; `span` is a power of two and `offset` a multiple of it. */
function rootIn({ nodes, width }: TileTree, offset: number, span: number): Uint8Array {
  let row = 0
  let length = width
  for (let below = 1; below < span; below *= 2) {
    row += length
    length = Math.floor(length / 2)
  }
  const at = (row + offset / span) * HASH_SIZE
  return nodes.subarray(at, at + HASH_SIZE)
}

function tilesOfLevel(level: Tile['level'], from: number, until: number): Tile[] {
  const tiles: Tile[] = []
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < until; index++) {
    const width = Math.min(until - index * TILE_WIDTH, TILE_WIDTH)
    if (index * TILE_WIDTH + width > from) tiles.push({ level, index, width })
  }
  return tiles
}

function isTile({ level, index, width }: Tile): boolean {
  return (
    (level === 'entries' || level <= MAX_LEVEL) &&
    Number.isSafeInteger(index) &&
    width >= 1 &&
    width <= TILE_WIDTH
  )
}

function indexPath(index: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
}

function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) row = pairsOf(row)
  return row[0] as Uint8Array
}

/** The roots of neighbours; one that has no neighbour yet is left out. */
function pairsOf(row: readonly Uint8Array[]): readonly Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i + 1 < row.length; i += 2)
    above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array))
  return above
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY)
    throw new TileError(`an entry of ${entry.length} bytes does not fit into a bundle`)
  return Buffer.of(entry.length >> 8, entry.length & 255)
}
