import { hash, type KeyObject, verify } from 'node:crypto'
import { ed25519Fault, rawEd25519PublicKey } from './ed25519.ts'
import { readSpki, rsaFault } from './public-key.ts'

/** WebAuthn assertions, kept and verified years later: WebAuthn Level 2 section 7.2, without the ceremony's server. */
export interface WebauthnKey {
  /** A domain. */
  readonly relyingParty: string
  /** The one web origin in which the key may sign. */
  readonly origin: string
  readonly key: KeyObject
}

const RELYING_PARTY = /^[a-z0-9.-]{1,253}$/
const ORIGIN = /^(?:https:\/\/[a-z0-9.-]{1,253}|http:\/\/localhost)(?::[1-9][0-9]{0,4})?$/
const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40
const EXTENDED = 0x80
/** SHA-256 of the relying party, flags, counter: section 6.1. */
const AUTHENTICATOR_DATA = 37
const MAX_CLIENT_DATA = 8192

/** Reads relying party and origin, each behind its length, and the SubjectPublicKeyInfo. Null for any other bytes. */
export function readWebauthnKey(bytes: Uint8Array): WebauthnKey | null {
  const party = lengthPrefixed(bytes)
  const origin = party === null ? null : lengthPrefixed(party.rest)
  if (party === null || origin === null) return null
  const [relyingParty, webOrigin] = [party, origin].map(({ value }) => Buffer.from(value).toString('latin1'))
  const key = readSpki(origin.rest)
  if (key === null || relyingParty === undefined || webOrigin === undefined) return null
  if (!RELYING_PARTY.test(relyingParty) || !ORIGIN.test(webOrigin)) return null
  return HASH_OF[kindOf(key)] === undefined ? null : { relyingParty, origin: webOrigin, key }
}

/** Why the key may not be enrolled, or null. */
export function webauthnKeyFault({ key }: WebauthnKey): string | null {
  if (key.asymmetricKeyType === 'rsa') return rsaFault(key)
  return key.asymmetricKeyType === 'ed25519' ? ed25519Fault(rawEd25519PublicKey(key)) : null
}

/**
 * Whether the key's holder, present and verified by the authenticator, signed the message. False for whatever is
 * not such an assertion; throws for nothing that can be put into it.
 */
export function verifyWebauthn(key: WebauthnKey, message: Uint8Array, signature: Uint8Array): boolean {
  const authenticator = lengthPrefixed(signature)
  const client = authenticator === null ? null : lengthPrefixed(authenticator.rest)
  if (authenticator === null || client === null || client.value.length > MAX_CLIENT_DATA) return false
  if (!isPresent(authenticator.value, key.relyingParty)) return false
  if (!isClientData(client.value, message, key.origin)) return false
  const signed = Buffer.concat([authenticator.value, hash('sha256', client.value, 'buffer')])
  return verify(HASH_OF[kindOf(key.key)] ?? null, signed, key.key, client.rest)
}

function isPresent(data: Uint8Array, relyingParty: string): boolean {
  const flags = data[32] ?? 0
  const wanted = (flags & (PRESENT | VERIFIED | ATTESTED)) === (PRESENT | VERIFIED)
  const sized =
    (flags & EXTENDED) === 0 ? data.length === AUTHENTICATOR_DATA : data.length > AUTHENTICATOR_DATA
  return wanted && sized && hash('sha256', relyingParty, 'buffer').equals(data.subarray(0, 32))
}

function isClientData(bytes: Uint8Array, message: Uint8Array, origin: string): boolean {
  const data = readJson(bytes)
  if (data === null) return false
  const challenge = hash('sha256', message, 'buffer').toString('base64url')
  return (
    data['type'] === 'webauthn.get' &&
    data['challenge'] === challenge &&
    data['origin'] === origin &&
    (data['crossOrigin'] === undefined || data['crossOrigin'] === false)
  )
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
function readJson(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(UTF8.decode(bytes))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** The digest of COSE's ES256 and RS256; Ed25519 has its own. RFC 8812, RFC 9053. */
const HASH_OF: Readonly<Record<string, string | null>> = {
  'ec prime256v1': 'sha256',
  rsa: 'sha256',
  ed25519: null,
}
function kindOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve
  return curve === undefined ? (key.asymmetricKeyType ?? '') : `${key.asymmetricKeyType} ${curve}`
}

function lengthPrefixed(bytes: Uint8Array): { value: Uint8Array; rest: Uint8Array } | null {
  const [high, low] = bytes
  if (high === undefined || low === undefined) return null
  const end = 2 + high * 256 + low
  return end > bytes.length ? null : { value: bytes.subarray(2, end), rest: bytes.subarray(end) }
}
