import { HASH } from './merkle.ts'

/** The hash tiles of a log against the tree of its entries: C2SP tlog-tiles (commit 5ba5ee8). */

/** Answers the hashes of a tile, 32 bytes each, or null where it is not there. */
export type HashTiles = (level: number, index: number, width: number) => Uint8Array | null

const WIDTH = 256

interface Level {
  index: number
  /** Hashes of the tile that is being filled, as texts of one character for each byte. */
  hashes: string[]
}

/** Compares each tile as soon as the tree has filled it. */
export class TileComparison {
  readonly #tiles: HashTiles
  readonly #levels: Level[] = []
  same = 0
  missing = 0
  /** The first tile that is not the tree's. */
  fault: string | null = null

  constructor(tiles: HashTiles) {
    this.#tiles = tiles
  }

  /** The root of the next perfect subtree of 256^level entries. */
  add(level: number, hash: string): void {
    const at = (this.#levels[level] ??= { index: 0, hashes: [] })
    at.hashes.push(hash)
    if (at.hashes.length < WIDTH) return
    this.#compare(level, at)
    this.#levels[level] = { index: at.index + 1, hashes: [] }
  }

  /** Compares the tiles that the tree leaves unfilled. */
  end(): void {
    for (const [level, at] of this.#levels.entries()) if (at.hashes.length > 0) this.#compare(level, at)
  }

  #compare(level: number, { index, hashes }: Level): void {
    const tile = this.#tiles(level, index, hashes.length)
    if (tile === null) {
      this.missing++
      return
    }
    if (isSame(tile, hashes)) this.same++
    else
      this.fault ??= `hash tile ${index} of level ${level}, of ${hashes.length} hashes, is not that of the entries`
  }
}

function isSame(tile: Uint8Array, hashes: readonly string[]): boolean {
  if (tile.length !== HASH * hashes.length) return false
  return hashes.every((hash, n) => {
    for (let i = 0; i < HASH; i++) if (tile[HASH * n + i] !== hash.charCodeAt(i)) return false
    return true
  })
}
