import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hex } from '../../verifier/src/bytes.ts'
import { cosignaturesOf, logSigners, parseCheckpoint } from '../../verifier/src/checkpoint.ts'
import { GrowingTree, isIncluded, leafHash } from '../../verifier/src/merkle.ts'
import { parseNote } from '../../verifier/src/note.ts'
import { isQuorum, parsePolicy } from '../../verifier/src/policy.ts'
import { parseInclusionProof } from '../../verifier/src/proof.ts'
import { tilesIn } from '../../verifier/src/read-folder.ts'
import { checkSshSignature } from '../../verifier/src/ssh.ts'

/** A small log that another hand made beforehand: bytes, proof, policy, cosignature and an SSH signature of a leaf. */

const GOLDEN = fileURLToPath(new URL('../../../shared/reference/ledger-golden', import.meta.url))
const read = (name: string) => readFileSync(join(GOLDEN, name))

describe.skipIf(!existsSync(GOLDEN))('the golden log', () => {
  test('has the root of its entries, signed by its key and cosigned as its policy asks', () => {
    const checkpoint = parseCheckpoint(read('checkpoint'))
    const bundle = tilesIn(GOLDEN).bundle(0, checkpoint.size) ?? new Uint8Array()
    const tree = new GrowingTree()
    for (let at = 0; at < bundle.length; at += 2 + Buffer.from(bundle).readUInt16BE(at))
      tree.add(bundle.subarray(at + 2, at + 2 + Buffer.from(bundle).readUInt16BE(at)))
    expect([tree.size, hex(tree.root())]).toEqual([checkpoint.size, hex(checkpoint.root)])
    const lines = read('policy.txt').toString().trimEnd().split('\n')
    const policy = parsePolicy(lines.map((line) => line.split(' ')))
    expect(logSigners(checkpoint, policy.logs).map(({ id }) => id)).toEqual(['652984e4'])
    const cosignatures = cosignaturesOf(checkpoint, policy.witnesses)
    expect(cosignatures.map(({ witness, time }) => [witness.id, time])).toEqual([['f54825fd', 1795424407]])
    expect(isQuorum(policy.quorum, new Set(cosignatures.map(({ witness }) => witness.text)))).toBe(true)
  })

  test('proves its second entry, which a person signed', () => {
    const head = read('checkpoint')
    const leaf = read('leaf1.note')
    const { size, root } = parseCheckpoint(head)
    const proof = parseInclusionProof(read('leaf1.tlog-proof'), head)
    const claim = { leafHash: leafHash(leaf), index: 1n, size: BigInt(size), root, proof: proof.hashes }
    expect([proof.number, isIncluded(claim)]).toEqual([1, true])
    const note = parseNote(leaf)
    const key = Buffer.from(read('allowed').toString().split(' ').at(-2) ?? '', 'base64')
    const [signature] = note.signatures
    expect(note.text).toBe(read('st.txt').toString())
    const check = (text: string) =>
      checkSshSignature(
        key,
        'portreeve.dev/statement/v1',
        Buffer.from(text),
        signature?.signature ?? new Uint8Array(),
      )
    expect(() => check(note.text)).not.toThrow()
    expect(() => check(`${note.text}\n`)).toThrow('does not verify')
  })
})
