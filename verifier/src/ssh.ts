import { base64url, concat, fromUtf8, readU32, sameBytes, u32, utf8 } from './bytes.ts'
import { der, TAG } from './der.ts'
import { checkEd25519Key, ed25519Spki } from './ed25519.ts'
import { Fault, must } from './fault.ts'
import { digest, isPublicKey, sha256, verifySignature, type Digest } from './runtime.ts'

/** SSH public keys (RFC 4253, 5656, 8709, PROTOCOL.u2f) and the signatures of `ssh-keygen -Y sign` (PROTOCOL.sshsig). */

export interface SshKey {
  readonly type: KeyType
  readonly spki: Uint8Array
  /** Of a security key: what the key signs with every message. */
  readonly application: Uint8Array | null
  /** The raw point, or the modulus with its exponent. */
  readonly raw: readonly Uint8Array[]
}

const KEY_TYPES = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
] as const
type KeyType = (typeof KEY_TYPES)[number]

/** A public key in wire form: the second word of a `.pub` file, decoded. */
export function parseSshKey(bytes: Uint8Array): SshKey {
  const wire = new Wire(bytes)
  const name = wire.text()
  const type = KEY_TYPES.find((known) => known === name)
  if (type === undefined)
    throw new Fault(`SSH keys of type ${JSON.stringify(name.slice(0, 64))} are not supported`)
  const key = keyOf(type, wire)
  wire.end()
  must(isPublicKey(key.spki), `not a key of type ${type}`)
  return key
}

/** What an enrolment asks of a key beyond being one: docs/formats/ledger-keys-v1.md, "Roles". */
export function checkSshKey({ type, raw }: SshKey): void {
  const [first = new Uint8Array(), exponent = new Uint8Array()] = raw
  if (type === 'ssh-ed25519' || type === 'sk-ssh-ed25519@openssh.com') return checkEd25519Key(first)
  if (type === 'ssh-rsa') checkRsa(first, exponent)
}

/** A modulus of 3,072 to 16,384 bits, odd; an exponent that is odd, at least 65,537 and below 2^32. */
export function checkRsa(modulus: Uint8Array, exponent: Uint8Array): void {
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  must(bits >= 3072 && bits <= 16_384, `an RSA key of ${bits} bits`)
  const e = exponent.length <= 4 ? exponent.reduce((value, byte) => value * 256 + byte, 0) : 0
  must(
    (modulus.at(-1) ?? 0) % 2 === 1 && e >= 65_537 && e % 2 === 1,
    'an RSA key with a weak modulus or exponent',
  )
}

/** Refuses a signature that is not one by `publicKey` (wire form) over the message in the namespace. */
export function checkSshSignature(
  publicKey: Uint8Array,
  namespace: string,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  const wire = new Wire(signature)
  must(sameBytes(wire.take(6), MAGIC) && wire.u32() === 1, 'not an SSH signature of version 1')
  must(sameBytes(wire.string(), publicKey), 'the SSH signature is by another key')
  must(sameBytes(wire.string(), utf8(namespace)), 'the SSH signature was made for another namespace')
  must(wire.string().length === 0, 'the SSH signature uses its reserved field')
  const hashName = wire.text()
  must(
    hashName === 'sha256' || hashName === 'sha512',
    `the SSH signature hashes with ${JSON.stringify(hashName)}`,
  )
  const inner = wire.string()
  wire.end()
  const fields = [utf8(namespace), new Uint8Array(), utf8(hashName), digest(hashName, message)].map(asString)
  must(
    isSignedBy(parseSshKey(publicKey), concat(MAGIC, ...fields), inner),
    'the SSH signature does not verify',
  )
}

const MAGIC = utf8('SSHSIG')
const CURVES = {
  'ecdsa-sha2-nistp256': {
    curve: 'nistp256',
    size: 32,
    digest: 'sha256',
    oid: [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
  },
  'ecdsa-sha2-nistp384': { curve: 'nistp384', size: 48, digest: 'sha384', oid: [0x2b, 0x81, 4, 0, 34] },
  'ecdsa-sha2-nistp521': { curve: 'nistp521', size: 66, digest: 'sha512', oid: [0x2b, 0x81, 4, 0, 35] },
} as const
const SK_ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com'
const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com'
/** PROTOCOL.u2f: bit 0 of the flags, a person touched the key. */
const PRESENT = 1

function keyOf(type: KeyType, wire: Wire): SshKey {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com': {
      const raw = wire.string()
      must(raw.length === 32, 'an Ed25519 key has 32 bytes')
      const application = type === 'ssh-ed25519' ? null : wire.string()
      return { type, spki: ed25519Spki(raw), application, raw: [raw] }
    }
    case 'ssh-rsa': {
      const exponent = wire.positive()
      const modulus = wire.positive()
      must(modulus.length <= 2048 && exponent.length <= 8, 'an RSA key that is too large')
      return { type, spki: rsaSpki(modulus, exponent), application: null, raw: [modulus, exponent] }
    }
    default: {
      const { curve, size, oid } = CURVES[type === SK_ECDSA ? 'ecdsa-sha2-nistp256' : type]
      must(wire.text() === curve, 'the curve is not the one of the key type')
      const raw = wire.string()
      must(raw[0] === 4 && raw.length === 1 + 2 * size, 'not an uncompressed point')
      const application = type === SK_ECDSA ? wire.string() : null
      return { type, spki: ecSpki(oid, raw), application, raw: [raw] }
    }
  }
}

function isSignedBy(key: SshKey, message: Uint8Array, signature: Uint8Array): boolean {
  const wire = new Wire(signature)
  const algorithm = wire.text()
  const value = wire.string()
  switch (key.type) {
    case 'ssh-ed25519':
      must(algorithm === key.type, 'the algorithm is not the one of the key')
      wire.end()
      return verifySignature(key.spki, { kind: 'ed25519' }, message, value)
    case 'sk-ssh-ed25519@openssh.com': {
      must(algorithm === key.type, 'the algorithm is not the one of the key')
      const signed = signedBySecurityKey(key, wire, message)
      wire.end()
      return verifySignature(key.spki, { kind: 'ed25519' }, signed, value)
    }
    case SK_ECDSA: {
      must(algorithm === key.type || algorithm === WEBAUTHN, 'the algorithm is not the one of the key')
      const raw = rawPair(value, 32)
      const signed =
        algorithm === WEBAUTHN ? signedInBrowser(key, wire, message) : signedBySecurityKey(key, wire, message)
      wire.end()
      return verifySignature(key.spki, { kind: 'ecdsa', digest: 'sha256', form: 'raw' }, signed, raw)
    }
    case 'ssh-rsa': {
      const hash = RSA_DIGESTS.get(algorithm)
      if (hash === undefined)
        throw new Fault(`RSA signatures of kind ${JSON.stringify(algorithm)} are not supported`)
      wire.end()
      must(value.length === key.raw[0]?.length, 'an RSA signature is as long as the modulus')
      return verifySignature(key.spki, { kind: 'rsa', digest: hash }, message, value)
    }
    default: {
      must(algorithm === key.type, 'the algorithm is not the one of the key')
      wire.end()
      const { size, digest } = CURVES[key.type]
      return verifySignature(key.spki, { kind: 'ecdsa', digest, form: 'raw' }, message, rawPair(value, size))
    }
  }
}
const RSA_DIGESTS: ReadonlyMap<string, Digest> = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
])

/** PROTOCOL.u2f: SHA-256(application), flags, counter, SHA-256(message). */
function signedBySecurityKey(key: SshKey, wire: Wire, message: Uint8Array): Uint8Array {
  const flags = wire.take(1)
  const counter = wire.take(4)
  must(((flags[0] as number) & PRESENT) !== 0, 'the security key was not touched')
  return concat(sha256(key.application ?? new Uint8Array()), flags, counter, sha256(message))
}

/** PROTOCOL.u2f, "webauthn signatures": the browser puts the message into its client data. */
function signedInBrowser(key: SshKey, wire: Wire, message: Uint8Array): Uint8Array {
  const flags = wire.take(1)
  const counter = wire.take(4)
  const origin = wire.text()
  const clientData = wire.string()
  const extensions = wire.string()
  must(((flags[0] as number) & PRESENT) !== 0, 'the security key was not touched')
  must(extensions.length > 0 === (flags[0] as number) >= 0x80, 'extensions do not fit the flags')
  const challenge = base64url(message)
  // OpenSSH compares the beginning as bytes, so that no JSON parser has a say in it.
  const expected = utf8(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`)
  must(sameBytes(clientData.subarray(0, expected.length), expected), 'the client data is of another message')
  must(!/["\\]/.test(origin), 'a malformed web origin')
  return concat(sha256(key.application ?? new Uint8Array()), flags, counter, extensions, sha256(clientData))
}

/** Two integers in wire form as `r ‖ s` of a fixed length. */
function rawPair(bytes: Uint8Array, size: number): Uint8Array {
  const wire = new Wire(bytes)
  const pair = [wire.positive(), wire.positive()].map((value) => {
    must(value.length <= size, 'a number of an ECDSA signature is too large')
    return concat(new Uint8Array(size - value.length), value)
  })
  wire.end()
  return concat(...pair)
}

function asString(bytes: Uint8Array): Uint8Array {
  return concat(u32(bytes.length), bytes)
}

// 1.2.840.10045.2.1, id-ecPublicKey
const EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]
function ecSpki(curve: readonly number[], point: Uint8Array): Uint8Array {
  const algorithm = der(
    TAG.sequence,
    der(TAG.oid, Uint8Array.from(EC_PUBLIC_KEY)),
    der(TAG.oid, Uint8Array.from(curve)),
  )
  return der(TAG.sequence, algorithm, der(TAG.bits, Uint8Array.of(0), point))
}

// 1.2.840.113549.1.1.1, rsaEncryption, with NULL
const RSA_ALGORITHM = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]
function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const numbers = [modulus, exponent].map((value) =>
    der(TAG.integer, (value[0] as number) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), value),
  )
  return der(
    TAG.sequence,
    Uint8Array.from(RSA_ALGORITHM),
    der(TAG.bits, Uint8Array.of(0), der(TAG.sequence, ...numbers)),
  )
}

/** RFC 4251 section 5. */
class Wire {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(length: number): Uint8Array {
    must(this.#at + length <= this.#bytes.length, 'SSH data is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u32(): number {
    return readU32(this.take(4), 0)
  }

  string(): Uint8Array {
    return this.take(this.u32())
  }

  text(): string {
    return fromUtf8(this.string())
  }

  /** An mpint above zero in its one, shortest form, without the sign's byte. */
  positive(): Uint8Array {
    const bytes = this.string()
    const [first = 0, second = 0] = bytes
    must(
      bytes.length > 0 && first < 0x80 && !(first === 0 && second < 0x80),
      'not the one form of a positive number',
    )
    return first === 0 ? bytes.subarray(1) : bytes
  }

  end(): void {
    must(this.#at === this.#bytes.length, 'bytes behind SSH data')
  }
}
