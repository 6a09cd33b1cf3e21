import { fromBase64, fromUtf8, hex } from './bytes.ts'
import { must } from './fault.ts'

/** C2SP signed-note v1.0.0: a text, an empty line, one line for each signature. */

export interface Note {
  /** Ends in a newline; what is signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface NoteSignature {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly keyId: string
  readonly signature: Uint8Array
}

const MAX_SIGNATURES = 100
// All below U+0020 but the newline.
const CONTROL = /[^\n\u0020-\u{10ffff}]/u
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u
const SPACE_OR_PLUS = /[\s\u0085+]/u

/** Takes a note apart and verifies nothing. The *last* empty line separates: the text may hold others. */
export function parseNote(bytes: Uint8Array): Note {
  const whole = fromUtf8(bytes)
  must(!CONTROL.test(whole), 'a control character in a note')
  const split = whole.lastIndexOf('\n\n')
  must(split >= 0 && whole.endsWith('\n'), 'no empty line before the signatures of a note')
  const lines = whole
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)
  must(lines.length > 0 && lines.length <= MAX_SIGNATURES, `a note with ${lines.length} signatures`)
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

export function isKeyName(name: string): boolean {
  return name !== '' && !SPACE_OR_PLUS.test(name) && !CONTROL.test(name)
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
  must(isKeyName(name), 'a malformed signature line')
  const bytes = fromBase64(encoded)
  must(bytes.length > 4, 'a signature line without a signature')
  return { name, keyId: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}
