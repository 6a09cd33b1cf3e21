import { sameBytes, hex } from './bytes.ts'
import {
  bitsOf,
  booleanOf,
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
import { Fault, must } from './fault.ts'
import { verifySignature } from './runtime.ts'
import { schemeOf } from './signature-algorithm.ts'

/** X.509 certificates (RFC 5280), as far as a chain of a timestamp authority needs them. */

export interface Certificate {
  readonly bytes: Uint8Array
  readonly serial: Uint8Array
  /** Name elements, DER. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** Milliseconds since 1970, both included. */
  readonly notBefore: number
  readonly notAfter: number
  readonly spki: Uint8Array
  readonly subjectKeyId: Uint8Array | null
  readonly mayIssue: boolean
  /** How many further issuers may stand below it; null: any. */
  readonly pathLength: number | null
  /** Extended key usages, and whether the extension is critical; null where there is none. */
  readonly usages: { readonly oids: readonly string[]; readonly critical: boolean } | null
  readonly tbs: Uint8Array
  readonly algorithm: Der
  readonly signature: Uint8Array
}

const MAX_CHAIN = 8
const MAX_OTHERS = 32
const MAX_TRIES = 256

export function parseCertificate(bytes: Uint8Array): Certificate {
  const outer = new Children(parseDer(bytes))
  const tbs = outer.take(TAG.sequence)
  const algorithm = outer.take(TAG.sequence)
  const signature = bitsOf(outer.take(TAG.bits))
  outer.end()
  const fields = new Children(tbs)
  const version = fields.optional(context(0))
  must(version !== null && smallInteger(parseDer(version.content)) === 2, 'not a certificate of version 3')
  const serial = integerBytes(fields.take(TAG.integer))
  must(
    sameBytes(fields.take(TAG.sequence).bytes, algorithm.bytes),
    'a certificate names two signature algorithms',
  )
  const issuer = fields.take(TAG.sequence).bytes
  const [notBefore, notAfter, ...more] = childrenOf(fields.take(TAG.sequence), TAG.sequence).map(timeOf)
  must(notBefore !== undefined && notAfter !== undefined && more.length === 0, 'a malformed validity')
  const subject = fields.take(TAG.sequence).bytes
  const spki = fields.take(TAG.sequence).bytes
  fields.optional(context(1, false))
  fields.optional(context(2, false))
  const extensions = extensionsOf(fields.optional(context(3)))
  fields.end()
  return {
    bytes,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    ...extensions,
    tbs: tbs.bytes,
    algorithm,
    signature,
  }
}

/**
 * The certificates from `leaf` to a root, both included. Each issuer may issue, each signature verifies, and all were
 * valid at `time`. Refuses where there is no such chain.
 */
export function chainTo(
  leaf: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  time: number,
): readonly Certificate[] {
  must(others.length <= MAX_OTHERS, `more than ${MAX_OTHERS} certificates beside a timestamp`)
  // Certificates of one name and key all issue each other: without an end, whoever makes a pack chooses how long we look.
  const search: Search = { others, roots, time, budget: MAX_TRIES, refused: null }
  const chain = climb([leaf], search)
  if (chain === null)
    throw new Fault(
      `no chain of certificates, valid at that time, leads to a root of the trust file${search.refused === null ? '' : `; of an issuer by name: ${search.refused}`}`,
    )
  return chain
}

interface Search {
  readonly others: readonly Certificate[]
  readonly roots: readonly Certificate[]
  readonly time: number
  budget: number
  /** Why a key of the name of an issuer was passed over: an authority may have one of another kind as well. */
  refused: string | null
}

function climb(chain: readonly Certificate[], search: Search): readonly Certificate[] | null {
  const { others, roots, time } = search
  const last = chain.at(-1) as Certificate
  if (time < last.notBefore || time > last.notAfter) return null
  if (roots.some((root) => sameBytes(root.bytes, last.bytes))) return chain
  if (chain.length === MAX_CHAIN) return null
  for (const issuer of [...roots, ...others]) {
    must(search.budget-- > 0, 'too many certificates could have issued each other')
    if (chain.includes(issuer) || !hasIssued(issuer, last, chain.length - 1, search)) continue
    const longer = climb([...chain, issuer], search)
    if (longer !== null) return longer
  }
  return null
}

function hasIssued(
  issuer: Certificate,
  certificate: Certificate,
  issuersBelow: number,
  search: Search,
): boolean {
  if (!sameBytes(issuer.subject, certificate.issuer) || !issuer.mayIssue) return false
  if (issuer.pathLength !== null && issuer.pathLength < issuersBelow) return false
  try {
    const scheme = schemeOf(certificate.algorithm, issuer.spki, null)
    return verifySignature(issuer.spki, scheme, certificate.tbs, certificate.signature)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    search.refused = error.message
    return false
  }
}

type Extensions = Pick<Certificate, 'mayIssue' | 'pathLength' | 'usages' | 'subjectKeyId'>

const BASIC_CONSTRAINTS = '2.5.29.19'
const KEY_USAGE = '2.5.29.15'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SUBJECT_KEY_ID = '2.5.29.14'
// Certificate policies bind nobody who asks for none: RFC 5280 section 6.1.1 (c), any-policy.
const CERTIFICATE_POLICIES = '2.5.29.32'
const KEY_CERT_SIGN = 0x04

function extensionsOf(wrapper: Der | null): Extensions {
  const found = { mayIssue: false, pathLength: null, usages: null, subjectKeyId: null } as {
    -readonly [K in keyof Extensions]: Extensions[K]
  }
  if (wrapper === null) return found
  let maySign = true
  const seen = new Set<string>()
  for (const extension of childrenOf(parseDer(wrapper.content), TAG.sequence)) {
    const parts = new Children(extension)
    const id = oidOf(parts.take(TAG.oid))
    const flag = parts.optional(TAG.boolean)
    const critical = flag !== null && booleanOf(flag)
    const value = parts.take(TAG.octets).content
    parts.end()
    must(!seen.has(id), `extension ${id} stands twice in a certificate`)
    seen.add(id)
    if (id === BASIC_CONSTRAINTS) Object.assign(found, basicConstraints(value))
    else if (id === KEY_USAGE) maySign = ((bitsIn(value)[0] ?? 0) & KEY_CERT_SIGN) !== 0
    else if (id === EXTENDED_KEY_USAGE)
      found.usages = { oids: childrenOf(parseDer(value), TAG.sequence).map(oidOf), critical }
    else if (id === SUBJECT_KEY_ID) found.subjectKeyId = parseDer(value).content
    else must(!critical || id === CERTIFICATE_POLICIES, `a critical extension ${id} that is not understood`)
  }
  return { ...found, mayIssue: found.mayIssue && maySign }
}

function basicConstraints(value: Uint8Array): Pick<Extensions, 'mayIssue' | 'pathLength'> {
  const parts = new Children(parseDer(value))
  const flag = parts.optional(TAG.boolean)
  const length = parts.optional(TAG.integer)
  parts.end()
  return {
    mayIssue: flag !== null && booleanOf(flag),
    pathLength: length === null ? null : smallInteger(length),
  }
}

/** A named bit list: its unused bits are zero, and its last byte is not. */
function bitsIn(value: Uint8Array): Uint8Array {
  const { tag, content } = parseDer(value)
  must(tag === TAG.bits && (content[0] ?? 8) < 8, `not a list of bits: ${hex(value.subarray(0, 8))}`)
  return content.subarray(1)
}
