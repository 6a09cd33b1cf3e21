import { hash } from 'node:crypto'

/** The Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162) over SHA-256: hashing, growth, proofs. */

export const HASH_SIZE = 32

/** SHA-256 of nothing: the root of the tree without leaves. */
export const EMPTY_ROOT: Uint8Array = digest(new Uint8Array())

export function leafHash(leaf: Uint8Array): Uint8Array {
  const input =
    leaf.length < scratch.length ? scratch.subarray(0, leaf.length + 1) : Buffer.alloc(leaf.length + 1)
  input[0] = 0
  input.set(leaf, 1)
  return digest(input)
}
// Synchronous code only: nobody else writes into them between `set` and `digest`.
const scratch = Buffer.alloc(65_536)
const pair = Buffer.alloc(1 + 2 * HASH_SIZE, 1)

/** Both children are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(left, 1)
  pair.set(right, 1 + HASH_SIZE)
  return digest(pair)
}

// One call of `hash` to a string, and the string to bytes, is three times as fast as `hash` to a buffer (Node 24).
function digest(input: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', input, 'binary'), 'latin1')
}

/**
 * Roots of the perfect subtrees after `hashes` were added to a tree of `size` leaves. A frontier holds one root for
 * each one-bit of the size, largest subtree first; that is all an append needs to know.
 */
export function growFrontier(
  size: number,
  frontier: readonly Uint8Array[],
  hashes: readonly Uint8Array[],
): Uint8Array[] {
  const roots = [...frontier]
  let index = size
  for (const leaf of hashes) {
    let root = leaf
    // Each one-bit at the end of the index is a finished subtree of the height that the new one has reached.
    for (let rest = index; rest % 2 === 1; rest = (rest - 1) / 2)
      root = nodeHash(roots.pop() as Uint8Array, root)
    roots.push(root)
    index++
  }
  return roots
}

export function frontierRoot(frontier: readonly Uint8Array[]): Uint8Array {
  return frontier.length === 0 ? EMPTY_ROOT : frontier.reduceRight((right, left) => nodeHash(left, right))
}

/** Root of the perfect subtree over the leaves `index * 2**level` to `(index + 1) * 2**level - 1`. */
export type Subtrees = (level: number, index: number) => Uint8Array

/** Subtrees computed from leaf hashes alone: right everywhere, fast only where `leaf` is cheap and trees are small. */
export function subtreesOf(leaf: (index: number) => Uint8Array): Subtrees {
  const subtree: Subtrees = (level, index) =>
    level === 0 ? leaf(index) : nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))
  return subtree
}

/** MTH(D[from:until]). `from` is a multiple of the largest power of two below the length, as in every proof. */
export function rangeRoot(from: number, until: number, subtrees: Subtrees): Uint8Array {
  const length = until - from
  if (length === 0) return EMPTY_ROOT
  if (length === 1) return subtrees(0, from)
  const half = splitOf(length)
  if (2 * half === length) return subtrees(Math.log2(length), from / length)
  const split = from + half
  return nodeHash(rangeRoot(from, split, subtrees), rangeRoot(split, until, subtrees))
}

/** PATH(index, D[size]), RFC 6962 section 2.1.1. Throws `RangeError` unless `0 <= index < size`. */
export function inclusionProof(index: number, size: number, subtrees: Subtrees): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const proof: Uint8Array[] = []
  let from = 0
  let until = size
  while (until - from > 1) {
    const split = from + splitOf(until - from)
    if (index < split) {
      proof.push(rangeRoot(split, until, subtrees))
      until = split
    } else {
      proof.push(rangeRoot(from, split, subtrees))
      from = split
    }
  }
  return proof.reverse()
}

/** PROOF(older, D[newer]), RFC 6962 section 2.1.2. Throws `RangeError` unless `0 < older <= newer`. */
export function consistencyProof(older: number, newer: number, subtrees: Subtrees): Uint8Array[] {
  if (!(older > 0 && older <= newer))
    throw new RangeError(`no proof from a tree of ${older} to one of ${newer}`)
  const proof: Uint8Array[] = []
  let from = 0
  let until = newer
  while (until !== older) {
    const split = from + splitOf(until - from)
    if (older <= split) {
      proof.push(rangeRoot(split, until, subtrees))
      until = split
    } else {
      proof.push(rangeRoot(from, split, subtrees))
      from = split
    }
  }
  // Where the older tree is a perfect subtree of the newer, who verifies already has its root.
  if (from > 0) proof.push(rangeRoot(from, older, subtrees))
  return proof.reverse()
}

/** Largest power of two below `length`, which is at least 2. A logarithm would round from 2**49 + 1 on. */
function splitOf(length: number): number {
  let split = 1
  while (2 * split < length) split *= 2
  return split
}

export interface Inclusion {
  readonly leafHash: Uint8Array
  readonly index: bigint
  readonly size: bigint
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 section 2.1.3.2. False for whatever is not a proof; throws for nothing that can be put into it. */
export function verifyInclusion({ leafHash, index, size, root, proof }: Inclusion): boolean {
  if (index < 0n || index >= size || !areHashes([leafHash, ...proof])) return false
  let node = index
  let last = size - 1n
  let hash = leafHash
  for (const sibling of proof) {
    if (last === 0n) return false
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(node) && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else hash = nodeHash(hash, sibling)
    node >>= 1n
    last >>= 1n
  }
  return last === 0n && sameBytes(hash, root)
}

export interface Consistency {
  readonly older: bigint
  readonly newer: bigint
  readonly olderRoot: Uint8Array
  readonly newerRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 section 2.1.4.2. A tree without leaves is consistent with everything and proves nothing: refused. */
export function verifyConsistency({ older, newer, olderRoot, newerRoot, proof }: Consistency): boolean {
  if (older <= 0n || older > newer || !areHashes(proof)) return false
  if (older === newer) return proof.length === 0 && sameBytes(olderRoot, newerRoot)
  const path = isPowerOfTwo(older) ? [olderRoot, ...proof] : proof
  const [first, ...rest] = path
  if (first === undefined || !areHashes([first])) return false
  let node = older - 1n
  let last = newer - 1n
  while (isOdd(node)) {
    node >>= 1n
    last >>= 1n
  }
  let olderHash = first
  let newerHash = first
  for (const sibling of rest) {
    if (last === 0n) return false
    if (isOdd(node) || node === last) {
      olderHash = nodeHash(sibling, olderHash)
      newerHash = nodeHash(sibling, newerHash)
      while (!isOdd(node) && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else newerHash = nodeHash(newerHash, sibling)
    node >>= 1n
    last >>= 1n
  }
  return last === 0n && sameBytes(olderHash, olderRoot) && sameBytes(newerHash, newerRoot)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH_SIZE)
}

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n
}

function isPowerOfTwo(value: bigint): boolean {
  return (value & (value - 1n)) === 0n
}
