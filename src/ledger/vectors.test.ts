import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ledgerVectors, VECTORS_PATH } from '../../scripts/vectors.ts'
import { HOLD_VECTORS_PATH, holdVectors } from '../../scripts/hold-vectors.ts'
import { STATEMENT_VECTORS_PATH, statementVectors } from '../../scripts/statement-vectors.ts'
import { canonicalFault } from '../lib/canonical-json.ts'
import { noteKeyOf } from '../lib/note-key.ts'
import { frontierRoot } from '../lib/merkle.ts'
import { openLeaf } from './leaf.ts'
import { verifyCheckpoint } from './checkpoint.ts'

const text = readFileSync(VECTORS_PATH, 'utf8')
const vectors = JSON.parse(text) as {
  key: { note_key: string }
  entries: {
    draft: { body: unknown }
    leaf: string
    sealed: { pointer: string; salt: string; value: string }[]
  }[]
  heads: { size: number; root: string; frontier: string[] }[]
  checkpoint: string
  not_canonical: string[]
}
const bytes = (base64: string) => Buffer.from(base64, 'base64')

test(`${VECTORS_PATH} is what this version writes; entries never change their bytes`, async () => {
  expect(`${JSON.stringify(await ledgerVectors(), null, 2)}\n`).toBe(text)
})

test('the vectors open, each to its draft', () => {
  for (const [index, { draft, leaf, sealed }] of vectors.entries.entries()) {
    const values = sealed.map((value) => ({ ...value, salt: bytes(value.salt) }))
    expect(openLeaf(index, Buffer.from(leaf), values)).toMatchObject({ body: draft.body, withheld: [] })
  }
})

test('the checkpoint of the vectors is that of their last head', () => {
  const head = vectors.heads.at(-1)
  const { size, root } = verifyCheckpoint(Buffer.from(vectors.checkpoint), vectors.key.note_key)
  expect([size, Buffer.from(root).toString('base64')]).toEqual([head?.size, head?.root])
  for (const { root, frontier } of vectors.heads)
    expect(Buffer.from(frontierRoot(frontier.map(bytes)))).toEqual(bytes(root))
})

test('no text that the vectors call not canonical is', () => {
  for (const line of vectors.not_canonical) expect(canonicalFault(Buffer.from(line))).not.toBeNull()
})

test(`${STATEMENT_VECTORS_PATH} is what this version writes and judges`, () => {
  const text = readFileSync(STATEMENT_VECTORS_PATH, 'utf8')
  expect(`${JSON.stringify(statementVectors(), null, 2)}\n`).toBe(text)
})

test('the vectors of keys say which entries have no effect, as their titles do', () => {
  const { entries, not_enrolled: weak } = statementVectors() as {
    entries: { what: string; effect: boolean }[]
    not_enrolled: string[]
  }
  expect(entries.filter(({ effect }) => !effect).length).toBe(4)
  for (const { what, effect } of entries) expect(what.startsWith('without effect')).toBe(!effect)
  for (const raw of weak) expect(noteKeyOf('p_1', 'ed25519', Buffer.from(raw, 'hex')).fault()).not.toBeNull()
})

test(`${HOLD_VECTORS_PATH} is what this version writes and judges`, () => {
  const text = readFileSync(HOLD_VECTORS_PATH, 'utf8')
  expect(text, 'write it with: node scripts/hold-vectors.ts').toBe(
    `${JSON.stringify(holdVectors(), null, 2)}\n`,
  )
})
