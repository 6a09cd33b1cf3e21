import { derInteger, derNode, derOid, TAG } from './der.ts'

const SHA256 = '2.16.840.1.101.3.4.2.1'

/**
 * RFC 3161 section 2.4.1: asks for a timestamp over a SHA-256 digest, with the authority's certificates. `nonce`
 * shows in the answer that it was made for this question.
 */
export function timestampQuery(digest: Uint8Array, nonce: bigint): Uint8Array {
  const algorithm = derNode(TAG.sequence, derOid(SHA256), derNode(TAG.null))
  const imprint = derNode(TAG.sequence, algorithm, derNode(TAG.octetString, digest))
  const certReq = derNode(TAG.boolean, Buffer.of(0xff))
  return derNode(TAG.sequence, derInteger(1n), imprint, derInteger(nonce), certReq)
}
