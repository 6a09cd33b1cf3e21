import { constants, createPublicKey, hash, verify, type KeyObject, type SigningOptions } from 'node:crypto'

/**
 * The cryptography of the runtime, and the only file of the core that knows which runtime it is. A browser replaces
 * this file; nothing else names Node.
 */

export type Digest = 'sha256' | 'sha384' | 'sha512'

/** How a signature is made. ECDSA signatures are `r ‖ s` (`raw`) or a DER sequence. */
export type Scheme =
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'ecdsa'; readonly digest: Digest; readonly form: 'der' | 'raw' }
  | { readonly kind: 'rsa'; readonly digest: Digest }
  | { readonly kind: 'rsa-pss'; readonly digest: Digest; readonly salt: number }

export function sha256(input: Uint8Array): Uint8Array {
  return digest('sha256', input)
}

export function digest(algorithm: Digest, input: Uint8Array): Uint8Array {
  return Buffer.from(hash(algorithm, input, 'binary'), 'latin1')
}

/** SHA-256 as 32 characters, one for each byte: where millions are made, bytes would have to be collected again. */
export function sha256Text(input: Uint8Array): string {
  return hash('sha256', input, 'binary')
}

/** Whether `spki` (SubjectPublicKeyInfo, DER) holds a key; of an elliptic curve, one that lies on it. */
export function isPublicKey(spki: Uint8Array): boolean {
  return keyOf(spki) !== null
}

/** False for whatever is not a signature by that key; throws for nothing. */
export function verifySignature(
  spki: Uint8Array,
  scheme: Scheme,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = keyOf(spki)
  if (key === null || key.asymmetricKeyType !== KEY_TYPES[scheme.kind]) return false
  try {
    return verify(
      scheme.kind === 'ed25519' ? null : scheme.digest,
      message,
      { key, ...optionsOf(scheme) },
      signature,
    )
  } catch {
    return false
  }
}
const KEY_TYPES = { ed25519: 'ed25519', ecdsa: 'ec', rsa: 'rsa', 'rsa-pss': 'rsa' } as const

function optionsOf(scheme: Scheme): SigningOptions {
  if (scheme.kind === 'ecdsa') return { dsaEncoding: scheme.form === 'der' ? 'der' : 'ieee-p1363' }
  if (scheme.kind === 'rsa-pss') return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.salt }
  return {}
}

function keyOf(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return null
  }
}
