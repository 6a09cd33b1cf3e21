import { sameBytes } from './bytes.ts'
import { sha256, sha256Text } from './runtime.ts'

/** The Merkle tree of RFC 6962 section 2.1 over SHA-256: docs/formats/ledger-checkpoint-v1.md, "Tree". */

export const HASH = 32
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array())

// The checks are synchronous, so nobody else writes into these between filling and hashing.
const leafInput = new Uint8Array(1 + 65_535)
const nodeInput = new Uint8Array(1 + 2 * HASH).fill(1)

/** `SHA-256(0x00 ‖ leaf)`; a leaf has at most 65,535 bytes. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  leafInput.set(leaf, 1)
  return sha256(leafInput.subarray(0, leaf.length + 1))
}

/** `SHA-256(0x01 ‖ left ‖ right)`. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH)
  return sha256(nodeInput)
}

export interface InclusionClaim {
  readonly leafHash: Uint8Array
  /** Unsigned 64-bit integers. */
  readonly index: bigint
  readonly size: bigint
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Whether the leaf is the one of that index. The path has an inner part, where the tree is perfect to the right of
 * the leaf, and a border of left siblings up to the root; their lengths follow from index and size alone, so a proof
 * of any other length is none.
 */
export function isIncluded({ leafHash, index, size, root, proof }: InclusionClaim): boolean {
  if (index < 0n || index >= size || !areHashes([leafHash, ...proof])) return false
  const inner = bitLength(index ^ (size - 1n))
  const border = countOnes(index >> BigInt(inner))
  if (proof.length !== inner + border) return false
  const shoulder = climb(leafHash, proof.slice(0, inner), index)
  return sameBytes(proof.slice(inner).reduce(fromLeft, shoulder), root)
}

export interface ConsistencyClaim {
  readonly older: bigint
  readonly newer: bigint
  readonly olderRoot: Uint8Array
  readonly newerRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the older tree is a prefix of the newer. A tree without leaves is one of everything and proves nothing. */
export function isConsistent({ older, newer, olderRoot, newerRoot, proof }: ConsistencyClaim): boolean {
  if (older <= 0n || older > newer) return false
  if (older === newer) return proof.length === 0 && sameBytes(olderRoot, newerRoot)
  // The proof is that of the last perfect subtree of the older tree, which is the older tree itself if its size is a
  // power of two; then its root is not sent.
  const last = older - 1n
  const height = trailingZeros(older)
  const [seed, path] =
    older === 1n << BigInt(height) ? [olderRoot, proof] : [proof[0] ?? olderRoot, proof.slice(1)]
  if (!areHashes([seed, ...path])) return false
  const inner = bitLength(last ^ (newer - 1n)) - height
  const border = countOnes(last >> BigInt(inner + height))
  if (path.length !== inner + border) return false
  const position = last >> BigInt(height)
  const innerPath = path.slice(0, inner)
  const borderPath = path.slice(inner)
  const olderTop = borderPath.reduce(fromLeft, climbLeft(seed, innerPath, position))
  const newerTop = borderPath.reduce(fromLeft, climb(seed, innerPath, position))
  return sameBytes(olderTop, olderRoot) && sameBytes(newerTop, newerRoot)
}

const TILE_HEIGHT = 8

/** The tree as it grows: the roots of its perfect subtrees, largest first, as texts of one character for each byte. */
export class GrowingTree {
  size = 0
  readonly #roots: string[] = []

  /** A leaf has at most 65,535 bytes. `filled` is told the root of each subtree of 256^level leaves that it completes. */
  add(leaf: Uint8Array, filled: (level: number, root: string) => void = () => undefined): void {
    leafInput.set(leaf, 1)
    let root = sha256Text(leafInput.subarray(0, leaf.length + 1))
    filled(0, root)
    let height = 0
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeText(this.#roots.pop() as string, root)
      height++
      if (height % TILE_HEIGHT === 0) filled(height / TILE_HEIGHT, root)
    }
    this.#roots.push(root)
    this.size++
  }

  root(): Uint8Array {
    if (this.size === 0) return EMPTY_ROOT
    const text = this.#roots.reduceRight((right, left) => nodeText(left, right))
    return Uint8Array.from(text, (char) => char.charCodeAt(0))
  }
}

function nodeText(left: string, right: string): string {
  for (let i = 0; i < HASH; i++) {
    nodeInput[1 + i] = left.charCodeAt(i)
    nodeInput[1 + HASH + i] = right.charCodeAt(i)
  }
  return sha256Text(nodeInput)
}

/** `position` in binary says at each level, lowest first, whether one comes from the right. */
function climb(from: Uint8Array, path: readonly Uint8Array[], position: bigint): Uint8Array {
  const turns = position.toString(2)
  let hash = from
  for (const [level, sibling] of path.entries())
    hash = turns.at(-1 - level) === '1' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
  return hash
}

/** What lies to the right was not there yet. */
function climbLeft(from: Uint8Array, path: readonly Uint8Array[], position: bigint): Uint8Array {
  const turns = position.toString(2)
  let hash = from
  for (const [level, sibling] of path.entries())
    if (turns.at(-1 - level) === '1') hash = nodeHash(sibling, hash)
  return hash
}

function fromLeft(hash: Uint8Array, sibling: Uint8Array): Uint8Array {
  return nodeHash(sibling, hash)
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH)
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}

function countOnes(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length
}

function trailingZeros(value: bigint): number {
  const bits = value.toString(2)
  return bits.length - 1 - bits.lastIndexOf('1')
}
