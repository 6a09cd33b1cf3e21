import { createPublicKey, type KeyObject } from 'node:crypto'

/** Public keys out of their parts. Null where the parts are no key of that kind. */

export const CURVES = {
  'P-256': { size: 32, spki: '3059301306072a8648ce3d020106082a8648ce3d030107034200' },
  'P-384': { size: 48, spki: '3076301006072a8648ce3d020106052b81040022036200' },
  'P-521': { size: 66, spki: '30819b301006072a8648ce3d020106052b8104002303818600' },
} as const
export type Curve = keyof typeof CURVES

const UNCOMPRESSED = 0x04

/** `point` is the uncompressed encoding of SEC 1 section 2.3.3; OpenSSL refuses one that is not on the curve. */
export function ecPublicKey(curve: Curve, point: Uint8Array): KeyObject | null {
  const { size, spki } = CURVES[curve]
  if (point.length !== 1 + 2 * size || point[0] !== UNCOMPRESSED) return null
  return readSpki(Buffer.concat([Buffer.from(spki, 'hex'), point]))
}

/** Big-endian, without leading zeros. */
export function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): KeyObject | null {
  const jwk = { kty: 'RSA', n: base64Url(modulus), e: base64Url(exponent) }
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return null
  }
}

/** Null also for a key whose DER is another than the one that OpenSSL writes: one key, one spelling. */
export function readSpki(der: Uint8Array): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
    return key.export({ format: 'der', type: 'spki' }).equals(der) ? key : null
  } catch {
    return null
  }
}

/** What keeps an RSA key out, or null: short ones are broken, huge ones keep a verifier busy, odd ones are traps. */
export function rsaFault(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 3072 || modulusLength > 16_384)
    return `an RSA key has 3072 to 16384 bits, not ${modulusLength}`
  if (publicExponent < 65_537n || publicExponent >= 2n ** 32n || publicExponent % 2n === 0n)
    return `an RSA key does not have the exponent ${publicExponent}`
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url')
  return ((modulus.at(-1) ?? 0) & 1) === 1 ? null : 'an RSA key does not have an even modulus'
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
