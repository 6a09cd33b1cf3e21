import {
  contextTag,
  DerError,
  type DerMembers,
  type DerNode,
  generalizedTimeOf,
  integerOf,
  membersOf,
  octetsOf,
  oidOf,
  readDer,
  TAG,
} from './der.ts'

/** RFC 3161 and RFC 5652: what an authority answered, taken apart. Nothing here is verified. */
export interface TimestampToken {
  readonly info: TimestampInfo
  /** DER of the TSTInfo: what the signature covers, through its digest. */
  readonly infoBytes: Uint8Array
  /** DER of each certificate that came with it. */
  readonly certificates: readonly Uint8Array[]
  readonly signer: TimestampSigner
}

export interface TimestampInfo {
  readonly policy: string
  readonly hash: string
  readonly digest: Uint8Array
  readonly serial: bigint
  /** RFC 3339 with milliseconds. */
  readonly time: string
  readonly nonce: bigint | null
}

export interface TimestampSigner {
  /** Issuer name (DER) and serial number, or the subject key identifier. */
  readonly id: { readonly issuer: Uint8Array; readonly serial: bigint } | { readonly keyId: Uint8Array }
  readonly digestAlgorithm: string
  /** The attributes as they were signed: a SET in DER. */
  readonly signedBytes: Uint8Array
  /** The one value of each attribute, by its object identifier. */
  readonly attributes: ReadonlyMap<string, DerNode>
  readonly algorithm: { readonly oid: string; readonly parameters: DerNode | null }
  readonly signature: Uint8Array
}

/** The authority did not grant a timestamp; `message` has its words. */
export class TimestampRefused extends Error {
  override readonly name = 'TimestampRefused'
}

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const MOST_BYTES = 256 * 1024

/** Reads a TimeStampResp. Throws `TimestampRefused`, and `DerError` for everything that is none. */
export function readTimestampResponse(bytes: Uint8Array): TimestampToken {
  if (bytes.length > MOST_BYTES) throw new DerError('too large')
  const response = membersOf(readDer(bytes))
  requireGranted(response.next(TAG.sequence))
  const token = response.next(TAG.sequence)
  response.end()
  return readContentInfo(token)
}

function requireGranted(node: DerNode): void {
  const status = membersOf(node)
  const code = integerOf(status.next())
  if (code === 0n || code === 1n) return
  const said = status.optional(TAG.sequence)
  const words =
    said === null
      ? []
      : membersOf(said)
          .rest()
          .map(({ content }) => Buffer.from(content).toString('utf8'))
  throw new TimestampRefused(
    `status ${code}${words.length === 0 ? '' : `: ${words.join('; ').slice(0, 200)}`}`,
  )
}

function readContentInfo(node: DerNode): TimestampToken {
  const content = membersOf(node)
  if (oidOf(content.next()) !== SIGNED_DATA) throw new DerError('not SignedData')
  const data = membersOf(only(membersOf(content.next(), contextTag(0))))
  content.end()
  if (integerOf(data.next()) !== 3n) throw new DerError('not SignedData of version 3')
  data.next(TAG.set)
  const infoBytes = readEncapsulated(data.next(TAG.sequence))
  const certificates = data.optional(contextTag(0))
  data.optional(contextTag(1))
  const signer = readSigner(only(membersOf(data.next(), TAG.set)))
  data.end()
  return {
    info: readInfo(readDer(infoBytes)),
    infoBytes,
    certificates:
      certificates === null
        ? []
        : membersOf(certificates, contextTag(0))
            .rest()
            .map(({ bytes }) => bytes),
    signer,
  }
}

function readEncapsulated(node: DerNode): Uint8Array {
  const content = membersOf(node)
  if (oidOf(content.next()) !== TST_INFO) throw new DerError('not a TSTInfo')
  const bytes = octetsOf(only(membersOf(content.next(), contextTag(0))))
  content.end()
  return bytes
}

/** RFC 3161 section 2.4.2. */
function readInfo(node: DerNode): TimestampInfo {
  const info = membersOf(node)
  if (integerOf(info.next()) !== 1n) throw new DerError('not a TSTInfo of version 1')
  const policy = oidOf(info.next())
  const imprint = membersOf(info.next())
  const hash = algorithmOf(imprint.next()).oid
  const digest = octetsOf(imprint.next())
  imprint.end()
  const serial = integerOf(info.next())
  const time = generalizedTimeOf(info.next())
  info.optional(TAG.sequence)
  info.optional(TAG.boolean)
  const nonce = info.optional(TAG.integer)
  info.optional(contextTag(0))
  info.optional(contextTag(1))
  info.end()
  return { policy, hash, digest, serial, time, nonce: nonce === null ? null : integerOf(nonce) }
}

/** RFC 5652 section 5.3. */
function readSigner(node: DerNode): TimestampSigner {
  const signer = membersOf(node)
  const version = integerOf(signer.next())
  if (version !== 1n && version !== 3n) throw new DerError('not a SignerInfo of version 1 or 3')
  const id = readSignerId(signer.next(), version)
  const digestAlgorithm = algorithmOf(signer.next()).oid
  const attributes = signer.next(contextTag(0))
  const algorithm = algorithmOf(signer.next())
  const signature = octetsOf(signer.next())
  signer.optional(contextTag(1))
  signer.end()
  return {
    id,
    digestAlgorithm,
    // The signature covers the SET, not the [0] that stands for it: RFC 5652 section 5.4.
    signedBytes: Buffer.concat([Buffer.of(TAG.set), attributes.bytes.subarray(1)]),
    attributes: attributesIn(membersOf(attributes, contextTag(0))),
    algorithm,
    signature,
  }
}

function readSignerId(node: DerNode, version: bigint): TimestampSigner['id'] {
  if (version === 3n) {
    if (node.tag !== contextTag(0, 'primitive')) throw new DerError('not a subject key identifier')
    return { keyId: node.content }
  }
  const name = membersOf(node)
  const issuer = name.next(TAG.sequence).bytes
  const serial = integerOf(name.next())
  name.end()
  return { issuer, serial }
}

/** Each attribute once and with one value, in the order of DER: else two readers could take different ones. */
function attributesIn(members: DerMembers): ReadonlyMap<string, DerNode> {
  const found = new Map<string, DerNode>()
  let before: Uint8Array = new Uint8Array()
  for (const member of members.rest()) {
    if (Buffer.compare(before, member.bytes) >= 0) throw new DerError('attributes out of order')
    before = member.bytes
    const attribute = membersOf(member)
    const oid = oidOf(attribute.next())
    if (found.has(oid)) throw new DerError('an attribute twice')
    found.set(oid, only(membersOf(attribute.next(), TAG.set)))
    attribute.end()
  }
  return found
}

export function algorithmOf(node: DerNode): { readonly oid: string; readonly parameters: DerNode | null } {
  const algorithm = membersOf(node)
  const oid = oidOf(algorithm.next())
  const [parameters = null, ...more] = algorithm.rest()
  if (more.length > 0) throw new DerError('not an algorithm')
  return { oid, parameters }
}

function only(members: DerMembers): DerNode {
  const one = members.next()
  members.end()
  return one
}
