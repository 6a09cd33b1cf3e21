import { hex } from './bytes.ts'
import { must } from './fault.ts'

/**
 * Whether an Ed25519 key (RFC 8032) can be disowned. Runtimes verify under encodings that are not canonical and under
 * points of small order; who holds such a key can make signatures that hold for one verifier and not for another.
 */
export function checkEd25519Key(raw: Uint8Array): void {
  must(raw.length === 32, `an Ed25519 key has 32 bytes, not ${raw.length}`)
  const name = hex(raw)
  const fault = judged.get(name) ?? faultOf(raw)
  // A pack names the same few keys again and again, and the arithmetic takes milliseconds.
  if (judged.size < MAX_JUDGED) judged.set(name, fault)
  must(fault === '', fault)
}
const judged = new Map<string, string>()
const MAX_JUDGED = 1000

/** `SubjectPublicKeyInfo` of RFC 8410 section 4. */
export function ed25519Spki(raw: Uint8Array): Uint8Array {
  return Uint8Array.of(...SPKI_PREFIX, ...raw)
}
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

/** Empty where there is none. */
function faultOf(raw: Uint8Array): string {
  const point = pointOf(raw)
  if (point === null) return 'the Ed25519 key is not the canonical encoding of a point'
  const prime = !isNeutral(point) && isNeutral(times(point, ORDER))
  return prime ? '' : 'the Ed25519 key is not a point of prime order'
}

const P = (1n << 255n) - 19n
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n
const ROOT_OF_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752n

/** (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z: RFC 8032 section 5.1.4. */
type Point = readonly [bigint, bigint, bigint, bigint]

/** RFC 8032 section 5.1.3. Null for `y >= p`, for a y that is on no point, and for a sign of x = 0. */
function pointOf(raw: Uint8Array): Point | null {
  const encoded = raw.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  const y = encoded & ((1n << 255n) - 1n)
  const odd = encoded >> 255n
  if (y >= P) return null
  const u = modP(y * y - 1n)
  const v = modP(D * y * y + 1n)
  const candidate = modP(u * v ** 3n * powerP(modP(u * v ** 7n), (P - 5n) / 8n))
  const x = [candidate, modP(candidate * ROOT_OF_MINUS_ONE)].find((root) => modP(v * root * root) === u)
  if (x === undefined || (x === 0n && odd === 1n)) return null
  const signed = (x & 1n) === odd ? x : P - x
  return [signed, y, 1n, modP(signed * y)]
}

function times(point: Point, factor: bigint): Point {
  let sum: Point = [0n, 1n, 1n, 0n]
  for (const bit of factor.toString(2)) {
    sum = plus(sum, sum)
    if (bit === '1') sum = plus(sum, point)
  }
  return sum
}

/** The addition of RFC 8032 section 5.1.4 is complete: it doubles too. */
function plus([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = modP((y1 - x1) * (y2 - x2))
  const b = modP((y1 + x1) * (y2 + x2))
  const c = modP(t1 * 2n * D * t2)
  const d = modP(z1 * 2n * z2)
  const e = b - a
  const f = d - c
  const g = d + c
  const h = b + a
  return [modP(e * f), modP(g * h), modP(f * g), modP(e * h)]
}

function isNeutral([x, y, z]: Point): boolean {
  return x === 0n && y === z
}

function modP(value: bigint): bigint {
  return ((value % P) + P) % P
}

function powerP(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = modP(result * result)
    if (bit === '1') result = modP(result * base)
  }
  return result
}
