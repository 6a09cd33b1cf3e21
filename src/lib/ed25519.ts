import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** Ed25519 (RFC 8032) over raw 32-byte public keys. */

export const PUBLIC_KEY_SIZE = 32
export const SIGNATURE_SIZE = 64

// SubjectPublicKeyInfo up to the key itself: RFC 8410 section 4.
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** Throws `RangeError` unless `raw` has 32 bytes; whether they are a point shows when a signature is verified. */
export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== PUBLIC_KEY_SIZE)
    throw new RangeError(`an Ed25519 public key has 32 bytes, not ${raw.length}`)
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
}

/** The 32 bytes of a private or public Ed25519 key's public half. */
export function rawEd25519PublicKey(key: KeyObject): Uint8Array {
  const half = key.type === 'private' ? createPublicKey(key) : key
  return half.export({ format: 'der', type: 'spki' }).subarray(SPKI.length)
}

export function signEd25519(privateKey: KeyObject, message: Uint8Array): Uint8Array {
  return sign(null, message, privateKey)
}

export function verifyEd25519(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_SIZE && verify(null, message, publicKey, signature)
}

/**
 * Whether a key may be enrolled: the canonical encoding of a point of prime order. OpenSSL verifies under others as
 * well, and whoever holds one can make signatures on which two verifiers disagree, and so repudiate what he signed.
 */
export function isEnrollable(raw: Uint8Array): boolean {
  const point = raw.length === PUBLIC_KEY_SIZE ? decodePoint(raw) : null
  return point !== null && !isNeutral(point) && isNeutral(multiply(ORDER, point))
}

/** Why the key may not be enrolled, or null. */
export function ed25519Fault(raw: Uint8Array): string | null {
  return isEnrollable(raw)
    ? null
    : 'the key is not the canonical encoding of a point of prime order: its holder could disown signatures'
}

const P = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const D = mod(-121665n * inverse(121666n))
const SQRT_MINUS_ONE = power(2n, (P - 1n) / 4n)

/** Extended homogeneous coordinates: x = X/Z, y = Y/Z, x * y = T/Z. RFC 8032 section 5.1.4. */
interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
  readonly t: bigint
}
const NEUTRAL: Point = { x: 0n, y: 1n, z: 1n, t: 0n }

/** RFC 8032 section 5.1.3, strictly: null for y >= p, for no point, and for the sign of a zero. */
function decodePoint(raw: Uint8Array): Point | null {
  const encoded = BigInt(`0x${Buffer.from(raw).reverse().toString('hex')}`)
  const sign = encoded >> 255n
  const y = encoded & (2n ** 255n - 1n)
  const root = y < P ? squareRoot(mod(y * y - 1n), mod(D * y * y + 1n)) : null
  if (root === null || (root === 0n && sign === 1n)) return null
  const x = (root & 1n) === sign ? root : P - root
  return { x, y, z: 1n, t: mod(x * y) }
}

/** A square root of u/v, or null. */
function squareRoot(u: bigint, v: bigint): bigint | null {
  const candidate = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n))
  const check = mod(v * candidate * candidate)
  if (check === u) return candidate
  return check === mod(-u) ? mod(candidate * SQRT_MINUS_ONE) : null
}

function multiply(factor: bigint, point: Point): Point {
  let result = NEUTRAL
  let doubled = point
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = add(result, doubled)
    doubled = add(doubled, doubled)
  }
  return result
}

/** Complete on this curve, so it doubles as well: RFC 8032 section 5.1.4. */
function add(a: Point, b: Point): Point {
  const m = mod((a.y - a.x) * (b.y - b.x))
  const n = mod((a.y + a.x) * (b.y + b.x))
  const c = mod(2n * D * a.t * b.t)
  const d = mod(2n * a.z * b.z)
  const [e, f, g, h] = [n - m, d - c, d + c, n + m]
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) }
}

function isNeutral({ x, y, z }: Point): boolean {
  return x === 0n && y === z
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}
