import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { rawEd25519PublicKey, signEd25519 } from '../lib/ed25519.ts'
import { leafHash } from '../lib/merkle.ts'
import { formatNote, noteKeyText, parseNote } from '../lib/signed-note.ts'
import type { Draft } from '../model/entry.ts'
import { checkpointText, parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import type { LogSigner } from './key.ts'
import { openLeaf, sealDraft } from './leaf.ts'
import { appendToHead, draftId, genesisDraft, idFrom, newLog, newOrigin, sameWish } from './log.ts'

const at = '2026-11-23T09:00:00.000Z'
const random = (bytes: number) => Buffer.alloc(bytes, 0xab)
const origin = newOrigin(random)
const hashes = ['a', 'b', 'c'].map((text) => leafHash(Buffer.from(text)))

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const raw = rawEd25519PublicKey(publicKey)
const key: LogSigner = {
  publicKey: () => Promise.resolve(raw),
  sign: (message) => Promise.resolve(signEd25519(privateKey, message)),
}

describe('a log', () => {
  test('begins with a random name and an entry that names its key', () => {
    expect(origin).toBe(`portreeve.local/${'ab'.repeat(16)}`)
    const draft = genesisDraft({ origin, key: raw, at, random, software: 'portreeve/0.1.0' })
    const { leaf } = sealDraft(draft, { origin, random })
    expect(openLeaf(0, leaf, []).body).toEqual({
      format: 1,
      log_key: noteKeyText(origin, raw),
      root_keys: [],
      software: 'portreeve/0.1.0',
    })
  })

  test('has the same head however its entries are batched', () => {
    const atOnce = appendToHead(newLog(origin), hashes)
    const oneByOne = hashes.reduce((head, hash) => appendToHead(head, [hash]), newLog(origin))
    expect(atOnce).toEqual(oneByOne)
    expect([atOnce.size, atOnce.frontier.length]).toEqual([3, 2])
    expect(newLog(origin).size).toBe(0)
  })

  test('gives the entries of one request ids of their own, and of the same request the same', () => {
    expect(draftId(random)).toBe('ab'.repeat(16))
    expect(idFrom('key', 1)).toMatch(/^[0-9a-f]{32}$/)
    expect(idFrom('key', 1)).toBe(idFrom('key', 1))
    expect(new Set([idFrom('key', 1), idFrom('key', 2), idFrom('key2', 1), idFrom('', 0)]).size).toBe(4)
  })
})

describe('the same wish', () => {
  const draft: Draft = {
    id: idFrom('k', 0),
    type: 'declaration',
    at,
    body: { n: 1, user: 'joe' },
    personal: ['/user'],
  }
  const { leaf, leafHash: hash, sealed } = sealDraft(draft, { origin, random })
  const stored = { index: 1, id: draft.id, type: draft.type, at, leaf, leafHash: hash }

  test('is one of the same id, type and body, at whatever time', () => {
    expect(sameWish(stored, sealed, { ...draft, at: '2027-01-01T00:00:00.000Z' })).toBe(true)
    expect(sameWish(stored, sealed, { ...draft, body: { user: 'joe', n: 1 } })).toBe(true)
    expect(sameWish(stored, sealed, { ...draft, id: idFrom('k', 1) })).toBe(false)
    expect(sameWish(stored, sealed, { ...draft, type: 'tombstone' })).toBe(false)
    expect(sameWish(stored, sealed, { ...draft, body: { n: 2, user: 'joe' } })).toBe(false)
    expect(sameWish(stored, sealed, { ...draft, body: { n: 1, user: 'ann' } })).toBe(false)
  })

  test('is still recognised after its personal values were erased', () => {
    expect(sameWish(stored, [], draft)).toBe(true)
    expect(sameWish(stored, [], { ...draft, body: { n: 1 } })).toBe(false)
    expect(sameWish(stored, [], { ...draft, body: { n: 2, user: 'joe' } })).toBe(false)
  })
})

describe('a checkpoint', () => {
  const head = appendToHead(newLog(origin), hashes)
  const logKey = noteKeyText(origin, raw)

  test('is signed, and read with the key of the log', async () => {
    const note = await signCheckpoint(head, [key])
    expect(note.split('\n').slice(0, 2)).toEqual([origin, '3'])
    expect(verifyCheckpoint(Buffer.from(note), logKey)).toEqual({ origin, size: 3, root: head.root })
  })

  test('of another key or changed by a byte is refused', async () => {
    const note = await signCheckpoint(head, [key])
    const stranger = noteKeyText(origin, rawEd25519PublicKey(generateKeyPairSync('ed25519').publicKey))
    expect(() => verifyCheckpoint(Buffer.from(note), stranger)).toThrow(
      expect.objectContaining({ code: 'ledger-key' }),
    )
    for (let at = 0; at < Buffer.byteLength(note); at++) {
      const flipped = Buffer.from(note)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(() => verifyCheckpoint(flipped, logKey)).toThrow(expect.objectContaining({ name: 'Refusal' }))
    }
  })

  test('that the key signed for another log is refused', async () => {
    const other = checkpointText({ ...head, origin: 'another.example/log' })
    const [line] = parseNote(Buffer.from(await signCheckpoint(head, [key]))).signatures
    const signature = signEd25519(privateKey, Buffer.from(other))
    const note = formatNote({
      text: other,
      signatures: [{ name: origin, keyId: line?.keyId ?? '', signature }],
    })
    expect(() => verifyCheckpoint(Buffer.from(note), logKey)).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    )
  })

  const root = Buffer.alloc(32).toString('base64')
  test('may carry lines that this version does not know', () => {
    expect(parseCheckpoint(`o\n0\n${root}\nmore\n`)).toEqual({ origin: 'o', size: 0, root: Buffer.alloc(32) })
  })

  test.each([
    [''],
    [`o\n0\n${root}`],
    [`\n0\n${root}\n`],
    [`o\n00\n${root}\n`],
    [`o\n-1\n${root}\n`],
    [`o\n1e3\n${root}\n`],
    [`o\n9007199254740992\n${root}\n`],
    [`o\n0\n${root}\n\n`],
    [`o\n0\n${root.slice(4)}\n`],
    [`o\n0\n${root.replace('=', '')}\n`],
  ])('is not %j', (text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })
})
