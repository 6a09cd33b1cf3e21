import { hex, sameBytes } from './bytes.ts'
import {
  Children,
  childrenOf,
  context,
  integerBytes,
  oidOf,
  parseDer,
  smallInteger,
  TAG,
  timeOf,
  type Der,
} from './der.ts'
import { must } from './fault.ts'
import { digest, verifySignature, type Digest } from './runtime.ts'
import { digestOf, schemeOf } from './signature-algorithm.ts'
import { chainTo, parseCertificate, type Certificate } from './x509.ts'

/** Timestamp tokens: RFC 3161, RFC 5816 (ESSCertIDv2), in CMS (RFC 5652). */

export interface Timestamp {
  /** Milliseconds since 1970, further digits cut off. */
  readonly time: number
  readonly signer: Certificate
  /** Certificates of the token, the signer's included. */
  readonly certificates: readonly Certificate[]
}

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timeStamping: '1.3.6.1.5.5.7.3.8',
}

/** Refuses a response that is not a granted token over `message`, signed by the certificate that it names. */
export function openTimestamp(response: Uint8Array, message: Uint8Array): Timestamp {
  const token = tokenOf(response)
  const signed = signedDataOf(token)
  const time = stampedTime(signed.content, message)
  const signer = signerOf(signed)
  const { usages } = signer
  must(
    usages !== null && usages.critical && usages.oids.length === 1 && usages.oids[0] === OID.timeStamping,
    'the certificate of the authority is not for timestamps alone',
  )
  must(
    time >= signer.notBefore && time <= signer.notAfter,
    'the certificate of the authority was not valid at that time',
  )
  return { time, signer, certificates: signed.certificates }
}

/** Whether the authority leads to a root, at the time that it stamped. */
export function checkAuthority(
  { time, signer, certificates }: Timestamp,
  further: readonly Certificate[],
  roots: readonly Certificate[],
): void {
  chainTo(signer, [...certificates, ...further], roots, time)
}

interface SignedData {
  /** The TSTInfo, DER. */
  readonly content: Uint8Array
  readonly certificates: readonly Certificate[]
  readonly signerInfo: Der
}

/** TimeStampResp: status, token. */
function tokenOf(response: Uint8Array): Der {
  const parts = new Children(parseDer(response))
  const status = new Children(parts.take(TAG.sequence))
  const value = smallInteger(status.take(TAG.integer))
  must(value === 0 || value === 1, `the authority answered with status ${value}`)
  const token = parts.take(TAG.sequence)
  parts.end()
  return token
}

function signedDataOf(token: Der): SignedData {
  const info = new Children(token)
  must(oidOf(info.take(TAG.oid)) === OID.signedData, 'the token is not signed data')
  const data = new Children(parseDer(info.take(context(0)).content))
  info.end()
  must(smallInteger(data.take(TAG.integer)) === 3, 'the signed data is not of version 3')
  data.take(TAG.set)
  const encapsulated = new Children(data.take(TAG.sequence))
  must(oidOf(encapsulated.take(TAG.oid)) === OID.tstInfo, 'what is signed is no TSTInfo')
  const octets = parseDer(encapsulated.take(context(0)).content)
  encapsulated.end()
  must(octets.tag === TAG.octets, 'what is signed is no octet string')
  const certificates = data.optional(context(0))
  data.optional(context(1))
  const [signerInfo, ...others] = childrenOf(data.take(TAG.set), TAG.set)
  data.end()
  must(signerInfo !== undefined && others.length === 0, 'a token has one signer')
  const elements = certificates === null ? [] : childrenOf(certificates, context(0))
  must(elements.length <= 16, 'a token with more than 16 certificates')
  return {
    content: octets.content,
    certificates: elements.map(({ bytes }) => parseCertificate(bytes)),
    signerInfo,
  }
}

function stampedTime(tstInfo: Uint8Array, message: Uint8Array): number {
  const fields = new Children(parseDer(tstInfo))
  must(smallInteger(fields.take(TAG.integer)) === 1, 'not a TSTInfo of version 1')
  oidOf(fields.take(TAG.oid))
  const imprint = new Children(fields.take(TAG.sequence))
  const algorithm = digestOf(imprint.take(TAG.sequence))
  const value = imprint.take(TAG.octets).content
  imprint.end()
  must(sameBytes(value, digest(algorithm, message)), 'the token stamps something else')
  integerBytes(fields.take(TAG.integer))
  const time = timeOf(fields.take(TAG.generalizedTime))
  fields.optional(TAG.sequence)
  fields.optional(TAG.boolean)
  fields.optional(TAG.integer)
  fields.optional(context(0))
  fields.optional(context(1))
  fields.end()
  return time
}

/** The certificate whose key signed the attributes, which name that certificate and the content. */
function signerOf({ content, certificates, signerInfo }: SignedData): Certificate {
  const fields = new Children(signerInfo)
  const version = smallInteger(fields.take(TAG.integer))
  const name = fields.any()
  must(
    version === (name.tag === TAG.sequence ? 1 : 3),
    'the signer is named in another way than its version says',
  )
  const signer = certificates.find(isNamedBy(name))
  must(signer !== undefined, 'the certificate of the authority is not in the token')
  const algorithm = digestOf(fields.take(TAG.sequence))
  const attributes = fields.take(context(0))
  const signatureAlgorithm = fields.take(TAG.sequence)
  const signature = fields.take(TAG.octets).content
  fields.optional(context(1))
  fields.end()
  checkAttributes(attributes, { content, algorithm, signer })
  // RFC 5652 section 5.4: what is signed is the attributes as a SET, not under the tag that they have here.
  const signed = Uint8Array.from(attributes.bytes)
  signed[0] = TAG.set
  const scheme = schemeOf(signatureAlgorithm, signer.spki, algorithm)
  must(
    verifySignature(signer.spki, scheme, signed, signature),
    'the signature of the authority does not verify',
  )
  return signer
}

function isNamedBy(sid: Der): (certificate: Certificate) => boolean {
  if (sid.tag === context(0, false))
    return ({ subjectKeyId }) => subjectKeyId !== null && sameBytes(subjectKeyId, sid.content)
  const names = new Children(sid)
  const issuer = names.take(TAG.sequence).bytes
  const serial = integerBytes(names.take(TAG.integer))
  names.end()
  return (certificate) => sameBytes(certificate.issuer, issuer) && sameBytes(certificate.serial, serial)
}

interface Signed {
  readonly content: Uint8Array
  readonly algorithm: Digest
  readonly signer: Certificate
}

function checkAttributes(attributes: Der, { content, algorithm, signer }: Signed): void {
  const values = new Map<string, Der>()
  for (const attribute of childrenOf(attributes, context(0))) {
    const parts = new Children(attribute)
    const id = oidOf(parts.take(TAG.oid))
    const [value, ...more] = childrenOf(parts.take(TAG.set), TAG.set)
    parts.end()
    must(
      value !== undefined && more.length === 0 && !values.has(id),
      `signed attribute ${id} has not one value`,
    )
    values.set(id, value)
  }
  const type = values.get(OID.contentType)
  must(type !== undefined && oidOf(type) === OID.tstInfo, 'the signed attributes are of other content')
  const stated = values.get(OID.messageDigest)
  must(
    stated?.tag === TAG.octets && sameBytes(stated.content, digest(algorithm, content)),
    'the signed digest is of other content',
  )
  checkSigningCertificate(values, signer)
}

/** RFC 5816 section 2.2.1: the first hash is that of the signer's certificate, so no other of the same key fits. */
function checkSigningCertificate(values: ReadonlyMap<string, Der>, signer: Certificate): void {
  const second = values.get(OID.signingCertificateV2)
  must(
    second !== undefined,
    values.has(OID.signingCertificate)
      ? 'the token names its certificate by SHA-1 alone'
      : 'the token does not name its certificate',
  )
  const [list] = childrenOf(second, TAG.sequence)
  must(list !== undefined, 'the token names no certificate')
  const [first] = childrenOf(list, TAG.sequence)
  must(first !== undefined, 'the token names no certificate')
  const parts = new Children(first)
  const algorithm = parts.optional(TAG.sequence)
  const value = parts.take(TAG.octets).content
  const issuerSerial = parts.optional(TAG.sequence)
  parts.end()
  // AlgorithmIdentifier has SHA-256 as its default, IssuerSerial begins with names: told apart by the octets between.
  const expected = digest(algorithm === null ? 'sha256' : digestOf(algorithm), signer.bytes)
  must(sameBytes(value, expected), 'the token names another certificate')
  if (issuerSerial === null) return
  const [, serial] = childrenOf(issuerSerial, TAG.sequence)
  must(
    serial !== undefined && hex(integerBytes(serial)) === hex(signer.serial),
    'the token names another serial number',
  )
}
