import { Fault, must } from './fault.ts'

/** Bytes and their texts. Every reader is strict: one text for each byte string, or none. */

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ENCODER = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text)
}

export function fromUtf8(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes)
  } catch {
    throw new Fault('invalid UTF-8')
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = (a[i] as number) - (b[i] as number)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Whether these bytes stand there. */
export function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Standard base64, padded (RFC 4648 section 4). */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** Refuses every text but the one that `base64` writes: two spellings of one signature are two notes. */
export function fromBase64(text: string): Uint8Array {
  const bytes = decoded(text)
  must(bytes !== null && base64(bytes) === text, 'base64 is not the one encoding of its bytes')
  return bytes
}

/** A hash in base64. */
export function fromBase64Hash(text: string): Uint8Array {
  const bytes = fromBase64(text)
  must(bytes.length === 32, `a hash has 32 bytes, not ${bytes.length}`)
  return bytes
}

/** Unpadded base64url (RFC 4648 section 5). */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 255)
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}

export function readU64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at)
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/
/** A size or an index: decimal, no leading zero, at most 2^53 - 1. */
export function decimal(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN
  must(Number.isSafeInteger(value), `${JSON.stringify(text.slice(0, 32))} is not a number`)
  return value
}

function decoded(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}
