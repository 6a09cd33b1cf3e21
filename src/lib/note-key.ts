import { hash, type KeyObject } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.ts'
import { ed25519Fault, ed25519PublicKey, PUBLIC_KEY_SIZE, verifyEd25519 } from './ed25519.ts'
import { ED25519_NOTE, NoteError } from './signed-note.ts'
import { readSshKey, sshKeyFault } from './ssh-key.ts'
import { SshError } from './ssh-wire.ts'
import { verifySshsig } from './sshsig.ts'
import { readWebauthnKey, verifyWebauthn, webauthnKeyFault } from './webauthn.ts'

/** Keys of notes of three kinds, as text (C2SP vkey): docs/formats/ledger-statement-v1.md, "Keys in text". */
export interface NoteKey {
  readonly kind: NoteKeyKind
  readonly name: string
  /** 8 hexadecimal digits. */
  readonly keyId: string
  /** Type and key. The same material is the same key, under whatever name. */
  readonly material: Uint8Array
  /** The text itself. */
  readonly text: string
  /** The key without its kind: as an SSH and as a WebAuthn key it is one. */
  readonly publicKey: KeyObject
  /** `namespace` is used by SSHSIG alone. False for whatever is no signature of this key over the message. */
  readonly verify: (message: Uint8Array, signature: Uint8Array, namespace: string) => boolean
  /** Why the key may not be enrolled, or null: it could be disowned, or is too weak. */
  readonly fault: () => string | null
}
export type NoteKeyKind = 'ed25519' | 'sshsig' | 'webauthn'

const TYPES = {
  ed25519: Buffer.of(ED25519_NOTE),
  sshsig: Buffer.from('\u00ffportreeve.dev/sshsig/v1', 'latin1'),
  webauthn: Buffer.from('\u00ffportreeve.dev/webauthn/v1', 'latin1'),
} as const satisfies Record<NoteKeyKind, Buffer>
const MAX_MATERIAL = 4096
const NAME = /^[!-*,-~]{1,255}$/

/** Throws `NoteError` unless the text is a key of one of the three kinds with the id that belongs to it. */
export function readNoteKey(text: string): NoteKey {
  const [name = '', keyId = '', ...rest] = text.split('+')
  // base64 may hold a plus itself.
  const material = fromBase64(rest.join('+'))
  if (!NAME.test(name) || material === null || material.length === 0)
    throw new NoteError('not the text of a key')
  const key = noteKey(name, material)
  if (key.keyId !== keyId) throw new NoteError('the key id belongs to another key')
  return key
}

/** `key` in the form that its kind has: 32 bytes, SSH wire, or as `readWebauthnKey` reads it. */
export function noteKeyOf(name: string, kind: NoteKeyKind, key: Uint8Array): NoteKey {
  if (!NAME.test(name)) throw new NoteError('malformed key name')
  return noteKey(name, Buffer.concat([TYPES[kind], key]))
}

/** An SSH key in wire form, what `.pub` files hold; null for a key of another kind. */
export function sshBlobOf({ kind, material }: NoteKey): Uint8Array | null {
  return kind === 'sshsig' ? material.subarray(TYPES.sshsig.length) : null
}

function noteKey(name: string, material: Uint8Array): NoteKey {
  if (material.length > MAX_MATERIAL) throw new NoteError(`a key of more than ${MAX_MATERIAL} bytes`)
  const kind = kindOf(material)
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), material]), 'hex').slice(0, 8)
  const text = `${name}+${id}+${toBase64(material)}`
  return { kind, name, keyId: id, material, text, ...KINDS[kind](material.subarray(TYPES[kind].length)) }
}

function kindOf(material: Uint8Array): NoteKeyKind {
  const kinds = Object.keys(TYPES) as NoteKeyKind[]
  const kind = kinds.find((kind) => TYPES[kind].equals(material.subarray(0, TYPES[kind].length)))
  if (kind === undefined) throw new NoteError('a key of an unknown kind')
  return kind
}

type KindOfKey = Pick<NoteKey, 'publicKey' | 'verify' | 'fault'>
const KINDS = { ed25519, sshsig, webauthn } satisfies Record<NoteKeyKind, (key: Uint8Array) => KindOfKey>

function ed25519(raw: Uint8Array): KindOfKey {
  if (raw.length !== PUBLIC_KEY_SIZE) throw new NoteError('an Ed25519 key has 32 bytes')
  const key = ed25519PublicKey(raw)
  return {
    publicKey: key,
    verify: (message, signature) => verifyEd25519(key, message, signature),
    fault: () => ed25519Fault(raw),
  }
}

function sshsig(publicKey: Uint8Array): KindOfKey {
  const key = read(() => readSshKey(publicKey))
  return {
    publicKey: key.key,
    verify: (message, signature, namespace) => verifySshsig(signature, { publicKey, namespace, message }),
    fault: () => sshKeyFault(key),
  }
}

function webauthn(bytes: Uint8Array): KindOfKey {
  const key = readWebauthnKey(bytes)
  if (key === null) throw new NoteError('not a WebAuthn key')
  return {
    publicKey: key.key,
    verify: (message, signature) => verifyWebauthn(key, message, signature),
    fault: () => webauthnKeyFault(key),
  }
}

function read<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SshError) throw new NoteError(`not an SSH key: ${error.message}`)
    throw error
  }
}
