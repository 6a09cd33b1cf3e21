import {
  Children,
  childrenOf,
  context,
  isPlain,
  oidOf,
  parseDer,
  smallInteger,
  TAG,
  bitsOf,
  type Der,
} from './der.ts'
import { Fault, must } from './fault.ts'
import type { Digest, Scheme } from './runtime.ts'

/** The signature algorithms of certificates and timestamp tokens: RFC 3279, 4055, 5480, 5758, 8410, 8419. */

const DIGESTS: ReadonlyMap<string, Digest> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])
const FIXED: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['1.2.840.113549.1.1.11', { kind: 'rsa', digest: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', digest: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', digest: 'sha512' }],
  ['1.2.840.10045.4.3.2', { kind: 'ecdsa', digest: 'sha256', form: 'der' }],
  ['1.2.840.10045.4.3.3', { kind: 'ecdsa', digest: 'sha384', form: 'der' }],
  ['1.2.840.10045.4.3.4', { kind: 'ecdsa', digest: 'sha512', form: 'der' }],
  ['1.3.101.112', { kind: 'ed25519' }],
])
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1'
const RSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const EC_PUBLIC_KEY = '1.2.840.10045.2.1'
const CURVES = ['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35']
const LEAST_RSA_BYTES = 256
const MOST_RSA_BYTES = 2048

/** Of an AlgorithmIdentifier. CMS may name the key's kind alone; then `digest`, named elsewhere, goes with it. */
export function schemeOf(algorithm: Der, spki: Uint8Array, digest: Digest | null): Scheme {
  const [name, parameters, ...more] = childrenOf(algorithm, TAG.sequence)
  must(name !== undefined && more.length === 0, 'a malformed signature algorithm')
  const scheme = schemeNamed(oidOf(name), parameters, digest)
  checkStrength(scheme, spki)
  return scheme
}

/** SHA-256, SHA-384 or SHA-512; anything else is refused. */
export function digestOf(algorithm: Der): Digest {
  const [name, parameters, ...more] = childrenOf(algorithm, TAG.sequence)
  const digest = name === undefined ? undefined : DIGESTS.get(oidOf(name))
  must(
    digest !== undefined && isPlain(parameters) && more.length === 0,
    'a hash that is not SHA-256, SHA-384 or SHA-512',
  )
  return digest
}

function schemeNamed(name: string, parameters: Der | undefined, digest: Digest | null): Scheme {
  if (name === RSA_PSS && parameters !== undefined) return pssOf(parameters)
  must(isPlain(parameters), `signature algorithm ${name} has parameters`)
  const fixed = FIXED.get(name)
  if (fixed !== undefined) return fixed
  if (name === RSA_ENCRYPTION && digest !== null) return { kind: 'rsa', digest }
  if (name === EC_PUBLIC_KEY && digest !== null) return { kind: 'ecdsa', digest, form: 'der' }
  throw new Fault(`signature algorithm ${name} is not supported`)
}

/** RFC 4055 section 3.1: one hash for the message and the mask. */
function pssOf(parameters: Der): Scheme {
  const fields = new Children(parameters)
  const hash = fields.take(context(0))
  const mask = fields.take(context(1))
  const salt = fields.optional(context(2))
  const trailer = fields.optional(context(3))
  fields.end()
  const digest = digestOf(parseDer(hash.content))
  const [generator, generatorHash] = childrenOf(parseDer(mask.content), TAG.sequence)
  must(
    generator !== undefined && oidOf(generator) === MGF1 && generatorHash !== undefined,
    'a mask that is not MGF1',
  )
  must(digestOf(generatorHash) === digest, 'RSA-PSS with two hashes')
  must(trailer === null || smallInteger(parseDer(trailer.content)) === 1, 'RSA-PSS with another trailer')
  return { kind: 'rsa-pss', digest, salt: salt === null ? 20 : smallInteger(parseDer(salt.content)) }
}

function checkStrength(scheme: Scheme, spki: Uint8Array): void {
  const parts = new Children(parseDer(spki))
  const [, curve] = childrenOf(parts.take(TAG.sequence), TAG.sequence)
  const bits = bitsOf(parts.take(TAG.bits))
  if (scheme.kind === 'ecdsa')
    must(curve?.tag === TAG.oid && CURVES.includes(oidOf(curve)), 'a curve that is not P-256, P-384 or P-521')
  if (scheme.kind !== 'rsa' && scheme.kind !== 'rsa-pss') return
  const [modulus, exponent] = childrenOf(parseDer(bits), TAG.sequence)
  const length = (modulus?.content.length ?? 0) - (modulus?.content[0] === 0 ? 1 : 0)
  must(length >= LEAST_RSA_BYTES && length <= MOST_RSA_BYTES, `an RSA key of ${8 * length} bits`)
  must((exponent?.content.length ?? 9) <= 5, 'an RSA key with a huge exponent')
}
