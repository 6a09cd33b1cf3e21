import { base64url, concat, fromUtf8, readU32, sameBytes, utf8 } from './bytes.ts'
import { childrenOf, Children, bitsOf, integerBytes, oidOf, parseDer, TAG } from './der.ts'
import { checkEd25519Key } from './ed25519.ts'
import { Fault, must } from './fault.ts'
import { isPublicKey, sha256, verifySignature, type Scheme } from './runtime.ts'
import { checkRsa } from './ssh.ts'

/** WebAuthn assertions (Level 2, section 7.2), as docs/formats/ledger-statement-v1.md keeps them. */

export interface WebauthnKey {
  readonly relyingParty: string
  readonly origin: string
  readonly spki: Uint8Array
  readonly scheme: Scheme
}

const RELYING_PARTY = /^[a-z0-9.-]{1,253}$/
const WEB_ORIGIN = /^(?:https:\/\/[a-z0-9.-]{1,253}|http:\/\/localhost)(?::[1-9][0-9]{0,4})?$/

/** `u16 ‖ relying party id ‖ u16 ‖ web origin ‖ SubjectPublicKeyInfo`. */
export function parseWebauthnKey(bytes: Uint8Array): WebauthnKey {
  const [party, behindParty] = prefixed(bytes)
  const [origin, spki] = prefixed(behindParty)
  const key = { relyingParty: fromUtf8(party), origin: fromUtf8(origin), spki, scheme: schemeOf(spki) }
  must(RELYING_PARTY.test(key.relyingParty), 'not the id of a relying party')
  must(WEB_ORIGIN.test(key.origin), 'not the origin of a web page')
  must(isPublicKey(spki), 'not a public key')
  return key
}

export function checkWebauthnKey({ spki, scheme }: WebauthnKey): void {
  const bits = keyBits(spki)
  if (scheme.kind === 'ed25519') checkEd25519Key(bits)
  if (scheme.kind === 'ecdsa') must(bits[0] === 4 && bits.length === 65, 'not an uncompressed point')
  if (scheme.kind !== 'rsa') return
  const numbers = new Children(parseDer(bits))
  const [modulus, exponent] = [numbers.take(TAG.integer), numbers.take(TAG.integer)].map(integerBytes)
  numbers.end()
  checkRsa(unsigned(modulus), unsigned(exponent))
}

/** Refuses an assertion that is not one by the key for the message. */
export function checkAssertion(key: WebauthnKey, message: Uint8Array, assertion: Uint8Array): void {
  const [authenticatorData, behind] = prefixed(assertion)
  const [clientData, signature] = prefixed(behind)
  checkClientData(key, message, clientData)
  checkAuthenticatorData(key, authenticatorData)
  const signed = concat(authenticatorData, sha256(clientData))
  must(verifySignature(key.spki, key.scheme, signed, signature), 'the WebAuthn signature does not verify')
}

function checkClientData(key: WebauthnKey, message: Uint8Array, clientData: Uint8Array): void {
  const data = objectIn(fromUtf8(clientData))
  must(data['type'] === 'webauthn.get', 'the client data is not of an assertion')
  must(data['challenge'] === base64url(sha256(message)), 'the client data is of another message')
  must(data['origin'] === key.origin, 'the client data is of another web page')
  must(
    data['crossOrigin'] === undefined || data['crossOrigin'] === false,
    'the assertion was made in a frame',
  )
}

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const ATTESTED_DATA = 0x40
const EXTENSION_DATA = 0x80
function checkAuthenticatorData(key: WebauthnKey, data: Uint8Array): void {
  must(data.length >= 37, 'the authenticator data is cut off')
  must(
    sameBytes(data.subarray(0, 32), sha256(utf8(key.relyingParty))),
    'the assertion is for another relying party',
  )
  const flags = data[32] as number
  must((flags & USER_PRESENT) !== 0, 'nobody was present')
  must((flags & USER_VERIFIED) !== 0, 'who was present was not verified')
  must((flags & ATTESTED_DATA) === 0, 'the authenticator data is of a registration')
  // The counter follows. It is not evidence.
  must((flags & EXTENSION_DATA) !== 0 || data.length === 37, 'bytes behind the authenticator data')
}

const OID = {
  ec: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  ed25519: '1.3.101.112',
  rsa: '1.2.840.113549.1.1.1',
}
function schemeOf(spki: Uint8Array): Scheme {
  const [algorithm] = childrenOf(parseDer(spki), TAG.sequence)
  must(algorithm !== undefined, 'not a public key')
  const [kind, parameters] = childrenOf(algorithm, TAG.sequence)
  const name = kind === undefined ? '' : oidOf(kind)
  if (name === OID.ed25519) return { kind: 'ed25519' }
  if (name === OID.rsa) return { kind: 'rsa', digest: 'sha256' }
  if (
    name === OID.ec &&
    parameters !== undefined &&
    parameters.tag === TAG.oid &&
    oidOf(parameters) === OID.p256
  )
    return { kind: 'ecdsa', digest: 'sha256', form: 'der' }
  throw new Fault('WebAuthn keys are of P-256, Ed25519 or RSA')
}

function keyBits(spki: Uint8Array): Uint8Array {
  const parts = new Children(parseDer(spki))
  parts.take(TAG.sequence)
  const bits = bitsOf(parts.take(TAG.bits))
  parts.end()
  return bits
}

function unsigned(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  must((bytes[0] ?? 0x80) < 0x80, 'a negative number in an RSA key')
  return bytes[0] === 0 ? bytes.subarray(1) : bytes
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text)
  must(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    'the client data is not a JSON object',
  )
  return value as Readonly<Record<string, unknown>>
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('the client data is not JSON')
  }
}

/** A part behind its length, and what follows. */
function prefixed(bytes: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const length =
    bytes.length < 2 ? Number.MAX_SAFE_INTEGER : readU32(concat(new Uint8Array(2), bytes.subarray(0, 2)), 0)
  must(2 + length <= bytes.length, 'WebAuthn data is cut off')
  return [bytes.subarray(2, 2 + length), bytes.subarray(2 + length)]
}
