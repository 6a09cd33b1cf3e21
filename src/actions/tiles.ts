import type { LedgerReads } from '../ledger/store.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import type { Subtrees } from '../lib/merkle.ts'
import {
  entryBundle,
  overTiles,
  type Tile,
  TILE_WIDTH,
  tilePath,
  tileRoot,
  tileTree,
  type TileTree,
  tilesBetween,
} from '../lib/tile.ts'

/** Hash tiles held in memory with their trees: 8 MB, the edges of a log of any size and the paths asked for most. */
const HELD = 512

/**
 * The tiles of a log. Full ones are read from the files that were published and, where one is not there, made from
 * the entries; partial ones are always made, from the entries and the full tiles below them. Whoever asks has seen
 * to it that the entries are committed.
 */
export class Tiles {
  readonly #entries: Pick<LedgerReads, 'entries' | 'leafHashes'>
  readonly #files: Pick<TileFiles, 'read'>
  readonly #held = new Map<string, TileTree>()
  /** The hashes of tiles above level 0 that are not full yet: each is the root of 256 others, and they only grow. */
  readonly #growing = new Map<string, Uint8Array[]>()

  constructor(entries: Pick<LedgerReads, 'entries' | 'leafHashes'>, files: Pick<TileFiles, 'read'>) {
    this.#entries = entries
    this.#files = files
  }

  /** Throws a plain error where the log does not reach so far: whoever asks compares with its size first. */
  async tile(tile: Tile): Promise<Uint8Array> {
    if (tile.width < TILE_WIDTH) return this.make(tile)
    return (await this.#files.read(tilePath(tile))) ?? (await this.make(tile))
  }

  /** From the entries, whatever was published. */
  async make({ level, index, width }: Tile): Promise<Uint8Array> {
    const from = index * TILE_WIDTH
    if (level === 'entries') return this.#bundle(from, width)
    const hashes =
      level === 0
        ? await this.#entries.leafHashes(from, from + width)
        : await this.#roots(level, index, width)
    if (hashes.length !== width) throw new Error(`the log has no ${tilePath({ level, index, width })}`)
    return Buffer.concat(hashes)
  }

  /** Computes on the tree of so many leaves: proofs and roots. */
  over<T>(size: number, compute: (subtrees: Subtrees) => T): Promise<T> {
    return overTiles(size, (tile) => this.#tree(tile), compute)
  }

  async #bundle(from: number, width: number): Promise<Uint8Array> {
    const entries = await this.#entries.entries({ from, limit: width })
    if (entries.length !== width) throw new Error(`the log has no entries ${from} to ${from + width - 1}`)
    return entryBundle(entries.map(({ leaf }) => leaf))
  }

  async #roots(level: number, index: number, width: number): Promise<readonly Uint8Array[]> {
    const key = `${level}/${index}`
    const roots = this.#growing.get(key) ?? []
    for (let n = roots.length; n < width; n++) {
      const below = { level: level - 1, index: index * TILE_WIDTH + n, width: TILE_WIDTH }
      roots[n] = tileRoot(await this.tile(below))
    }
    if (width === TILE_WIDTH) this.#growing.delete(key)
    else this.#growing.set(key, roots)
    return roots.slice(0, width)
  }

  async #tree(tile: Tile): Promise<TileTree> {
    const path = tilePath(tile)
    const tree = this.#held.get(path) ?? tileTree(await this.tile(tile), tile.width)
    this.#hold(path, tree)
    return tree
  }

  #hold(path: string, tree: TileTree): void {
    this.#held.delete(path)
    this.#held.set(path, tree)
    if (this.#held.size > HELD) this.#held.delete(this.#held.keys().next().value ?? '')
  }
}

/** Publishes the full tiles that a tree of `size` has and that are not there yet. */
export async function publishTiles(tiles: Tiles, files: TileFiles, size: number): Promise<void> {
  const from = sizeIn(await files.read(PUBLISHED))
  const full = tilesBetween(from, size).filter(({ width }) => width === TILE_WIDTH)
  for (let at = 0; at < full.length; at += AT_ONCE)
    await Promise.all(full.slice(at, at + AT_ONCE).map((tile) => publishTile(tiles, files, tile)))
  if (full.length > 0) await files.replace(PUBLISHED, Buffer.from(`${size}\n`))
}

/** Each waits for the disk most of its time. */
const AT_ONCE = 8

async function publishTile(tiles: Tiles, files: TileFiles, tile: Tile): Promise<void> {
  const path = tilePath(tile)
  if ((await files.read(path)) === null) await files.write(path, await tiles.make(tile))
}

/** All full tiles of a tree of so many entries were published. */
const PUBLISHED = 'published'

/** What is not a number of entries marks nothing: then every tile is looked at again. */
function sizeIn(mark: Uint8Array | null): number {
  const text = mark === null ? '' : Buffer.from(mark).toString('latin1')
  return /^[1-9][0-9]{0,14}\n$/.test(text) ? Number(text) : 0
}
