import { constants, createHash, type KeyObject, verify } from 'node:crypto'

import { type Certificate, readCertificate } from './certificate.ts'
import { contextTag, type DerNode, integerOf, membersOf, octetsOf, oidOf, TAG } from './der.ts'
import { sameBytes } from './merkle.ts'
import {
  algorithmOf,
  readTimestampResponse,
  type TimestampSigner,
  type TimestampToken,
} from './timestamp-token.ts'

export interface TimestampQuestion {
  /** The TimeStampResp, as it came. */
  readonly response: Uint8Array
  /** What was stamped. */
  readonly data: Uint8Array
  /** Null where the question is no longer known. */
  readonly nonce: bigint | null
  /** What the signer must lead to. */
  readonly roots: readonly Certificate[]
}

export interface Timestamp {
  /** RFC 3339 with milliseconds. */
  readonly time: string
  readonly serial: bigint
  /** From the signer to the root. */
  readonly chain: readonly Certificate[]
}

/** The token is one, and does not show what it should. */
export class TimestampInvalid extends Error {
  override readonly name = 'TimestampInvalid'
}

const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const LONGEST_CHAIN = 8
const LEAST_RSA = 2048
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/**
 * RFC 3161 section 2.4.2, RFC 5816, RFC 5652 section 5.6: imprint, nonce, signed attributes, the binding to the
 * signer's certificate, the signature, and the chain at the time of the stamp. Throws `TimestampInvalid`,
 * `TimestampRefused`, and `DerError` for what is no token.
 */
export function checkTimestamp({ response, data, nonce, roots }: TimestampQuestion): Timestamp {
  const token = readTimestampResponse(response)
  const { info, signer } = token
  const hash = HASHES[info.hash]
  if (hash === undefined || !sameBytes(info.digest, digest(hash, data)))
    throw invalid('it stamps something else')
  if (nonce !== null && info.nonce !== nonce) throw invalid('it answers another question: the nonce differs')
  requireAttributes(token)
  const known = token.certificates.map(readCertificate)
  const certificate = signerIn(known, signer)
  requireUsage(certificate)
  if (!isSignedBy(signer, certificate)) throw invalid('its signature does not verify')
  return {
    time: info.time,
    serial: info.serial,
    chain: chainTo(certificate, known, roots, new Date(info.time)),
  }
}

function requireAttributes({ infoBytes, signer }: TimestampToken): void {
  const type = signer.attributes.get(CONTENT_TYPE)
  if (type === undefined || oidOf(type) !== TST_INFO) throw invalid('it does not sign that it is a timestamp')
  const hash = HASHES[signer.digestAlgorithm]
  const signed = signer.attributes.get(MESSAGE_DIGEST)
  if (hash === undefined || signed === undefined || !sameBytes(octetsOf(signed), digest(hash, infoBytes)))
    throw invalid('its signature is over other contents')
}

/** The certificate that the signed attributes name: without them, another one with the same key would do as well. */
function signerIn(known: readonly Certificate[], { attributes, id }: TimestampSigner): Certificate {
  const named = certificateHash(attributes)
  const found = known.find((one) => sameBytes(digest(named.hash, one.der), named.digest) && isNamed(one, id))
  if (found === undefined)
    throw invalid("the signer's certificate is missing, or is not the one that it names")
  return found
}

function isNamed(one: Certificate, id: TimestampSigner['id']): boolean {
  if ('keyId' in id) return one.keyId !== null && sameBytes(one.keyId, id.keyId)
  return one.serial === id.serial && sameBytes(one.issuer, id.issuer)
}

/** ESSCertIDv2 of RFC 5035, or ESSCertID of RFC 2634, whose hash is SHA-1. */
function certificateHash(attributes: TimestampSigner['attributes']): { hash: string; digest: Uint8Array } {
  const second = attributes.get(SIGNING_CERTIFICATE_V2)
  const first = second ?? attributes.get(SIGNING_CERTIFICATE)
  if (first === undefined) throw invalid('it does not say which certificate signed it')
  const id = membersOf(membersOf(membersOf(first).next(TAG.sequence)).next(TAG.sequence))
  if (second === undefined) return { hash: 'sha1', digest: octetsOf(id.next()) }
  const algorithm = id.optional(TAG.sequence)
  const hash = algorithm === null ? 'sha256' : HASHES[algorithmOf(algorithm).oid]
  if (hash === undefined) throw invalid('it names its certificate by a hash that is not known here')
  return { hash, digest: octetsOf(id.next()) }
}

/** RFC 3161 section 2.3: for this alone, and critical. */
function requireUsage({ usages }: Certificate): void {
  if (usages === null || !usages.critical || usages.oids.length !== 1 || usages.oids[0] !== TIME_STAMPING)
    throw invalid("the signer's certificate is not for timestamps alone")
}

function isSignedBy(
  { algorithm, digestAlgorithm, signedBytes, signature }: TimestampSigner,
  { x509 }: Certificate,
): boolean {
  const scheme = schemeOf(algorithm, digestAlgorithm)
  return (
    scheme !== null &&
    orFalse(() => {
      const key = x509.publicKey
      return (
        isStrong(key, scheme.key) && verify(scheme.hash, signedBytes, { key, ...scheme.options }, signature)
      )
    })
  )
}

/** OpenSSL throws for keys and signatures that it cannot read; whoever made them meant them to be one or the other. */
function orFalse(look: () => boolean): boolean {
  try {
    return look()
  } catch {
    return false
  }
}

interface Scheme {
  readonly key: 'rsa' | 'ec' | 'ed25519'
  readonly hash: string | null
  readonly options: object
}

const PKCS1: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
}
const ECDSA: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}
const RSA = '1.2.840.113549.1.1.1'
const PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const ED25519 = '1.3.101.112'

/** Null for what is not known or no longer good enough, SHA-1 above all. */
function schemeOf(algorithm: TimestampSigner['algorithm'], digestAlgorithm: string): Scheme | null {
  const { oid, parameters } = algorithm
  const pkcs1 = oid === RSA ? HASHES[digestAlgorithm] : PKCS1[oid]
  if (pkcs1 !== undefined)
    return { key: 'rsa', hash: pkcs1, options: { padding: constants.RSA_PKCS1_PADDING } }
  const ecdsa = ECDSA[oid]
  if (ecdsa !== undefined) return { key: 'ec', hash: ecdsa, options: { dsaEncoding: 'der' } }
  if (oid === ED25519) return { key: 'ed25519', hash: null, options: {} }
  return oid === PSS && parameters !== null ? pssOf(parameters) : null
}

/** RFC 4055 section 3.1; the defaults there are SHA-1, so each part has to be said. */
function pssOf(parameters: DerNode): Scheme | null {
  const members = membersOf(parameters)
  const hash = HASHES[algorithmOf(membersOf(members.next(contextTag(0)), contextTag(0)).next()).oid]
  const mask = algorithmOf(membersOf(members.next(contextTag(1)), contextTag(1)).next())
  const saltLength = Number(integerOf(membersOf(members.next(contextTag(2)), contextTag(2)).next()))
  members.end()
  if (mask.parameters === null || hash === undefined) return null
  if (mask.oid !== MGF1 || HASHES[algorithmOf(mask.parameters).oid] !== hash) return null
  return { key: 'rsa', hash, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } }
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, kind: Scheme['key']): boolean {
  if (kind === 'rsa')
    return (
      asymmetricKeyType?.startsWith('rsa') === true && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA
    )
  if (kind === 'ec')
    return asymmetricKeyType === 'ec' && CURVES.includes(asymmetricKeyDetails?.namedCurve ?? '')
  return asymmetricKeyType === 'ed25519'
}

/** From the signer to one of the roots, each valid at the time, each signed by the next with a hash that still holds. */
function chainTo(
  signer: Certificate,
  known: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
): readonly Certificate[] {
  const chain = [signer]
  for (;;) {
    const last = chain.at(-1) as Certificate
    if (last.x509.validFromDate > at || at > last.x509.validToDate)
      throw invalid('a certificate of its chain was not valid at the time of the stamp')
    if (roots.some((root) => sameBytes(root.der, last.der))) return chain
    const issuer = [...roots, ...known].find((one) => hasIssued(one, last))
    if (issuer === undefined || chain.length === LONGEST_CHAIN || chain.includes(issuer))
      throw invalid('its chain does not lead to a root that is trusted here')
    chain.push(issuer)
  }
}

function hasIssued(issuer: Certificate, issued: Certificate): boolean {
  const isModern =
    issued.algorithm in PKCS1 || issued.algorithm in ECDSA || [PSS, ED25519].includes(issued.algorithm)
  return (
    isModern &&
    orFalse(
      () =>
        issuer.x509.ca && issued.x509.checkIssued(issuer.x509) && issued.x509.verify(issuer.x509.publicKey),
    )
  )
}

function digest(hash: string, bytes: Uint8Array): Uint8Array {
  return createHash(hash).update(bytes).digest()
}

function invalid(why: string): TimestampInvalid {
  return new TimestampInvalid(why)
}
