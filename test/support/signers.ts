import { createPrivateKey, createPublicKey, hash, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { type NoteKey, noteKeyOf } from '../../src/lib/note-key.ts'
import { CURVES, ecPublicKey } from '../../src/lib/public-key.ts'
import { rawEd25519PublicKey, signEd25519 } from '../../src/lib/ed25519.ts'
import { signatureLine } from '../../src/lib/signed-note.ts'
import { sshString } from '../../src/lib/ssh-wire.ts'

/**
 * Keys of every kind in software, that sign the same bytes each time: what OpenSSH, a security key and a browser do,
 * written a second time for vectors and tests.
 */
export interface SoftwareSigner {
  readonly key: NoteKey
  readonly sign: (message: string, namespace: string) => Uint8Array
}

export const SIGNER_KINDS = [
  'ed25519',
  'ssh-ed25519',
  'sk-ssh-ed25519',
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'sk-ecdsa',
  'webauthn-sk-ecdsa',
  'ssh-rsa',
  'webauthn-es256',
  'webauthn-eddsa',
  'webauthn-rs256',
] as const
export type SignerKind = (typeof SIGNER_KINDS)[number]

export const PARTY = 'ports.example.com'
export const WEB_ORIGIN = 'https://ports.example.com'

/** The same name and label are the same key. */
export function softwareSigner(kind: SignerKind, name: string, label = name): SoftwareSigner {
  const seed = (length: number) => expand(`${kind} ${label}`, length)
  switch (kind) {
    case 'ed25519': {
      const pair = ed25519Pair(seed(32))
      return { key: noteKeyOf(name, 'ed25519', pair.raw), sign: (message) => pair.sign(Buffer.from(message)) }
    }
    case 'ssh-ed25519':
      return ssh(name, [sshString('ssh-ed25519'), sshString(ed25519Pair(seed(32)).raw)], (data) => [
        sshString('ssh-ed25519'),
        sshString(ed25519Pair(seed(32)).sign(data)),
      ])
    case 'sk-ssh-ed25519': {
      const type = 'sk-ssh-ed25519@openssh.com'
      const pair = ed25519Pair(seed(32))
      return ssh(name, [sshString(type), sshString(pair.raw), sshString('ssh:')], (data) => [
        sshString(type),
        sshString(pair.sign(tokenData(sha256(data)))),
        TOUCHED,
      ])
    }
    case 'ecdsa-p256':
      return ecdsa(name, 'P-256', seed(48))
    case 'ecdsa-p384':
      return ecdsa(name, 'P-384', seed(72))
    case 'ecdsa-p521':
      return ecdsa(name, 'P-521', seed(99))
    case 'sk-ecdsa':
      return token(name, seed(48), 'sk-ecdsa-sha2-nistp256@openssh.com', (data) => [data])
    case 'webauthn-sk-ecdsa':
      return token(name, seed(48), 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com', (data) => {
        const challenge = Buffer.from(data).toString('base64url')
        return [
          Buffer.from(
            `{"type":"webauthn.get","challenge":"${challenge}","origin":"${WEB_ORIGIN}","crossOrigin":false}`,
          ),
          sshString(WEB_ORIGIN),
        ]
      })
    case 'ssh-rsa': {
      const { n = '', e = '' } = RSA.export({ format: 'jwk' })
      const [modulus, exponent] = [n, e].map((part) => mpint(Buffer.from(part, 'base64url')))
      return ssh(name, [sshString('ssh-rsa'), exponent ?? Buffer.of(), modulus ?? Buffer.of()], (data) => [
        sshString('rsa-sha2-512'),
        sshString(sign('sha512', data, RSA)),
      ])
    }
    case 'webauthn-es256': {
      const secret = p256.utils.randomSecretKey(seed(48))
      return webauthn(name, spkiOf('P-256', secret), (data) => p256.sign(data, secret, { format: 'der' }))
    }
    case 'webauthn-eddsa': {
      const pair = ed25519Pair(seed(32))
      return webauthn(name, pair.spki, pair.sign)
    }
    case 'webauthn-rs256':
      return webauthn(name, createPublicKey(RSA).export({ format: 'der', type: 'spki' }), (data) =>
        sign('sha256', data, RSA),
      )
  }
  throw new Error(`no signer of kind ${String(kind)}`)
}

/** The signature line of a statement's text. */
export function signedLine({ key, sign }: SoftwareSigner, text: string): string {
  return signatureLine({
    name: key.name,
    keyId: key.keyId,
    signature: sign(text, 'portreeve.dev/statement/v1'),
  })
}

function ssh(
  name: string,
  blob: readonly Uint8Array[],
  signature: (data: Uint8Array) => readonly Uint8Array[],
): SoftwareSigner {
  const publicKey = Buffer.concat(blob)
  return {
    key: noteKeyOf(name, 'sshsig', publicKey),
    sign: (message, namespace) => {
      const meant = [sshString(namespace), sshString(''), sshString('sha512')]
      const digest = sshString(hash('sha512', message, 'buffer'))
      const data = Buffer.concat([Buffer.from('SSHSIG'), ...meant, digest])
      const version = Buffer.from([0, 0, 0, 1])
      const parts = [Buffer.from('SSHSIG'), version, sshString(publicKey), ...meant]
      return Buffer.concat([...parts, sshString(Buffer.concat(signature(data)))])
    },
  }
}

const NOBLE = { 'P-256': p256, 'P-384': p384, 'P-521': p521 }
type Curve = keyof typeof NOBLE

function ecdsa(name: string, curve: Curve, seed: Uint8Array): SoftwareSigner {
  const secret = NOBLE[curve].utils.randomSecretKey(seed)
  const nist = curve.replace('P-', 'nistp')
  const type = sshString(`ecdsa-sha2-${nist}`)
  return ssh(name, [type, sshString(nist), sshString(pointOf(curve, secret))], (data) => [
    type,
    sshString(rAndS(curve, NOBLE[curve].sign(data, secret))),
  ])
}

/** `wrap`: what is hashed in place of the data, and what follows flags and counter. */
function token(
  name: string,
  seed: Uint8Array,
  algorithm: string,
  wrap: (data: Uint8Array) => readonly [Uint8Array, Uint8Array?],
): SoftwareSigner {
  const secret = p256.utils.randomSecretKey(seed)
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com'
  const blob = [
    sshString(type),
    sshString('nistp256'),
    sshString(pointOf('P-256', secret)),
    sshString('ssh:'),
  ]
  return ssh(name, blob, (data) => {
    const [inner, origin] = wrap(data)
    const value = rAndS('P-256', p256.sign(tokenData(sha256(inner)), secret))
    const more = origin === undefined ? [] : [origin, sshString(inner), sshString('')]
    return [sshString(algorithm), sshString(value), TOUCHED, ...more]
  })
}

/** Flags and counter of a touch. */
const TOUCHED = Buffer.from([1, 0, 0, 0, 9])
function tokenData(digest: Uint8Array): Uint8Array {
  return Buffer.concat([sha256('ssh:'), TOUCHED, digest])
}

function webauthn(name: string, spki: Uint8Array, signer: (data: Uint8Array) => Uint8Array): SoftwareSigner {
  return {
    key: noteKeyOf(name, 'webauthn', Buffer.concat([prefixed(PARTY), prefixed(WEB_ORIGIN), spki])),
    sign: (message) => {
      const authenticator = Buffer.concat([sha256(PARTY), Buffer.from([5, 0, 0, 0, 9])])
      const challenge = sha256(message).toString('base64url')
      const client = JSON.stringify({
        type: 'webauthn.get',
        challenge,
        origin: WEB_ORIGIN,
        crossOrigin: false,
      })
      const value = signer(Buffer.concat([authenticator, sha256(client)]))
      return Buffer.concat([prefixed(authenticator), prefixed(client), value])
    },
  }
}

function ed25519Pair(seed: Uint8Array) {
  // PrivateKeyInfo up to the seed: RFC 8410 section 7.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return {
    raw: rawEd25519PublicKey(key),
    spki: createPublicKey(key).export({ format: 'der', type: 'spki' }),
    sign: (data: Uint8Array) => signEd25519(key, data),
  }
}

function pointOf(curve: Curve, secret: Uint8Array): Uint8Array {
  return NOBLE[curve].getPublicKey(secret, false)
}

function spkiOf(curve: Curve, secret: Uint8Array): Uint8Array {
  const key = ecPublicKey(curve, pointOf(curve, secret))
  if (key === null) throw new Error('not a point')
  return key.export({ format: 'der', type: 'spki' })
}

function rAndS(curve: Curve, compact: Uint8Array): Uint8Array {
  const { size } = CURVES[curve]
  return Buffer.concat([mpint(compact.subarray(0, size)), mpint(compact.subarray(size))])
}

function mpint(bytes: Uint8Array): Uint8Array {
  const rest = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return sshString((rest[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), rest]) : rest)
}

function prefixed(bytes: Uint8Array | string): Uint8Array {
  const value = Buffer.from(bytes as Uint8Array)
  return Buffer.concat([Buffer.of(value.length >> 8, value.length & 255), value])
}

function sha256(bytes: Uint8Array | string): Buffer {
  return hash('sha256', bytes, 'buffer')
}

function expand(label: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    sha256(`portreeve signer ${label} ${n}`),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

/** An RSA key of 3072 bits, from two primes that anybody may know. */
const RSA = rsaKey(
  'xCWwblzF9rPBi1XcOsqYsCpFWUeAUEK2R4_3lCbAMrBEBmyA1Y7-_ljbHvDYb3fYN1TmUb_TC9Q3BoxnwMGdHKnB9zrkDfFvfyvH8noLUdv_YsH9TCQFPaFR_yhSyCEaStKZuDKTgUkSE-QfCtkPfUdm9omeKXZYapAFb9BkxeZopJ3NQGtNKtcaaTDt9YDrcj9IR7YTZGhn6-v7NW0_L4dk3PYX0AgQghqhA60vLvH47IuGojs5Em9wVO12ReGH',
  'uvuGtgOH4BIpgoUYMxc_yfM9RGXxlGJhi2w6MDZqBdshcqvjsbSSrRZn72zwh39BXiHN7EbQnycK2YRYJkXSYjQtnLIHJfGk4yvvswoq5QF--iA0oTl_W90X582olsg5S3OyLgN8v_0HxO3jqUAb4rxkRc8QSV6CBkTreZeI3NERHJ0yE9yzvL-LgKX9tVCtVuf-w0lclIgjOKpTgjRtZ1GMzbXdrURW7bJxBcUTESCbWIv9thB8k0K6glADaDu5',
)
function rsaKey(p: string, q: string): KeyObject {
  const [P, Q, E] = [numberOf(p), numberOf(q), 65_537n]
  const d = inverse(E, (P - 1n) * (Q - 1n))
  const parts = { n: P * Q, e: E, d, dp: d % (P - 1n), dq: d % (Q - 1n), qi: inverse(Q, P) }
  const texts = Object.entries(parts).map(([name, value]) => [name, textOf(value)])
  const jwk = { kty: 'RSA', p, q, ...Object.fromEntries(texts) } as JsonWebKey
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, value % modulus]
  let [t, nextT] = [0n, 1n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[t, nextT] = [nextT, t - quotient * nextT]
  }
  return t < 0n ? t + modulus : t
}

function numberOf(base64url: string): bigint {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`)
}

function textOf(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}
