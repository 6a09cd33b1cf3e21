import { concat, decimal, fromBase64Hash, readU64, utf8 } from './bytes.ts'
import { must } from './fault.ts'
import { isEd25519, type Key } from './key.ts'
import { parseNote, type NoteSignature } from './note.ts'

/** C2SP tlog-checkpoint v1.0.0 and tlog-cosignature v1.0.1: docs/formats/ledger-checkpoint-v1.md. */

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  /** What is signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Takes a checkpoint apart and verifies nothing. */
export function parseCheckpoint(note: Uint8Array): Checkpoint {
  const { text, signatures } = parseNote(note)
  const [origin = '', size = '', root = '', ...more] = text.split('\n')
  must(origin !== '' && more.length === 1, 'a checkpoint has three lines: origin, size and root')
  return { origin, size: decimal(size), root: fromBase64Hash(root), text, signatures }
}

/** Who of the log's keys signed. A known key whose signature does not verify spoils the checkpoint. */
export function logSigners({ origin, text, signatures }: Checkpoint, logKeys: readonly Key[]): Key[] {
  const message = utf8(text)
  return signatures.flatMap(({ name, keyId, signature }) => {
    const key = logKeys.find((known) => known.name === name && known.id === keyId)
    if (key === undefined || name !== origin) return []
    must(isEd25519(key.bytes, message, signature), `the signature of log key ${key.id} does not verify`)
    return [key]
  })
}

export interface Cosignature {
  readonly witness: Key
  /** Seconds since 1970: the checkpoint was then the largest that this witness knew of the log. */
  readonly time: number
}

/** A known witness whose cosignature does not verify spoils the checkpoint; unknown ones are passed over. */
export function cosignaturesOf({ text, signatures }: Checkpoint, witnesses: readonly Key[]): Cosignature[] {
  return signatures.flatMap(({ name, keyId, signature }) => {
    const witness = witnesses.find((known) => known.name === name && known.id === keyId)
    if (witness === undefined) return []
    must(signature.length === 72, `the cosignature of ${name} has ${signature.length} bytes, not 72`)
    const time = readU64(signature, 0)
    must(time <= BigInt(MAX_TIME), `the cosignature of ${name} has an impossible time`)
    const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text))
    must(
      isEd25519(witness.bytes, message, signature.subarray(8)),
      `the cosignature of ${name} does not verify`,
    )
    return [{ witness, time: Number(time) }]
  })
}
// The last second that a date of JavaScript can name.
const MAX_TIME = 8_640_000_000_000
