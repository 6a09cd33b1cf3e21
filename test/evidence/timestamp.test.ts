import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { childrenOf, parseDer, type Der } from '../../verifier/src/der.ts'
import { Fault } from '../../verifier/src/fault.ts'
import { checkAuthority, openTimestamp } from '../../verifier/src/timestamp.ts'
import { parseCertificate } from '../../verifier/src/x509.ts'
import {
  authority,
  sharedAuthority,
  P256,
  P384,
  RSA,
  type Authority,
} from '../support/timestamp-authority.ts'

/** Tokens of a real authority, `openssl ts`. */

const NOTE = Buffer.from('what was stamped\n')

describe('a token', { timeout: 120_000 }, () => {
  test.each([
    ['RSA', { key: RSA }],
    ['P-256', { key: P256 }],
    ['P-384, below another certificate', { key: P384, intermediate: true }],
  ])('of an authority with %s holds, here and for openssl', (_, options) => {
    const tsa = sharedAuthority(options)
    for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
      const response = tsa.stamp(NOTE, { digest })
      const timestamp = openTimestamp(response, NOTE)
      expect(Math.abs(timestamp.time - Date.now())).toBeLessThan(3_600_000)
      expect(() => checkAuthority(timestamp, [], [rootOf(tsa)])).not.toThrow()
      expect(tsa.foreign(NOTE, response)).toBeNull()
    }
  })

  test('over something else, or over a weaker hash, is refused', () => {
    const tsa = sharedAuthority()
    expect(() => openTimestamp(tsa.stamp('another'), NOTE)).toThrow('stamps something else')
    expect(() => openTimestamp(tsa.stamp(NOTE, { digest: 'sha1' }), NOTE)).toThrow(
      'SHA-256, SHA-384 or SHA-512',
    )
  })

  test('without the certificate of its authority is refused', () => {
    expect(() => openTimestamp(sharedAuthority().stamp(NOTE, { certificate: false }), NOTE)).toThrow(
      'certificate',
    )
  })

  test('of an authority that leads to another root is not anchored', () => {
    const timestamp = openTimestamp(sharedAuthority().stamp(NOTE), NOTE)
    const stranger = authority({ key: P256 })
    expect(() => checkAuthority(timestamp, [], [rootOf(stranger)])).toThrow('no chain')
    stranger.close()
  })

  test('leads to its root past another root of the same name, whose key is of another kind', () => {
    const [tsa, other] = [sharedAuthority(), sharedAuthority({ key: P256 })]
    const timestamp = openTimestamp(tsa.stamp(NOTE), NOTE)
    expect(() => checkAuthority(timestamp, [], [rootOf(other), rootOf(tsa)])).not.toThrow()
  })

  test('without the certificate between is not anchored', () => {
    const tsa = sharedAuthority({ intermediate: true })
    const timestamp = openTimestamp(tsa.stamp(NOTE), NOTE)
    const own = { ...timestamp, certificates: timestamp.certificates.slice(0, 1) }
    const further = timestamp.certificates.slice(1)
    const onlyOwn =
      timestamp.certificates[0] === timestamp.signer ? own : { ...own, certificates: [timestamp.signer] }
    expect(() => checkAuthority(onlyOwn, [], [rootOf(tsa)])).toThrow('no chain')
    expect(() =>
      checkAuthority(onlyOwn, [...further, ...timestamp.certificates], [rootOf(tsa)]),
    ).not.toThrow()
  })

  test('is refused with any byte changed that says something', () => {
    const tsa = sharedAuthority({ key: P256 })
    const response = tsa.stamp(NOTE)
    const root = rootOf(tsa)
    const found = []
    for (let i = 0; i < response.length; i++) {
      const error = faultOf(() => checkAuthority(openTimestamp(flipped(response, i), NOTE), [], [root]))
      if (error === null) found.push(i)
      expect([i, error === null || error instanceof Fault]).toEqual([i, true])
    }
    // Whether the authority granted the wish as it was, a list of hashes for readers in a hurry, and the root, which
    // is taken from the trust file.
    const spans = [
      [8, 9],
      spanOf(response, Buffer.from('300d06096086480165030402010500', 'hex')),
      spanOf(response, Buffer.from(root.bytes)),
    ] as const
    expect(found.filter((i) => !spans.some(([from, until]) => i >= from && i < until))).toEqual([])
  })
})

describe('an authority', { timeout: 120_000 }, () => {
  test.each([
    ['for servers', 'critical, serverAuth'],
    ['for servers too', 'critical, timeStamping, serverAuth'],
    ['for timestamps, but not critically', 'timeStamping'],
  ])('whose certificate is %s is refused', (_, usage) => {
    const good = sharedAuthority({ key: P256 }).stamp(NOTE)
    // `openssl ts` does not sign with such a certificate; somebody else may.
    const response = sharedAuthority({ key: P256, usage }).signAs(contentOf(good))
    expect(() => openTimestamp(response, NOTE)).toThrow('not for timestamps alone')
  })

  test('that signs by other means than `openssl ts` holds as well', () => {
    const tsa = sharedAuthority({ key: P256 })
    const timestamp = openTimestamp(tsa.signAs(contentOf(tsa.stamp(NOTE))), NOTE)
    expect(() => checkAuthority(timestamp, [], [rootOf(tsa)])).not.toThrow()
  })

  test('that does not name its certificate, or names another of the same key, is refused', () => {
    const tsa = sharedAuthority({ key: RSA })
    const response = tsa.stamp(NOTE)
    expect(() => openTimestamp(tsa.signAs(contentOf(response), '-nosmimecap'), NOTE)).toThrow(
      'does not name its certificate',
    )
    const [own, twin] = tsa.twins()
    const [from, until] = spanOf(response, own)
    expect([from > 0, twin.length]).toEqual([true, own.length])
    const exchanged = Buffer.concat([response.subarray(0, from), twin, response.subarray(until)])
    expect(() => openTimestamp(exchanged, NOTE)).toThrow('names another certificate')
  })

  test('that signs with RSA-PSS holds, with a hash that is strong enough', () => {
    const tsa = sharedAuthority({ key: RSA })
    const content = contentOf(tsa.stamp(NOTE))
    const signedWith = (...digest: readonly string[]) =>
      openTimestamp(tsa.signAs(content, '-cades', '-keyopt', 'rsa_padding_mode:pss', ...digest), NOTE)
    expect(() => checkAuthority(signedWith(), [], [rootOf(tsa)])).not.toThrow()
    expect(() => signedWith('-keyopt', 'rsa_pss_saltlen:20')).not.toThrow()
    expect(() => signedWith('-keyopt', 'rsa_mgf1_md:sha512')).toThrow('two hashes')
  })

  test('whose certificate had ended when it stamped is refused', () => {
    const tsa = sharedAuthority({ key: P256, expired: true })
    expect(() => openTimestamp(tsa.stamp(NOTE), NOTE)).toThrow('was not valid at that time')
  })
})

function rootOf({ root }: Authority) {
  return parseCertificate(new X509Certificate(root).raw)
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] as number) ^ (1 << (at % 8))
  return copy
}

function spanOf(bytes: Buffer, part: Buffer): readonly [number, number] {
  const at = bytes.indexOf(part)
  return [at, at + part.length]
}

function faultOf(work: () => void): unknown {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

/** The TSTInfo of a token, DER. */
function contentOf(response: Buffer): Uint8Array {
  const [, token] = childrenOf(parseDer(response), 0x30)
  const [, wrapped] = childrenOf(token as Der, 0x30)
  const [, , encapsulated] = childrenOf(parseDer((wrapped as Der).content), 0x30)
  const [, content] = childrenOf(encapsulated as Der, 0x30)
  return parseDer((content as Der).content).content
}
