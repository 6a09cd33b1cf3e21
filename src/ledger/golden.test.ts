import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { canonicalFault } from '../lib/canonical-json.ts'
import { frontierRoot, growFrontier, leafHash, verifyInclusion } from '../lib/merkle.ts'
import { parseNote } from '../lib/signed-note.ts'
import { rootOfTiles, splitEntryBundle, tilePath } from '../lib/tile.ts'
import { verifyCheckpoint } from './checkpoint.ts'

/** Bytes that another program wrote to the same formats: three leaves, a checkpoint, a proof. */
const folder = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/reference/ledger-golden`
const read = (file: string) => readFileSync(`${folder}/${file}`)

const logKey = () => read('policy.txt').toString().split(/\s/)[1] ?? ''
const checkpoint = () => verifyCheckpoint(read('checkpoint'), logKey())
const leaves = () => splitEntryBundle(read('tile/entries/000.p/3'), 3)

describe.skipIf(!existsSync(folder))(`the golden ledger (${folder})`, () => {
  test('has a checkpoint that its log signed, beside a witness that is not known here', () => {
    expect(checkpoint()).toMatchObject({ origin: 'ledger.example.test/portreeve/prod', size: 3 })
    expect(parseNote(read('checkpoint')).signatures.map(({ keyId }) => keyId)).toEqual([
      '652984e4',
      'f54825fd',
    ])
  })

  test('has the root of its checkpoint in its tiles and in its entries', () => {
    const fromTiles = rootOfTiles(3, (tile) => read(tilePath(tile)))
    const fromEntries = frontierRoot(growFrontier(0, [], leaves().map(leafHash)))
    expect(Buffer.from(fromTiles).equals(checkpoint().root)).toBe(true)
    expect(Buffer.from(fromEntries).equals(checkpoint().root)).toBe(true)
  })

  test('has a proof that leaf 1 is in it', () => {
    const [, index = '', ...lines] = read('leaf1.tlog-proof').toString().split('\n\n')[0]?.split('\n') ?? []
    const inclusion = {
      leafHash: leafHash(read('leaf1.note')),
      index: BigInt(index.replace('index ', '')),
      size: 3n,
      root: checkpoint().root,
      proof: lines.map((line) => Buffer.from(line, 'base64')),
    }
    expect(verifyInclusion(inclusion)).toBe(true)
    expect(verifyInclusion({ ...inclusion, index: 0n })).toBe(false)
  })

  test('has leaves whose second line is canonical', () => {
    for (const leaf of leaves())
      expect(canonicalFault(Buffer.from(Buffer.from(leaf).toString().split('\n')[1] ?? ''))).toBeNull()
  })
})
