import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consistencyProof,
  EMPTY_ROOT,
  frontierRoot,
  growFrontier,
  inclusionProof,
  leafHash,
  rangeRoot,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const leaves = Array.from({ length: 130 }, (_, i) => Buffer.from(`leaf ${i}`))
const hashes = leaves.map((leaf) => leafHash(leaf))
const subtrees = subtreesOf((index) => hashes[index] as Uint8Array)
const rootAt = (size: number) => frontierRoot(growFrontier(0, [], hashes.slice(0, size)))

describe('hashing', () => {
  test('is that of RFC 6962: 00 before a leaf, 01 before two nodes, nothing for nothing', () => {
    expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hex(leafHash(new Uint8Array()))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    )
    const large = Buffer.alloc(70_000, 7)
    expect(hex(leafHash(large))).toBe(hex(createHash('sha256').update('\0').update(large).digest()))
  })
})

describe('growth', () => {
  test('gives the root of RFC 6962 at every size, however the leaves are batched', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 6 }), (batches) => {
        let size = 0
        let frontier: readonly Uint8Array[] = []
        for (const count of batches) {
          const batch = hashes.slice(size, size + count)
          frontier = growFrontier(size, frontier, batch)
          size += batch.length
        }
        expect(hex(frontierRoot(frontier))).toBe(hex(plainRoot(leaves.slice(0, size))))
        expect(frontier).toHaveLength(size.toString(2).replaceAll('0', '').length)
      }),
    )
  })

  test('agrees with the range of all leaves', () => {
    for (let size = 0; size <= leaves.length; size++)
      expect(hex(rangeRoot(0, size, subtrees))).toBe(hex(rootAt(size)))
  })
})

const inclusionOf = (index: number, size: number) => ({
  leafHash: hashes[index] as Uint8Array,
  index: BigInt(index),
  size: BigInt(size),
  root: rootAt(size),
  proof: inclusionProof(index, size, subtrees),
})
const consistencyOf = (older: number, newer: number) => ({
  older: BigInt(older),
  newer: BigInt(newer),
  olderRoot: rootAt(older),
  newerRoot: rootAt(newer),
  proof: consistencyProof(older, newer, subtrees),
})

describe('proofs', () => {
  test('of every leaf in every tree verify, and of no other leaf, size or root', () => {
    for (let size = 1; size <= 40; size++)
      for (let index = 0; index < size; index++) {
        const inclusion = inclusionOf(index, size)
        expect(verifyInclusion(inclusion)).toBe(true)
        expect(verifyInclusion({ ...inclusion, leafHash: hashes[size] as Uint8Array })).toBe(false)
        expect(verifyInclusion({ ...inclusion, root: rootAt(size + 1) })).toBe(false)
        expect(verifyInclusion({ ...inclusion, proof: [...inclusion.proof, EMPTY_ROOT] })).toBe(false)
        expect(verifyInclusion({ ...inclusion, index: inclusion.index + inclusion.size })).toBe(false)
      }
  })

  test('of consistency verify between every two trees, and only between those', () => {
    for (let newer = 1; newer <= 40; newer++)
      for (let older = 1; older <= newer; older++) {
        const consistency = consistencyOf(older, newer)
        expect(verifyConsistency(consistency)).toBe(true)
        expect(verifyConsistency({ ...consistency, newerRoot: EMPTY_ROOT })).toBe(false)
        expect(verifyConsistency({ ...consistency, olderRoot: EMPTY_ROOT })).toBe(false)
        expect(verifyConsistency({ ...consistency, proof: [...consistency.proof, EMPTY_ROOT] })).toBe(false)
      }
  })

  test('cannot be asked for outside of the tree', () => {
    for (const [index, size] of [
      [3, 3],
      [-1, 3],
      [0, 0],
      [Number.NaN, 3],
    ] as const)
      expect(() => inclusionProof(index, size, subtrees)).toThrow(RangeError)
    for (const [older, newer] of [
      [0, 3],
      [4, 3],
      [Number.NaN, 3],
    ] as const)
      expect(() => consistencyProof(older, newer, subtrees)).toThrow(RangeError)
  })

  test('made of anything are judged without an exception', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const blob = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 40 }))
    const proof = fc.array(blob, { maxLength: 70 })
    fc.assert(
      fc.property(u64, u64, blob, blob, proof, (a, b, first, second, path) => {
        const inclusion = { leafHash: first, index: a, size: b, root: second, proof: path }
        const consistency = { older: a, newer: b, olderRoot: first, newerRoot: second, proof: path }
        expect(verifyInclusion(inclusion)).toBe(false)
        expect(verifyConsistency(consistency)).toBe(
          a === b && a > 0n && path.length === 0 && Buffer.compare(first, second) === 0,
        )
      }),
    )
  })
})

const folder = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/conformance/merkle`
describe.skipIf(!existsSync(folder))(`conformance with transparency-dev/merkle (${folder})`, () => {
  test.each(filesBelow(`${folder}/inclusion`))('%s', (file) => {
    const vector = readVector(file)
    const accepted = verifyInclusion({
      leafHash: bytesOf(vector['leafHash']),
      index: BigInt(vector['leafIdx'] as string),
      size: BigInt(vector['treeSize'] as string),
      root: bytesOf(vector['root']),
      proof: proofOf(vector),
    })
    expect(accepted).toBe(!vector['wantErr'])
  })

  test.each(filesBelow(`${folder}/consistency`))('%s', (file) => {
    const vector = readVector(file)
    const accepted = verifyConsistency({
      older: BigInt(vector['size1'] as string),
      newer: BigInt(vector['size2'] as string),
      olderRoot: bytesOf(vector['root1']),
      newerRoot: bytesOf(vector['root2']),
      proof: proofOf(vector),
    })
    expect(accepted).toBe(!vector['wantErr'])
  })

  test('holds 196 vectors', () => {
    expect(filesBelow(folder)).toHaveLength(196)
  })
})

const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
/** The definition of RFC 6962 section 2.1, word for word. */
function plainRoot(data: readonly Uint8Array[]): Uint8Array {
  const [only] = data
  if (only === undefined) return sha()
  if (data.length === 1) return sha(Buffer.of(0), only)
  let split = 1
  while (split * 2 < data.length) split *= 2
  return sha(Buffer.of(1), plainRoot(data.slice(0, split)), plainRoot(data.slice(split)))
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return []
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.json')).map((file) => `${path}/${file}`)
}

/** Indices have 64 bits, more than a JSON number keeps. */
function readVector(file: string): Record<string, unknown> {
  const text = readFileSync(file, 'utf8').replaceAll(/"(leafIdx|treeSize|size1|size2)": (\d+)/g, '"$1": "$2"')
  return JSON.parse(text) as Record<string, unknown>
}

function bytesOf(base64: unknown): Uint8Array {
  return Buffer.from(base64 as string, 'base64')
}

function proofOf(vector: Record<string, unknown>): Uint8Array[] {
  return ((vector['proof'] as string[] | null) ?? []).map(bytesOf)
}
