import { concat, fromBase64, hex, sameBytes, utf8 } from './bytes.ts'
import { checkEd25519Key, ed25519Spki } from './ed25519.ts'
import { Fault, must } from './fault.ts'
import { isKeyName } from './note.ts'
import { sha256, verifySignature } from './runtime.ts'
import { checkSshKey, checkSshSignature, parseSshKey } from './ssh.ts'
import { checkAssertion, checkWebauthnKey, parseWebauthnKey } from './webauthn.ts'

/**
 * Keys as text, `name+keyid+base64(type ‖ key)`: C2SP signed-note "Verifier keys", with the further types of
 * docs/formats/ledger-statement-v1.md.
 */
export interface Key {
  readonly text: string
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly id: string
  readonly kind: 'ed25519' | 'cosigner' | 'sshsig' | 'webauthn'
  /** `type ‖ key`. */
  readonly material: Uint8Array
  /** `key` alone. */
  readonly bytes: Uint8Array
}

/** Names of logs. */
export const ORIGIN = /^[!-*,-~]{1,255}$/
const MAX_MATERIAL = 4096
const TYPES: readonly { readonly kind: Key['kind']; readonly type: Uint8Array }[] = [
  { kind: 'ed25519', type: Uint8Array.of(0x01) },
  { kind: 'cosigner', type: Uint8Array.of(0x04) },
  { kind: 'sshsig', type: concat(Uint8Array.of(0xff), utf8('portreeve.dev/sshsig/v1')) },
  { kind: 'webauthn', type: concat(Uint8Array.of(0xff), utf8('portreeve.dev/webauthn/v1')) },
]

/** Refuses a text that is not the one of a key, and a key id that belongs to another. */
export function parseKey(text: string): Key {
  const [name = '', id = '', ...rest] = text.split('+')
  must(isKeyName(name) && rest.length > 0, 'not a key: it has no name, id and value')
  // Base64 may hold a plus itself.
  const material = fromBase64(rest.join('+'))
  must(material.length <= MAX_MATERIAL, `a key of ${material.length} bytes`)
  const known = TYPES.find(({ type }) => sameBytes(material.subarray(0, type.length), type))
  if (known === undefined) throw new Fault(`key ${shown(name)} is of an unknown type`)
  const expected = hex(sha256(concat(utf8(`${name}\n`), material)).subarray(0, 4))
  must(id === expected, `the id of key ${shown(name)} is ${expected}, not ${shown(id)}`)
  const key = { text, name, id, kind: known.kind, material, bytes: material.subarray(known.type.length) }
  parseKeyBytes(key)
  return key
}

/** Refuses keys that can be spelled in two ways or disowned: docs/formats/ledger-keys-v1.md, "Roles". */
export function checkEnrollable(key: Key): void {
  if (key.kind === 'sshsig') return checkSshKey(parseSshKey(key.bytes))
  if (key.kind === 'webauthn') return checkWebauthnKey(parseWebauthnKey(key.bytes))
  checkEd25519Key(key.bytes)
}

/** Refuses a signature that the key did not make over the message. SSH's namespace is the message's first line. */
export function checkSignature(
  key: Key,
  message: Uint8Array,
  namespace: string,
  signature: Uint8Array,
): void {
  if (key.kind === 'sshsig') return checkSshSignature(key.bytes, namespace, message, signature)
  if (key.kind === 'webauthn') return checkAssertion(parseWebauthnKey(key.bytes), message, signature)
  must(
    key.kind === 'ed25519' && isEd25519(key.bytes, message, signature),
    'the Ed25519 signature does not verify',
  )
}

export function isEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === 64 &&
    verifySignature(ed25519Spki(publicKey), { kind: 'ed25519' }, message, signature)
  )
}

/** The key without its kind: as an SSH and as a WebAuthn key it is one. */
export function spkiOf({ kind, bytes }: Key): Uint8Array {
  if (kind === 'sshsig') return parseSshKey(bytes).spki
  return kind === 'webauthn' ? parseWebauthnKey(bytes).spki : ed25519Spki(bytes)
}

function parseKeyBytes({ kind, bytes }: Key): void {
  if (kind === 'sshsig') parseSshKey(bytes)
  else if (kind === 'webauthn') parseWebauthnKey(bytes)
  else must(bytes.length === 32, `an Ed25519 key has 32 bytes, not ${bytes.length}`)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}
