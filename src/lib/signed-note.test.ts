import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rawEd25519PublicKey, signEd25519 } from './ed25519.ts'
import {
  ed25519NoteVerifier,
  formatNote,
  NoteError,
  type NoteSignature,
  noteKeyText,
  openNote,
  parseNote,
  parseNoteKey,
} from './signed-note.ts'

const signer = (name: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = rawEd25519PublicKey(publicKey)
  const verifier = ed25519NoteVerifier(name, raw)
  const sign = (text: string): NoteSignature => ({
    name,
    keyId: verifier.keyId,
    signature: signEd25519(privateKey, Buffer.from(text)),
  })
  return { raw, verifier, sign }
}
const log = signer('ledger.example/book')
const other = signer('witness.example/w1')
const text = 'one\n\ntwo\n'
const note = formatNote({ text, signatures: [log.sign(text), other.sign(text)] })
const open = (bytes: string, ...known: readonly ReturnType<typeof signer>[]) =>
  openNote(
    Buffer.from(bytes),
    known.map(({ verifier }) => verifier),
  )

const line = (name: string, base64 = 'AAAAAAAA') => `text\n\n— ${name} ${base64}\n`

describe('a signed note', () => {
  test('is split at its last empty line', () => {
    expect(parseNote(Buffer.from(note)).text).toBe(text)
    expect(parseNote(Buffer.from(note)).signatures.map(({ name }) => name)).toEqual(
      [log, other].map(({ verifier }) => verifier.name),
    )
  })

  test('opens with the signatures of known keys and passes over the others', () => {
    expect(open(note, log).signatures).toEqual([log.sign(text)])
    expect(open(note, log, other).signatures).toHaveLength(2)
    expect(() => open(note)).toThrow(NoteError)
    expect(() => open(note, signer('ledger.example/book'))).toThrow('no known key')
  })

  test('is spoilt by a bad signature of a known key, even beside a good one', () => {
    const bad = formatNote({ text, signatures: [log.sign(text), other.sign('another text\n')] })
    expect(open(bad, log).signatures).toHaveLength(1)
    expect(() => open(bad, log, other)).toThrow('bad signature of witness.example/w1')
  })

  test('may carry many signatures of keys that nobody knows', () => {
    const unknown = Array.from({ length: 99 }, (_, i) => signer(`unknown.example/${i}`).sign(text))
    expect(open(formatNote({ text, signatures: [...unknown, log.sign(text)] }), log).signatures).toHaveLength(
      1,
    )
    const tooMany = formatNote({ text, signatures: [...unknown, log.sign(text), other.sign(text)] })
    expect(() => open(tooMany, log)).toThrow(NoteError)
  })

  test('of golang.org/x/mod/sumdb/note verifies', () => {
    const { name, publicKey } = parseNoteKey(
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    )
    const quote =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    const signature =
      'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM='
    const foreign = Buffer.from(`${quote}\n— PeterNeumann ${signature}\n`)
    expect(openNote(foreign, [ed25519NoteVerifier(name, publicKey)]).text).toBe(quote)
  })

  test.each([
    [''],
    ['text\n'],
    ['text\n\n'],
    [line('name').slice(0, -1)],
    [line('na me')],
    [line('na+me')],
    [line('na\u00a0me')],
    [line('na\u0085me')],
    [line('')],
    [line('name', 'AAAA')],
    [line('name', 'AAAAAAB=')],
    [line('name', 'AAAAAAAA=')],
    [line('name', 'AAAA AAAA')],
    [line('name').replace('—', '-')],
    [line('name').replaceAll('\n', '\r\n')],
    [`te\u0000xt${line('name')}`],
  ])('is not %j', (bytes) => {
    expect(() => parseNote(Buffer.from(bytes))).toThrow(NoteError)
  })

  test('is taken apart or refused, whatever the bytes are', () => {
    const mutated = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(note)
      copy[at % copy.length] = byte
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        expect(refusedOr(() => formatNote(parseNote(bytes)))).toBeOneOf([null, Buffer.from(bytes).toString()])
        expect(refusedOr(() => openNote(bytes, [log.verifier]).text)).toBeOneOf([null, text])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a note key', () => {
  test('is handed over as text with its id', () => {
    const published = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
    const { name, publicKey } = parseNoteKey(published)
    expect(noteKeyText(name, publicKey)).toBe(published)
    expect(parseNoteKey(noteKeyText('a/b', log.raw))).toEqual({ name: 'a/b', publicKey: log.raw })
  })

  test('is refused with the id, name or type of another', () => {
    const [name, id, key] = noteKeyText('a/b', log.raw).split('+', 2).concat('x')
    expect(key).toBe('x')
    const whole = noteKeyText('a/b', log.raw)
    for (const wrong of [
      whole.replace(`${name}`, 'a/c'),
      whole.replace(`${id}`, '00000000'),
      whole.slice(0, -4),
      '',
      'a+b',
      '++',
    ])
      expect(() => parseNoteKey(wrong)).toThrow(NoteError)
  })

  test('is read or refused, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (wild) => {
        expect(refusedOr(() => parseNoteKey(wild))).toBeNull()
      }),
    )
  })
})

function refusedOr<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}
