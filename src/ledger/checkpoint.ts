import { fromBase64, toBase64 } from '../lib/base64.ts'
import { HASH_SIZE } from '../lib/merkle.ts'
import {
  ED25519_NOTE,
  ed25519NoteVerifier,
  formatNote,
  type Note,
  NoteError,
  noteKeyId,
  type NoteSignature,
  openNote,
  parseNoteKey,
} from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import type { LogSigner } from './key.ts'

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

/** The signed note of a head, with a line of each signer in their order. The log's key name is its origin. */
export async function signCheckpoint(head: Checkpoint, signers: readonly LogSigner[]): Promise<string> {
  const text = checkpointText(head)
  const signatures: NoteSignature[] = []
  for (const signer of signers) {
    const keyId = noteKeyId(head.origin, ED25519_NOTE, await signer.publicKey())
    signatures.push({ name: head.origin, keyId, signature: await signer.sign(Buffer.from(text)) })
  }
  return formatNote({ text, signatures })
}

/**
 * The checkpoint of a note that a key of the log signed; `logKeys` are note keys, as the genesis holds the first. Throws
 * `Refusal('bad-input')` for what is no checkpoint, and `Refusal('ledger-key')` where none of the keys signed it.
 */
export function verifyCheckpoint(note: Uint8Array, ...logKeys: readonly string[]): Checkpoint {
  const { text, signatures } = openSigned(note, logKeys)
  const checkpoint = parseCheckpoint(text)
  const name = signatures[0]?.name
  if (checkpoint.origin !== name) throw notCheckpoint(`it is one of ${checkpoint.origin}, not of ${name}`)
  return checkpoint
}

/** A checkpoint as the log alone signed it. */
export interface SignedHead extends Checkpoint {
  readonly note: string
  /** Note keys of the log, those that have ended included: what they signed is the log's. */
  readonly keys: readonly string[]
}

/** A stored checkpoint without what others added. Throws as `verifyCheckpoint`: the store does not vouch for itself. */
export function signedByLog(note: string, keys: readonly string[]): SignedHead {
  const checkpoint = verifyCheckpoint(Buffer.from(note), ...keys)
  return { ...checkpoint, keys, note: formatNote(openSigned(Buffer.from(note), keys)) }
}

function openSigned(note: Uint8Array, logKeys: readonly string[]): Note {
  try {
    const keys = logKeys.map((text) => parseNoteKey(text))
    return openNote(
      note,
      keys.map(({ name, publicKey }) => ed25519NoteVerifier(name, publicKey)),
    )
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
