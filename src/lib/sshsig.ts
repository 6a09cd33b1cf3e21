import { hash, type KeyObject, verify } from 'node:crypto'
import { verifyEd25519 } from './ed25519.ts'
import { sameBytes } from './merkle.ts'
import { CURVES } from './public-key.ts'
import { readSshKey, type SshKey } from './ssh-key.ts'
import { SshError, SshReader, sshString } from './ssh-wire.ts'

/** SSHSIG, OpenSSH's PROTOCOL.sshsig: what `ssh-keygen -Y sign` makes. */
export interface Sshsig {
  readonly publicKey: Uint8Array
  readonly namespace: string
  readonly hashAlgorithm: 'sha256' | 'sha512'
  /** Algorithm and signature, in the form that belongs to the key's type. */
  readonly signature: Uint8Array
}

const MAGIC = Buffer.from('SSHSIG')
const VERSION = 1
const PRESENT = 0x01
const ATTESTED = 0x40
const EXTENDED = 0x80
const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com'

/** Takes a signature apart; verifies nothing. Throws `SshError`. */
export function readSshsig(blob: Uint8Array): Sshsig {
  const reader = new SshReader(blob)
  if (!sameBytes(reader.take(MAGIC.length), MAGIC)) throw new SshError('not an SSH signature')
  const version = reader.u32()
  if (version !== VERSION) throw new SshError(`SSH signatures of version ${version} are not supported`)
  const publicKey = reader.string()
  const namespace = reader.text()
  const reserved = reader.string()
  const hashAlgorithm = reader.text()
  const signature = reader.string()
  reader.end()
  if (reserved.length > 0) throw new SshError('a reserved field is not empty')
  if (hashAlgorithm !== 'sha256' && hashAlgorithm !== 'sha512') throw new SshError('an unknown hash')
  return { publicKey, namespace, hashAlgorithm, signature }
}

/**
 * Whether the holder of the key (wire form) signed the message for the namespace. False for whatever is not such a
 * signature, malformed or of another key; throws for nothing that can be put into it.
 */
export function verifySshsig(
  blob: Uint8Array,
  expected: { readonly publicKey: Uint8Array; readonly namespace: string; readonly message: Uint8Array },
): boolean {
  try {
    const sig = readSshsig(blob)
    if (sig.namespace !== expected.namespace || !sameBytes(sig.publicKey, expected.publicKey)) return false
    return verifySignature(readSshKey(sig.publicKey), signedData(sig, expected.message), sig.signature)
  } catch (error) {
    if (error instanceof SshError) return false
    throw error
  }
}

/** The blob between the armour lines of a `.sig` file, or null. */
export function unarmourSshsig(text: string): Uint8Array | null {
  const [, lines] = ARMOUR.exec(text) ?? []
  if (lines === undefined) return null
  const encoded = lines.replaceAll(/\r?\n/g, '')
  const blob = Buffer.from(encoded, 'base64')
  return blob.toString('base64') === encoded ? blob : null
}
const ARMOUR =
  /^\s*-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]{1,40000})\r?\n-----END SSH SIGNATURE-----\s*$/

/** The file that `ssh-keygen -Y verify` reads. */
export function armourSshsig(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n')
}

function signedData({ namespace, hashAlgorithm }: Sshsig, message: Uint8Array): Uint8Array {
  const digest = hash(hashAlgorithm, message, 'buffer')
  return Buffer.concat([
    MAGIC,
    sshString(namespace),
    sshString(''),
    sshString(hashAlgorithm),
    sshString(digest),
  ])
}

function verifySignature(key: SshKey, data: Uint8Array, signature: Uint8Array): boolean {
  const reader = new SshReader(signature)
  const algorithm = reader.text()
  const value = reader.string()
  if (key.kind === 'rsa') return verifyRsa(key, algorithm, data, value, reader)
  if (key.sk === null) {
    reader.end()
    return algorithm === nameOf(key) && verifyPlain(key, data, value)
  }
  const signed = tokenData(key.sk, algorithm, nameOf(key), data, reader)
  return signed !== null && verifyPlain(key, signed, value)
}

function nameOf(key: Exclude<SshKey, { kind: 'rsa' }>): string {
  if (key.kind === 'ed25519') return key.sk === null ? 'ssh-ed25519' : 'sk-ssh-ed25519@openssh.com'
  const curve = key.curve.replace('P-', 'nistp')
  return key.sk === null ? `ecdsa-sha2-${curve}` : `sk-ecdsa-sha2-${curve}@openssh.com`
}

/** What a token signs: PROTOCOL.u2f. Null where nobody was present, or for another algorithm than the key's. */
function tokenData(
  application: string,
  algorithm: string,
  name: string,
  data: Uint8Array,
  reader: SshReader,
): Uint8Array | null {
  const state = reader.take(5)
  const flags = state[0] ?? 0
  if ((flags & PRESENT) === 0) return null
  const wrapped = algorithm === WEBAUTHN && name.startsWith('sk-ecdsa')
  const inner = wrapped ? webauthnData(flags, data, reader) : { extensions: new Uint8Array(), data }
  reader.end()
  if (inner === null || (!wrapped && algorithm !== name)) return null
  return Buffer.concat([
    hash('sha256', application, 'buffer'),
    state,
    inner.extensions,
    hash('sha256', inner.data, 'buffer'),
  ])
}

/** A browser's wrapping; challenge and origin stand at the front, as OpenSSH wants them. */
function webauthnData(flags: number, data: Uint8Array, reader: SshReader) {
  const origin = Buffer.from(reader.string()).toString()
  const clientData = reader.string()
  const extensions = reader.string()
  const challenge = Buffer.from(data).toString('base64url')
  const front = `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`
  const consistent = (flags & ATTESTED) === 0 && ((flags & EXTENDED) !== 0) === extensions.length > 0
  if (!consistent || origin.includes('"') || !startsWith(clientData, Buffer.from(front))) return null
  return { extensions, data: clientData }
}

function verifyPlain(
  key: Exclude<SshKey, { kind: 'rsa' }>,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.kind === 'ed25519') return verifyEd25519(key.key, data, signature)
  const { size } = CURVES[key.curve]
  const reader = new SshReader(signature)
  const [r, s] = [reader.positive(), reader.positive()]
  reader.end()
  if (r.length > size || s.length > size) return false
  const padded = Buffer.concat([Buffer.alloc(size - r.length), r, Buffer.alloc(size - s.length), s])
  return verify(HASH_OF[key.curve], data, { key: key.key, dsaEncoding: 'ieee-p1363' }, padded)
}
// RFC 5656 section 6.2.1.
const HASH_OF = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const

function verifyRsa(
  { key, size }: { readonly key: KeyObject; readonly size: number },
  algorithm: string,
  data: Uint8Array,
  value: Uint8Array,
  reader: SshReader,
): boolean {
  reader.end()
  const digest = RSA_HASH[algorithm]
  return digest !== undefined && value.length === size && verify(digest, data, key, value)
}
// RFC 8332. `ssh-rsa`, which is SHA-1, is left out.
const RSA_HASH: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }

function startsWith(bytes: Uint8Array, front: Uint8Array): boolean {
  return bytes.length >= front.length && sameBytes(bytes.subarray(0, front.length), front)
}
