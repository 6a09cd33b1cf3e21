import { describe, expect, test } from 'vitest'

import { inclusionProof, leafHash, rangeRoot, subtreesOf } from '../../../src/lib/merkle.ts'
import { climb, readTlogProof, signersOf } from './tlog-proof.ts'

const LEAVES = Array.from({ length: 13 }, (_, n) => `{"leaf":${n}}\n`)

describe('a proof that is recomputed in the browser', () => {
  test('leads from every leaf of every small tree to its root', async () => {
    for (let size = 1; size <= LEAVES.length; size++)
      for (let index = 0; index < size; index++) {
        const found = await climb(LEAVES[index]!, readTlogProof(proofText(index, size))!)
        expect({ size, index, isRoot: found.isRoot }).toEqual({ size, index, isRoot: true })
        expect(found.steps.at(-1)?.above ?? { from: 0, until: 1 }).toEqual({ from: 0, until: size })
      }
  })

  test('does not lead there from another leaf, at another index, or with a hash too many, too few or other', async () => {
    const text = proofText(5, 13)
    const proof = readTlogProof(text)!
    const { hashes } = proof
    const others = [
      { ...proof, index: 4 },
      { ...proof, index: 13 },
      { ...proof, hashes: [...hashes, hashes[0]!] },
      { ...proof, hashes: hashes.slice(1) },
      { ...proof, hashes: hashes.toReversed() },
      { ...proof, hashes: ['not base64', ...hashes.slice(1)] },
      { ...proof, checkpoint: { ...proof.checkpoint, size: 8 } },
      { ...proof, checkpoint: { ...proof.checkpoint, root: hashes[0]! } },
    ]
    for (const other of others) expect((await climb(LEAVES[5]!, other)).isRoot).toBe(false)
    expect((await climb(`${LEAVES[5]} `, proof)).isRoot).toBe(false)
    expect((await climb(LEAVES[5]!, proof)).isRoot).toBe(true)
  })

  test('is read strictly', () => {
    const text = proofText(5, 13)
    for (const other of [
      '',
      text.replace('@v1', '@v2'),
      text.replace('index 5', 'index 05'),
      text.slice(0, 60),
    ])
      expect(readTlogProof(other)).toBeNull()
  })

  test('says who signed its checkpoint', () => {
    expect(signersOf('log\n1\nroot\n\n\u2014 log AAAAAQAA\n\u2014 w/1 /wECAwAA\nnot a line\n')).toEqual([
      { name: 'log', keyId: '00000001' },
      { name: 'w/1', keyId: 'ff010203' },
    ])
  })
})

function proofText(index: number, size: number): string {
  const hashes = LEAVES.slice(0, size).map((leaf) => leafHash(Buffer.from(leaf)))
  const subtrees = subtreesOf((n) => hashes[n]!)
  const proof = inclusionProof(index, size, subtrees).map(base64)
  const root = base64(rangeRoot(0, size, subtrees))
  return `${['c2sp.org/tlog-proof@v1', `index ${index}`, ...proof].join('\n')}\n\nlog.example\n${size}\n${root}\n\n\u2014 log.example AAAAAAAA\n`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
