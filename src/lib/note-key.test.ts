import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noteKeyOf, readNoteKey } from './note-key.ts'
import { NoteError, noteKeyText, parseNoteKey } from './signed-note.ts'
import { sshString } from './ssh-wire.ts'

// RFC 8032 section 7.1, test 1.
const raw = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
const wire = Buffer.concat([sshString('ssh-ed25519'), sshString(raw)])

test('an Ed25519 key has the text that C2SP gives it', () => {
  const key = noteKeyOf('p_1', 'ed25519', raw)
  expect(key.text).toBe(noteKeyText('p_1', raw))
  expect(parseNoteKey(key.text)).toMatchObject({ name: 'p_1' })
  expect(readNoteKey(key.text)).toMatchObject({ kind: 'ed25519', name: 'p_1', keyId: key.keyId })
})

test('the type belongs to the key: the same point as an SSH key is another key', () => {
  const key = noteKeyOf('p_1', 'sshsig', wire)
  expect(readNoteKey(key.text)).toMatchObject({ kind: 'sshsig', keyId: key.keyId })
  expect(Buffer.from(key.material).subarray(1, 24).toString()).toBe('portreeve.dev/sshsig/v1')
  expect(key.keyId).not.toBe(noteKeyOf('p_1', 'ed25519', raw).keyId)
})

test('the name belongs to the key id', () => {
  const { text } = noteKeyOf('p_1', 'sshsig', wire)
  expect(() => readNoteKey(text.replace('p_1', 'p_2'))).toThrow(/key id/)
  expect(() => noteKeyOf('p 1', 'sshsig', wire)).toThrow(NoteError)
  expect(() => noteKeyOf('p+1', 'sshsig', wire)).toThrow(NoteError)
})

test.each([
  ['ed25519', Buffer.alloc(31)],
  ['sshsig', sshString('ssh-dss')],
  ['sshsig', Buffer.alloc(5000)],
  ['webauthn', Buffer.alloc(40)],
] as const)('what is no key of kind %s has no text', (kind, bytes) => {
  expect(() => noteKeyOf('p_1', kind, bytes)).toThrow(NoteError)
})

test('texts are keys or refused by the one error, and a key has one text', () => {
  const good = noteKeyOf('p_1', 'sshsig', wire).text
  const mutated = fc
    .tuple(fc.nat(good.length), fc.string({ maxLength: 2 }))
    .map(([at, put]) => good.slice(0, at) + put + good.slice(at + put.length))
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ maxLength: 200 })), (text) => {
      const read = attempt(text)
      expect(read instanceof NoteError || read.text === text).toBe(true)
    }),
    { numRuns: 500 },
  )
})

const folder = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/reference/ledger-golden`
describe.skipIf(!existsSync(folder))(`the golden ledger (${folder})`, () => {
  test('has a key of SSH whose id another program computed as here', () => {
    const [name = '', line = ''] =
      /^\u2014 (\S+) (\S+)$/mu.exec(readFileSync(`${folder}/leaf1.note`, 'utf8'))?.slice(1) ?? []
    const bytes = Buffer.from(line, 'base64')
    const publicKey = bytes.subarray(4 + 14, 4 + 14 + 51)
    expect(noteKeyOf(name, 'sshsig', publicKey).keyId).toBe(bytes.toString('hex', 0, 4))
  })
})

function attempt(text: string) {
  try {
    return readNoteKey(text)
  } catch (error) {
    if (error instanceof NoteError) return error
    throw error
  }
}
