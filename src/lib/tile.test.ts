import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consistencyProof,
  frontierRoot,
  growFrontier,
  inclusionProof,
  leafHash,
  rangeRoot,
  type Subtrees,
  subtreesOf,
  verifyInclusion,
} from './merkle.ts'
import { ed25519NoteVerifier, openNote, parseNoteKey } from './signed-note.ts'
import {
  entryBundle,
  hashTile,
  parseTilePath,
  overTiles,
  rootOfTiles,
  splitEntryBundle,
  splitHashTile,
  subtreesOfTiles,
  tileTree,
  type Tile,
  TileError,
  tilePath,
  tilesBetween,
  tilesOf,
} from './tile.ts'

describe('tile paths', () => {
  test('are those of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 2, index: 0, width: 17 })).toBe('tile/2/000.p/17')
    expect(tilePath({ level: 'entries', index: 1000, width: 255 })).toBe('tile/entries/x001/000.p/255')
  })

  test('are read back, and nothing else is', () => {
    const tile = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.nat(63)),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(tile, (one) => {
        expect(parseTilePath(tilePath(one))).toEqual(one)
      }),
    )
    const wrong = [
      'tile/0/0',
      'tile/64/000',
      'tile/00/000',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/01',
    ]
    const wronger = [
      'tile/0/x000/001',
      'tile/0/x001/x234',
      '/tile/0/000',
      'tile/0/000/',
      'tile/-1/000',
      'tile/0/../000',
    ]
    for (const path of [...wrong, ...wronger, '', 'tile/0/000\n']) expect(parseTilePath(path)).toBeNull()
    fc.assert(
      fc.property(fc.string(), (path) => {
        expect(parseTilePath(path)).toBeNull()
      }),
    )
  })
})

describe('a tree in tiles', () => {
  const hashes = Array.from({ length: 66_000 }, (_, i) => leafHash(Buffer.from(String(i))))
  const rootAt = (size: number) => frontierRoot(growFrontier(0, [], hashes.slice(0, size)))
  const subtrees = subtreesOf((index) => hashes[index] as Uint8Array)
  const store = new Map<string, Uint8Array>()
  const publish = (tiles: readonly Tile[]) => {
    for (const { level, index, width } of tiles)
      if (level !== 'entries')
        store.set(tilePath({ level, index, width }), hashTile(level, index, width, subtrees))
  }
  const read = (tile: Tile) => {
    const bytes = store.get(tilePath(tile))
    if (bytes === undefined) throw new TileError(tilePath(tile))
    return bytes
  }

  test('of 70,000 leaves has the tiles that the specification counts', () => {
    const tiles = tilesOf(70_000)
    const widths = (level: Tile['level']) =>
      tiles.filter((tile) => tile.level === level).map(({ width }) => width)
    expect(widths(0)).toEqual([...Array<number>(273).fill(256), 112])
    expect(widths(1)).toEqual([256, 17])
    expect(widths(2)).toEqual([1])
    expect(widths('entries')).toEqual(widths(0))
    expect(tilesOf(256).map(tilePath)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1'])
    expect(tilesOf(0)).toEqual([])
  })

  test('has its root and its proofs in them at every size that was published', () => {
    let last = 0
    for (const size of [1, 2, 255, 256, 257, 300, 512, 65_535, 65_536, 66_000]) {
      publish(tilesBetween(last, size))
      expect(rootOfTiles(size, read)).toEqual(rootAt(size))
      const index = Math.floor(size / 3)
      const proof = inclusionProof(index, size, subtreesOfTiles(size, read))
      expect(
        verifyInclusion({
          leafHash: hashes[index] as Uint8Array,
          index: BigInt(index),
          size: BigInt(size),
          root: rootAt(size),
          proof,
        }),
      ).toBe(true)
      last = size
    }
  })

  test('gives the same proofs where tiles take time to get, each of which is fetched once', async () => {
    for (const size of [1, 2, 255, 256, 257, 300, 512, 65_535, 65_536, 66_000]) {
      const fetched: string[] = []
      const fetch = async (tile: Tile) => {
        fetched.push(tilePath(tile))
        return tileTree(read(tile), tile.width)
      }
      const indexes = [0, Math.floor(size / 3), size - 1]
      const prove = (subtrees: Subtrees) => indexes.map((index) => inclusionProof(index, size, subtrees))
      expect(await overTiles(size, fetch, prove)).toEqual(prove(subtreesOfTiles(size, read)))
      expect(new Set(fetched).size).toBe(fetched.length)
      const consistent = (subtrees: Subtrees) => consistencyProof(Math.ceil(size / 2), size, subtrees)
      expect(await overTiles(size, fetch, consistent)).toEqual(consistent(subtreesOfTiles(size, read)))
      expect(await overTiles(size, fetch, (subtrees) => rangeRoot(0, size, subtrees))).toEqual(rootAt(size))
    }
  })

  test('that was not published has no root', () => {
    expect(() => rootOfTiles(66_001, read)).toThrow(TileError)
    expect(() => subtreesOfTiles(3, read)(1, 1)).toThrow(TileError)
  })
})

describe('tile bytes', () => {
  test('come apart as they were put together', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1, maxLength: 256 }), (entries) => {
        const split = splitEntryBundle(entryBundle(entries), entries.length)
        expect(split.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]))
        expect(() => splitEntryBundle(entryBundle(entries), entries.length - 1)).toThrow(TileError)
        expect(() => splitEntryBundle(entryBundle(entries), entries.length + 1)).toThrow(TileError)
      }),
    )
    expect(() => entryBundle([new Uint8Array(65_536)])).toThrow(TileError)
  })

  test('are split or refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (bytes, width) => {
        const parts = (split: typeof splitEntryBundle) => {
          try {
            return split(bytes, width).length
          } catch (error) {
            return error instanceof TileError ? width : error
          }
        }
        expect(parts(splitEntryBundle)).toBe(width)
        expect(parts(splitHashTile)).toBe(width)
      }),
    )
  })
})

const folder = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/conformance/tlog-tiles`
const readTile = (tile: Tile) => readFileSync(`${folder}/${tilePath(tile)}`)
describe.skipIf(!existsSync(folder))(`conformance with transparency-dev/tessera (${folder})`, () => {
  // Tessera publishes the key of its test log: testdata/build_log.sh.
  const key = parseNoteKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx')

  test.each(Array.from({ length: 16 }, (_, i) => i))(
    'checkpoint %i is signed and rebuilt from tiles and entries',
    (size) => {
      const verifier = ed25519NoteVerifier(key.name, key.publicKey)
      const { text } = openNote(readFileSync(`${folder}/checkpoint.${size}`), [verifier])
      const [origin, count, root] = text.split('\n')
      const width = Math.max(size, 1)
      const entries =
        size === 0 ? [] : splitEntryBundle(readTile({ level: 'entries', index: 0, width }), width)
      const fromEntries = frontierRoot(growFrontier(0, [], entries.map(leafHash)))
      expect([origin, count]).toEqual([key.name, String(size)])
      expect(Buffer.from(rootOfTiles(size, readTile)).toString('base64')).toBe(root)
      expect(Buffer.from(fromEntries).toString('base64')).toBe(root)
    },
  )
})
