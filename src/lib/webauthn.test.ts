import { generateKeyPairSync, hash, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readWebauthnKey, verifyWebauthn, webauthnKeyFault, type WebauthnKey } from './webauthn.ts'

const message = Buffer.from('portreeve.dev/statement/v1\n{}\n')
const PARTY = 'ports.example.com'
const ORIGIN = 'https://ports.example.com'

const PAIRS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
}
const prefixed = (bytes: Uint8Array | string) => {
  const value = Buffer.from(bytes)
  return Buffer.concat([Buffer.of(value.length >> 8, value.length & 255), value])
}
const keyBytes = (spki: Uint8Array, party = PARTY, origin = ORIGIN) =>
  Buffer.concat([prefixed(party), prefixed(origin), spki])

/** An authenticator in software: section 6.3.3. */
function authenticator(algorithm: keyof typeof PAIRS = 'ES256') {
  const { privateKey, publicKey } = PAIRS[algorithm]()
  const bytes = keyBytes(publicKey.export({ format: 'der', type: 'spki' }))
  const assert = (change: { flags?: number; party?: string; extra?: Uint8Array; client?: object } = {}) => {
    const { flags = 0x05, party = PARTY, extra = Buffer.alloc(0), client = {} } = change
    const counter = Buffer.from([0, 0, 0, 7])
    const data = Buffer.concat([hash('sha256', party, 'buffer'), Buffer.of(flags), counter, extra])
    const challenge = hash('sha256', message, 'buffer').toString('base64url')
    const clientData = Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge, origin: ORIGIN, crossOrigin: false, ...client }),
    )
    const signed = Buffer.concat([data, hash('sha256', clientData, 'buffer')])
    const value = sign(algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey)
    return Buffer.concat([prefixed(data), prefixed(clientData), value])
  }
  const key = readWebauthnKey(bytes) as WebauthnKey
  return { key, bytes, assert }
}

describe('an assertion', () => {
  test.each(['ES256', 'EdDSA', 'RS256'] as const)('by %s verifies over its message alone', (algorithm) => {
    const { key, assert } = authenticator(algorithm)
    expect(webauthnKeyFault(key)).toBeNull()
    expect(verifyWebauthn(key, message, assert())).toBe(true)
    expect(verifyWebauthn(key, Buffer.from('another'), assert())).toBe(false)
    expect(verifyWebauthn(authenticator(algorithm).key, message, assert())).toBe(false)
  })

  test.each([
    ['a page of another origin', { client: { origin: 'https://evil.example.com' } }],
    ['a frame within another page', { client: { crossOrigin: true } }],
    ['a registration', { client: { type: 'webauthn.create' } }],
    ['another challenge', { client: { challenge: 'AAAA' } }],
    ['another relying party', { party: 'example.com' }],
    ['an authenticator that nobody touched', { flags: 0x04 }],
    ['an authenticator that did not ask who it was', { flags: 0x01 }],
    ['a credential just made', { flags: 0x45 }],
    ['extensions that are not there', { flags: 0x85 }],
    ['extensions that are not announced', { extra: Buffer.of(0xa0) }],
  ])('from %s does not', (_, change) => {
    const { key, assert } = authenticator()
    expect(verifyWebauthn(key, message, assert(change))).toBe(false)
  })

  test('may carry announced extensions and members that are not known here', () => {
    const { key, assert } = authenticator()
    expect(verifyWebauthn(key, message, assert({ flags: 0x85, extra: Buffer.of(0xa0) }))).toBe(true)
    expect(verifyWebauthn(key, message, assert({ client: { other: 'anything' } }))).toBe(true)
  })

  test('is judged without an exception, whatever its bytes are', () => {
    const { key, assert } = authenticator()
    const good = assert()
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
      const copy = Buffer.from(good)
      copy[at] = (copy[at] ?? 0) ^ flip
      return copy
    })
    const bytes = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(good.length - 1).map((n) => good.subarray(0, n)),
    )
    fc.assert(
      fc.property(bytes, (signature) => {
        expect(verifyWebauthn(key, message, signature)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

const spki = (pair: { publicKey: { export: (of: { format: 'der'; type: 'spki' }) => Buffer } }) =>
  pair.publicKey.export({ format: 'der', type: 'spki' })

describe('a key', () => {
  const { bytes } = authenticator()
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['something behind it', Buffer.concat([bytes, Buffer.of(0)])],
    ['a length beyond its end', Buffer.of(255, 255, 1)],
    ['a relying party in capitals', keyBytes(spki(PAIRS.ES256()), 'Example.com')],
    ['an origin with a path', keyBytes(spki(PAIRS.ES256()), PARTY, `${ORIGIN}/`)],
    ['an origin without encryption', keyBytes(spki(PAIRS.ES256()), PARTY, 'http://ports.example.com')],
    ['another curve', keyBytes(spki(generateKeyPairSync('ec', { namedCurve: 'P-384' })))],
    ['another kind', keyBytes(spki(generateKeyPairSync('ed448')))],
  ])('with %s is not read', (_, key) => {
    expect(readWebauthnKey(key)).toBeNull()
  })

  test('on this machine may have http', () => {
    const key = keyBytes(spki(PAIRS.ES256()), 'localhost', 'http://localhost:8460')
    expect(readWebauthnKey(key)).toMatchObject({ origin: 'http://localhost:8460' })
  })

  test('of RSA below 3072 bits, or Ed25519 of low order, is not enrolled', () => {
    const short = readWebauthnKey(keyBytes(spki(generateKeyPairSync('rsa', { modulusLength: 2048 }))))
    expect(webauthnKeyFault(short as WebauthnKey)).toMatch(/2048/)
    const neutral = Buffer.concat([Buffer.from('302a300506032b657003210001', 'hex'), Buffer.alloc(31)])
    expect(webauthnKeyFault(readWebauthnKey(keyBytes(neutral)) as WebauthnKey)).toMatch(/prime order/)
  })

  test('is read or refused, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const copy = Buffer.from(bytes)
        copy[at] = byte
        const key = readWebauthnKey(copy)
        expect(key === null || webauthnKeyFault(key) === null).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
