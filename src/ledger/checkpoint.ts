import { fromBase64, toBase64 } from '../lib/base64.ts'
import { HASH_SIZE } from '../lib/merkle.ts'
import {
  ED25519_NOTE,
  ed25519NoteVerifier,
  formatNote,
  NoteError,
  noteKeyId,
  noteKeyText,
  openNote,
  parseNoteKey,
} from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import type { KeyHolder } from './key.ts'

/** C2SP tlog-checkpoint v1.0.0: docs/formats/ledger-checkpoint-v1.md. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** What is signed: origin, size and root, a line each. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Throws `Refusal('bad-input')` for any other text. Extension lines are allowed and passed over. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', encoded = '', ...more] = text.split('\n')
  const root = fromBase64(encoded)
  const wellFormed =
    origin !== '' && SIZE.test(size) && Number.isSafeInteger(Number(size)) && root?.length === HASH_SIZE
  // The last line ends in a newline, and none of them is empty.
  if (!wellFormed || more.pop() !== '' || more.includes(''))
    throw notCheckpoint('its text is not origin, size and root')
  return { origin, size: Number(size), root }
}
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/

/** The signed note of a head. The log's key name is its origin. */
export async function signCheckpoint(
  head: Checkpoint,
  key: Pick<KeyHolder, 'publicKey' | 'sign'>,
): Promise<string> {
  const text = checkpointText(head)
  const keyId = noteKeyId(head.origin, ED25519_NOTE, await key.publicKey())
  const signature = await key.sign(Buffer.from(text))
  return formatNote({ text, signatures: [{ name: head.origin, keyId, signature }] })
}

/**
 * The checkpoint of a note that the log's key signed; `logKey` is a note key, as the genesis holds it. Throws
 * `Refusal('bad-input')` for what is no checkpoint, and `Refusal('ledger-key')` where that key did not sign it.
 */
export function verifyCheckpoint(note: Uint8Array, logKey: string): Checkpoint {
  const { name, text } = openSigned(note, logKey)
  const checkpoint = parseCheckpoint(text)
  if (checkpoint.origin !== name) throw notCheckpoint(`it is one of ${checkpoint.origin}, not of ${name}`)
  return checkpoint
}

/** A checkpoint as the log alone signed it. */
export interface SignedHead extends Checkpoint {
  readonly note: string
  /** Note key of the log. */
  readonly key: string
}

/** A stored checkpoint without what others added. Throws as `verifyCheckpoint`: the store does not vouch for itself. */
export function signedByLog(note: string, origin: string, publicKey: Uint8Array): SignedHead {
  const key = noteKeyText(origin, publicKey)
  const checkpoint = verifyCheckpoint(Buffer.from(note), key)
  return {
    ...checkpoint,
    key,
    note: formatNote(openNote(Buffer.from(note), [ed25519NoteVerifier(origin, publicKey)])),
  }
}

function openSigned(note: Uint8Array, logKey: string): { name: string; text: string } {
  try {
    const { name, publicKey } = parseNoteKey(logKey)
    return { name, text: openNote(note, [ed25519NoteVerifier(name, publicKey)]).text }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new Refusal('ledger-key', `the log's key did not sign this checkpoint: ${error.message}`, {
      hint: 'compare the key with the one in entry 0',
    })
  }
}

function notCheckpoint(reason: string): Refusal {
  return new Refusal('bad-input', `not a checkpoint: ${reason}`)
}
