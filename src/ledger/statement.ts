import { fromBase64, toBase64 } from '../lib/base64.ts'
import { HASH_SIZE } from '../lib/merkle.ts'
import { formatNote, type Note, NoteError, type NoteSignature, parseNote } from '../lib/signed-note.ts'
import type { Json } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'

/** The signed kind of leaf: docs/formats/ledger-statement-v1.md. */

export const STATEMENT_LINE = 'portreeve.dev/statement/v1\n'
/** What an SSHSIG over a statement is made for. */
export const STATEMENT_NAMESPACE = 'portreeve.dev/statement/v1'

/** The text of a statement and who signed it; nothing of it is verified. */
export interface Signed {
  /** What is signed: two lines, each with its newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A checkpoint that the signer saw. */
export interface Base {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** Takes the leaf of a statement apart. Throws `Refusal('leaf-invalid')`. */
export function readSigned(leaf: Uint8Array): Signed {
  const note = noteOf(leaf)
  if (note.text.indexOf('\n', STATEMENT_LINE.length) !== note.text.length - 1)
    throw refuse('its text has other than two lines')
  const signers = new Set(note.signatures.map(({ name, keyId }) => `${name}+${keyId}`))
  if (signers.size !== note.signatures.length) throw refuse('a key signed it twice')
  return note
}

/** The leaf of a text and its signatures, in the order given. Throws `Refusal('leaf-invalid')`. */
export function joinSigned({ text, signatures }: Signed): Buffer {
  try {
    return Buffer.from(formatNote({ text, signatures }))
  } catch (error) {
    throw asRefusal(error)
  }
}

/** A pseudonym says nothing about who bears it. */
export function isPseudonym(value: unknown): value is string {
  return typeof value === 'string' && PSEUDONYM.test(value)
}
const PSEUDONYM = /^[a-z0-9_-]{1,64}$/

/** Null unless it is the root and size of a tree with a leaf. */
export function baseOf(value: Json | undefined): Base | null {
  if (typeof value !== 'object' || value === null || Object.keys(value).join(' ') !== 'root size') return null
  const { root, size } = value as { root: Json; size: Json }
  const bytes = typeof root === 'string' ? fromBase64(root) : null
  if (bytes?.length !== HASH_SIZE || typeof size !== 'number' || size < 1) return null
  return { size, root: bytes }
}

export function baseText({ size, root }: Base): string {
  return `{"root":"${toBase64(root)}","size":${size}}`
}

function noteOf(leaf: Uint8Array): Note {
  try {
    return parseNote(leaf)
  } catch (error) {
    throw asRefusal(error)
  }
}

function asRefusal(error: unknown): unknown {
  return error instanceof NoteError ? refuse(`it is not a signed note: ${error.message}`) : error
}

function refuse(detail: string): Refusal {
  return new Refusal('leaf-invalid', `not an entry: ${detail}`)
}
