import { hash } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.ts'
import { ed25519PublicKey, verifyEd25519 } from './ed25519.ts'

/** C2SP signed-note v1.0.0: a text, an empty line, and one line for each signature. */

export interface Note {
  /** Ends in a newline; everything that is signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface NoteSignature {
  readonly name: string
  /** 8 hexadecimal digits. */
  readonly keyId: string
  readonly signature: Uint8Array
}

/** A key that somebody trusts, and how it verifies. */
export interface NoteVerifier {
  readonly name: string
  readonly keyId: string
  verify(text: Uint8Array, signature: Uint8Array): boolean
}

/** The bytes are not a note, or nobody who is trusted signed it. */
export class NoteError extends Error {
  override readonly name = 'NoteError'
}

/** Signature type of Ed25519 over the note text. */
export const ED25519_NOTE = 0x01

/** The specification asks for 16 at least; post-quantum signatures have 5 kB, and a note is read whole. */
const MAX_SIGNATURES = 100
const MAX_NOTE = 1_000_000
const KEY_ID_SIZE = 4
// Unicode spaces and plus: signed-note "Format"; control characters are excluded by the note as a whole.
const NOT_IN_NAME = /[\s\u0085+]/u
// C0 but for the newline.
const CONTROL = /[^\n\u0020-\uffff]/

/** Takes a note apart; verifies nothing. Throws `NoteError`. */
export function parseNote(bytes: Uint8Array): Note {
  const whole = decode(bytes)
  // The text may hold empty lines of its own, so the last one separates: signed-note "Format".
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n')) throw new NoteError('no empty line before the signatures')
  const lines = whole
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)
  if (lines.length === 0 || lines.length > MAX_SIGNATURES) throw new NoteError(`${lines.length} signatures`)
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

/**
 * The text and the signatures of known keys, all of them verified. Unknown keys are passed over; a known key whose
 * signature does not verify spoils the note. Throws `NoteError` for that, and where no known key signed.
 */
export function openNote(bytes: Uint8Array, trusted: readonly NoteVerifier[]): Note {
  const note = parseNote(bytes)
  const text = Buffer.from(note.text)
  const verified = note.signatures.filter((signature) => isVerified(signature, text, trusted))
  if (verified.length === 0) throw new NoteError('no known key signed this note')
  return { text: note.text, signatures: verified }
}

/** Throws `NoteError` for a text or names that a note cannot hold. */
export function formatNote(note: Note): string {
  if (!note.text.endsWith('\n') || CONTROL.test(note.text) || !note.text.isWellFormed())
    throw new NoteError('not the text of a note')
  return `${note.text}\n${note.signatures.map(signatureLine).join('')}`
}

/** One line of a note's signatures, its newline included. Throws `NoteError` for a name that a note cannot hold. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `\u2014 ${checkedName(name)} ${toBase64(Buffer.concat([Buffer.from(keyId, 'hex'), signature]))}\n`
}

/** Reads one such line, without its newline. Throws `NoteError`. */
export function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
  const bytes = fromBase64(encoded)
  if (bytes === null || bytes.length <= KEY_ID_SIZE) throw new NoteError('malformed signature line')
  const keyId = Buffer.from(bytes.subarray(0, KEY_ID_SIZE)).toString('hex')
  return { name: checkedName(name), keyId, signature: bytes.subarray(KEY_ID_SIZE) }
}
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/u

/** First four bytes of SHA-256(name, newline, type, key), as 8 hexadecimal digits. */
export function noteKeyId(name: string, type: number, key: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), key]), 'hex').slice(0, 8)
}

/** `name+keyid+base64(0x01 || key)`: how a log's or a witness' Ed25519 key is handed over. */
export function noteKeyText(name: string, publicKey: Uint8Array, type = ED25519_NOTE): string {
  const encoded = toBase64(Buffer.concat([Buffer.of(type), publicKey]))
  return `${checkedName(name)}+${noteKeyId(name, type, publicKey)}+${encoded}`
}

/** Reads `noteKeyText`. Throws `NoteError` unless it is an Ed25519 key of that type with the id that belongs to it. */
export function parseNoteKey(
  text: string,
  type = ED25519_NOTE,
): { readonly name: string; readonly publicKey: Uint8Array } {
  const [name = '', keyId = '', ...rest] = text.split('+')
  // base64 may hold a plus itself.
  const encoded = fromBase64(rest.join('+'))
  if (encoded === null || encoded.length !== 33 || encoded[0] !== type)
    throw new NoteError('not an Ed25519 note key')
  const publicKey = encoded.subarray(1)
  if (noteKeyId(checkedName(name), type, publicKey) !== keyId)
    throw new NoteError('the key id belongs to another key')
  return { name, publicKey }
}

export function ed25519NoteVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  const key = ed25519PublicKey(publicKey)
  return {
    name: checkedName(name),
    keyId: noteKeyId(name, ED25519_NOTE, publicKey),
    verify: (text, signature) => verifyEd25519(key, text, signature),
  }
}

function isVerified(signature: NoteSignature, text: Uint8Array, trusted: readonly NoteVerifier[]): boolean {
  const known = trusted.filter(({ name, keyId }) => name === signature.name && keyId === signature.keyId)
  for (const key of known)
    if (!key.verify(text, signature.signature)) throw new NoteError(`bad signature of ${signature.name}`)
  return known.length > 0
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
function decode(bytes: Uint8Array): string {
  if (bytes.length > MAX_NOTE) throw new NoteError('too large for a note')
  const text = utf8(bytes)
  if (CONTROL.test(text)) throw new NoteError('control character in a note')
  return text
}

function utf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new NoteError('invalid UTF-8 in a note')
  }
}

function checkedName(name: string): string {
  if (
    name === '' ||
    NOT_IN_NAME.test(name) ||
    CONTROL.test(name) ||
    name.includes('\n') ||
    !name.isWellFormed()
  )
    throw new NoteError('malformed key name')
  return name
}
