import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { ed25519 } from '@noble/curves/ed25519.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ed25519PublicKey, isEnrollable, rawEd25519PublicKey, signEd25519, verifyEd25519 } from './ed25519.ts'

const fromHex = (text: string) => Buffer.from(text, 'hex')
const freshKey = () => generateKeyPairSync('ed25519')

test('a key signs what its raw public half verifies', () => {
  const { privateKey, publicKey } = freshKey()
  const raw = rawEd25519PublicKey(privateKey)
  const message = Buffer.from('5432/tcp')
  const signature = signEd25519(privateKey, message)
  expect(raw).toEqual(rawEd25519PublicKey(publicKey))
  expect(raw).toHaveLength(32)
  expect(verifyEd25519(ed25519PublicKey(raw), message, signature)).toBe(true)
  expect(verifyEd25519(ed25519PublicKey(raw), Buffer.from('5433/tcp'), signature)).toBe(false)
  expect(() => ed25519PublicKey(raw.subarray(1))).toThrow(RangeError)
})

test('signatures are those of RFC 8032 section 7.1, test 2', () => {
  const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'
  const pkcs8 = fromHex(`302e020100300506032b657004220420${seed}`)
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  expect(Buffer.from(signEd25519(key, fromHex('72'))).toString('hex')).toBe(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
})

describe('enrolment', () => {
  test('takes every key that was made as keys are made', () => {
    for (let i = 0; i < 20; i++) expect(isEnrollable(rawEd25519PublicKey(freshKey().publicKey))).toBe(true)
  })

  test('agrees with noble-curves about which encodings are canonical points of prime order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (raw) => {
        expect(isEnrollable(raw)).toBe(isPrimeOrder(raw))
      }),
      { numRuns: 60 },
    )
  })

  test('refuses keys of another length, the neutral point and the sign of a zero', () => {
    expect(isEnrollable(new Uint8Array(31))).toBe(false)
    expect(isEnrollable(new Uint8Array(33))).toBe(false)
    expect(isEnrollable(fromHex(`01${'00'.repeat(31)}`))).toBe(false)
    expect(isEnrollable(fromHex(`01${'00'.repeat(30)}80`))).toBe(false)
  })
})

const folder = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/conformance/ed25519`
describe.skipIf(!existsSync(folder))(`conformance with Wycheproof and CCTV (${folder})`, () => {
  interface Wycheproof {
    readonly testGroups: readonly {
      readonly publicKey: { readonly pk: string }
      readonly tests: readonly { tcId: number; msg: string; sig: string; result: string }[]
    }[]
  }
  const wycheproof = read<Wycheproof>('wycheproof-ed25519.json', { testGroups: [] })
  const cases = wycheproof.testGroups.flatMap(({ publicKey, tests }) =>
    tests.map((one) => ({ ...one, pk: publicKey.pk })),
  )
  const edges = read<readonly { number: number; key: string; flags: readonly string[] | null }[]>(
    'cctv-ed25519-edge-cases.json',
    [],
  )

  test.each(cases)('Wycheproof $tcId is $result', ({ pk, msg, sig, result }) => {
    expect(verifyEd25519(ed25519PublicKey(fromHex(pk)), fromHex(msg), fromHex(sig))).toBe(result === 'valid')
  })

  test('the keys of Wycheproof may be enrolled', () => {
    for (const pk of new Set(cases.map((one) => one.pk))) expect(isEnrollable(fromHex(pk))).toBe(true)
  })

  test('no key of CCTV that is of low order, not canonical or of mixed order may be enrolled', () => {
    const flags = ['low_order_A', 'non_canonical_A', 'low_order_component_A']
    const bad = edges.filter((edge) => edge.flags?.some((flag) => flags.includes(flag)))
    const keys = new Set(bad.map((edge) => edge.key))
    expect(keys.size).toBeGreaterThan(10)
    expect([...keys].filter((key) => isEnrollable(fromHex(key)))).toEqual([])
  })

  test('the other keys of CCTV may be', () => {
    const bad = new Set(
      edges.filter((edge) => edge.flags?.some((flag) => flag.endsWith('_A'))).map((edge) => edge.key),
    )
    const good = new Set(edges.map((edge) => edge.key).filter((key) => !bad.has(key)))
    for (const key of good) expect(isEnrollable(fromHex(key))).toBe(true)
  })
})

function isPrimeOrder(raw: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(raw, false)
    return point.isTorsionFree() && !point.is0()
  } catch {
    return false
  }
}

function read<T>(file: string, absent: T): T {
  return existsSync(folder) ? (JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as T) : absent
}
