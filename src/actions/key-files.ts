import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { rawEd25519PublicKey, signEd25519 } from '../lib/ed25519.ts'
import { type NoteKey, noteKeyOf, readNoteKey, sshBlobOf } from '../lib/note-key.ts'
import { NoteError, parseSignature, signatureLine } from '../lib/signed-note.ts'
import { readSshsig, unarmourSshsig } from '../lib/sshsig.ts'
import { SshError } from '../lib/ssh-wire.ts'
import { sameBytes } from '../lib/merkle.ts'
import { Refusal } from '../model/refusal.ts'

/** Files of people who sign, and the program that signs with what they hold. */
export interface SigningFiles {
  /** Text of at most 64 KiB. Throws `Refusal('file-unreadable')`. */
  readonly read: (path: string) => Promise<string>
  /** Fails where a file stands already. Throws `Refusal('file-unreadable')`. */
  readonly write: (path: string, text: string) => Promise<void>
  /**
   * The armoured SSHSIG by the key of that file, or by the agent that holds it. Throws `Refusal('tool-missing')`
   * without ssh-keygen, and `Refusal('signature-invalid')` where it does not sign.
   */
  readonly sshSign: (path: string, namespace: string, text: string) => Promise<string>
}

/** One thing to sign: by one key, or (null) by all who sign. */
export interface ToSign {
  readonly key: string | null
  readonly text: string
  readonly namespace: string
}

export interface KeySignature {
  readonly key: NoteKey
  readonly signature: Uint8Array
}

/**
 * The key in a file: an OpenSSH `.pub`, an Ed25519 key in PEM (public or private), or the text of a key. Throws
 * `Refusal('key-refused')` for any other content.
 */
export async function readKeyFile(files: SigningFiles, path: string, name: string): Promise<NoteKey> {
  const text = (await files.read(path)).trim()
  try {
    if (/^-----BEGIN (?:PUBLIC|PRIVATE) KEY-----/.test(text))
      return noteKeyOf(name, 'ed25519', rawEd25519PublicKey(pemKey(path, text)))
    const [, encoded] = SSH_LINE.exec(text) ?? []
    if (encoded !== undefined) return noteKeyOf(name, 'sshsig', Buffer.from(encoded, 'base64'))
    return readNoteKey(text)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new Refusal('key-refused', `${path}: ${error.message}`, { hint: KEY_FORMS })
  }
}
// The comment behind the key often names its holder, and is left out.
const SSH_LINE = /^[a-z0-9@.-]+ ([A-Za-z0-9+/]+=*)(?: [^\n]*)?$/
const KEY_FORMS = 'name an OpenSSH .pub file, or an Ed25519 key in PEM'

/** Whose key a file holds, of these; null where neither it nor the `.pub` beside it says. */
export async function holderOf(
  files: SigningFiles,
  path: string,
  keys: readonly NoteKey[],
): Promise<string | null> {
  for (const half of [path, `${path}.pub`]) {
    const own = await readKeyFile(files, half, 'unknown').catch((error: unknown) => {
      if (error instanceof Refusal) return null
      throw error
    })
    const found = keys.find(({ material }) => own !== null && sameBytes(material, own.material))
    if (found !== undefined) return found.name
  }
  return null
}

/** Signs with the key of a file; `candidates` are the keys that may sign, one of which it has to be. */
export async function signWith(
  files: SigningFiles,
  path: string,
  toSign: readonly ToSign[],
  candidates: readonly NoteKey[],
): Promise<readonly KeySignature[]> {
  const text = await files.read(path)
  const key = text.startsWith('-----BEGIN PRIVATE KEY-----') ? pemKey(path, text) : null
  const done: KeySignature[] = []
  for (const one of toSign) {
    const able = candidates.filter((candidate) => one.key === null || candidate.text === one.key)
    const found = key === null ? await sshSigned(files, path, text, one, able) : pemSigned(key, one, able)
    if (found !== null) done.push(found)
  }
  if (done.length > 0) return done
  throw new Refusal('key-unknown', `the key of ${path} is none of those that are asked`, {
    hint: `asked are ${candidates.map(({ name, keyId }) => `${name}+${keyId}`).join(', ')}`,
  })
}

/** Signatures that were made elsewhere: an armoured SSHSIG, or lines of a note. Throws `Refusal('signature-invalid')`. */
export async function readSignatureFile(
  files: SigningFiles,
  path: string,
  toSign: readonly ToSign[],
  candidates: readonly NoteKey[],
): Promise<readonly KeySignature[]> {
  const text = await files.read(path)
  const found = text.startsWith('\u2014')
    ? linesOf(path, text, candidates)
    : [sshSignatureOf(path, text, candidates)]
  for (const { key, signature } of found)
    if (!toSign.some((one) => key.verify(Buffer.from(one.text), signature, one.namespace)))
      throw new Refusal('signature-invalid', `${path} does not hold a signature over this text`, {
        hint: 'sign the file exactly as it was written, in the namespace that was named',
      })
  return found
}

export function lineOf({ key: { name, keyId }, signature }: KeySignature): string {
  return signatureLine({ name, keyId, signature }).trimEnd()
}

async function sshSigned(
  files: SigningFiles,
  path: string,
  text: string,
  { text: message, namespace }: ToSign,
  able: readonly NoteKey[],
): Promise<KeySignature | null> {
  const [, encoded] = SSH_LINE.exec(text.trim()) ?? []
  const public_ = encoded === undefined ? null : Buffer.from(encoded, 'base64')
  // Where the public half is known, nobody is asked to touch a token for nothing.
  if (public_ !== null && !able.some((key) => isSsh(key, public_))) return null
  const armoured = await files.sshSign(path, namespace, message)
  const { blob, publicKey } = opened(path, armoured)
  const key = able.find((one) => isSsh(one, publicKey))
  return key === undefined ? null : { key, signature: blob }
}

function pemSigned(key: KeyObject, { text }: ToSign, able: readonly NoteKey[]): KeySignature | null {
  const raw = rawEd25519PublicKey(key)
  const found = able.find(({ kind, material }) => kind === 'ed25519' && sameBytes(material.subarray(1), raw))
  return found === undefined ? null : { key: found, signature: signEd25519(key, Buffer.from(text)) }
}

function linesOf(path: string, text: string, candidates: readonly NoteKey[]): readonly KeySignature[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { name, keyId, signature } = attempt(path, () => parseSignature(line))
      const key = candidates.find((one) => one.name === name && one.keyId === keyId)
      if (key === undefined) throw stranger(path, `${name}+${keyId}`)
      return { key, signature }
    })
}

function sshSignatureOf(path: string, text: string, candidates: readonly NoteKey[]): KeySignature {
  const { blob, publicKey } = opened(path, text)
  const key = candidates.find((one) => isSsh(one, publicKey))
  if (key === undefined) throw stranger(path, 'its key')
  return { key, signature: blob }
}

function opened(path: string, armoured: string): { blob: Uint8Array; publicKey: Uint8Array } {
  const blob = unarmourSshsig(armoured)
  if (blob === null)
    throw new Refusal('signature-invalid', `${path} is neither an SSH signature nor lines of a note`, {
      hint: 'ssh-keygen -Y sign writes one beside the file that it signs, with .sig behind its name',
    })
  return { blob, publicKey: attempt(path, () => readSshsig(blob)).publicKey }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof NoteError || error instanceof SshError)) throw error
    throw new Refusal('signature-invalid', `${path}: ${error.message}`)
  }
}

function isSsh(key: NoteKey, publicKey: Uint8Array): boolean {
  const blob = sshBlobOf(key)
  return blob !== null && sameBytes(blob, publicKey)
}

function pemKey(path: string, pem: string): KeyObject {
  const key = readPem(path, pem)
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new Refusal('key-refused', `${path} holds a key of type ${key.asymmetricKeyType}`, {
    hint: KEY_FORMS,
  })
}

function readPem(path: string, pem: string): KeyObject {
  try {
    return pem.startsWith('-----BEGIN PRIVATE') ? createPrivateKey(pem) : createPublicKey(pem)
  } catch (cause) {
    throw new Refusal('key-refused', `${path} holds no key that can be read`, { hint: KEY_FORMS, cause })
  }
}

function stranger(path: string, key: string): Refusal {
  return new Refusal('key-unknown', `${path}: ${key} is none of those that are asked`, {
    hint: 'portreeve key list shows the keys that count',
  })
}
