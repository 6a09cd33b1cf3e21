import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSshKey, sshKeyFault } from './ssh-key.ts'
import { SshError, sshString } from './ssh-wire.ts'
import { armourSshsig, readSshsig, unarmourSshsig, verifySshsig } from './sshsig.ts'

const NAMESPACE = 'portreeve.dev/statement/v1'
const message = Buffer.from('5432/tcp\n')
const blobOf = (pub: string) => Buffer.from(pub.split(' ')[1] ?? '', 'base64')
const sigOf = (text: string) => unarmourSshsig(text) ?? Buffer.alloc(0)

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'portreeve-sshsig-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** A fresh key of OpenSSH's, and what it signed. */
function signedBy(type: string, bits: number, ...options: readonly string[]) {
  const file = join(folder, `${type}-${bits}-${options.length}`)
  if (!existsSync(file))
    execFileSync('ssh-keygen', ['-q', '-t', type, '-b', String(bits), '-N', '', '-C', '', '-f', file])
  const sign = ['-Y', 'sign', '-q', '-f', file, '-n', NAMESPACE, ...options]
  const signature = execFileSync('ssh-keygen', sign, { input: message, encoding: 'utf8' })
  return { publicKey: blobOf(readFileSync(`${file}.pub`, 'utf8')), signature: sigOf(signature) }
}

const noble = async () => (await import('@noble/curves/ed25519.js')).ed25519
const rsa = (exponent: readonly number[], n: Uint8Array) =>
  readSshKey(Buffer.concat([sshString('ssh-rsa'), sshString(Buffer.from(exponent)), sshString(n)]))
const mutated = (good: Uint8Array) =>
  fc.tuple(fc.nat(), fc.nat(255), fc.nat()).map(([at, byte, end]) => {
    const copy = Buffer.from(good)
    copy[at % copy.length] = byte
    return copy.subarray(0, end % 3 === 0 ? end % copy.length : copy.length)
  })
const armour = (lines: string) => `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`

describe('signatures of ssh-keygen', () => {
  test.each([
    ['ed25519', 256],
    ['ecdsa', 256],
    ['ecdsa', 384],
    ['ecdsa', 521],
    ['rsa', 3072],
  ])('by %s of %i bits verify, for this message, namespace and key alone', (type, bits) => {
    const { publicKey, signature } = signedBy(type, bits)
    const expected = { publicKey, namespace: NAMESPACE, message }
    expect(verifySshsig(signature, expected)).toBe(true)
    expect(verifySshsig(signature, { ...expected, message: Buffer.from('5433/tcp\n') })).toBe(false)
    expect(verifySshsig(signature, { ...expected, namespace: 'git' })).toBe(false)
    expect(verifySshsig(signature, { ...expected, publicKey: publicKey.subarray(1) })).toBe(false)
    expect(sshKeyFault(readSshKey(publicKey))).toBeNull()
  })

  test('over SHA-256 verify as those over SHA-512 do', () => {
    const { publicKey, signature } = signedBy('ed25519', 256, '-O', 'hashalg=sha256')
    expect(readSshsig(signature).hashAlgorithm).toBe('sha256')
    expect(verifySshsig(signature, { publicKey, namespace: NAMESPACE, message })).toBe(true)
  })

  test('spoil with every bit that is turned', () => {
    const { publicKey, signature } = signedBy('ecdsa', 256)
    const expected = { publicKey, namespace: NAMESPACE, message }
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const turned = Buffer.from(signature)
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(verifySshsig(turned, expected), `bit ${bit}`).toBe(false)
    }
    expect(verifySshsig(Buffer.concat([signature, Buffer.of(0)]), expected)).toBe(false)
  })

  test('are read back by ssh-keygen in the armour that is written here', () => {
    const { publicKey, signature } = signedBy('ed25519', 256)
    const [allowed, file] = [join(folder, 'allowed'), join(folder, 'one.sig')]
    writeFileSync(allowed, `p_1 ssh-ed25519 ${publicKey.toString('base64')}\n`)
    writeFileSync(file, armourSshsig(signature))
    const verify = ['-Y', 'verify', '-f', allowed, '-I', 'p_1', '-n', NAMESPACE, '-s', file]
    expect(execFileSync('ssh-keygen', verify, { input: message, encoding: 'utf8' })).toMatch(/^Good/)
    expect(unarmourSshsig(armourSshsig(signature))).toEqual(signature)
  })
})

/** As a security key does it: PROTOCOL.u2f. */
async function signedByToken(flags: number) {
  const { secretKey, publicKey } = (await noble()).keygen()
  const key = Buffer.concat([
    sshString('sk-ssh-ed25519@openssh.com'),
    sshString(publicKey),
    sshString('ssh:'),
  ])
  const front = [Buffer.from('SSHSIG'), sshString(NAMESPACE), sshString(''), sshString('sha512')]
  const data = Buffer.concat([...front, sshString(hash('sha512', message, 'buffer'))])
  const state = Buffer.from([flags, 0, 0, 0, 9])
  const signed = [hash('sha256', 'ssh:', 'buffer'), state, hash('sha256', data, 'buffer')]
  const value = (await noble()).sign(Buffer.concat(signed), secretKey)
  const inner = [sshString('sk-ssh-ed25519@openssh.com'), sshString(value), state]
  const version = Buffer.from([0, 0, 0, 1])
  const [magic, ...strings] = front
  return {
    key,
    signature: Buffer.concat([
      magic ?? Buffer.alloc(0),
      version,
      sshString(key),
      ...strings,
      sshString(Buffer.concat(inner)),
    ]),
  }
}

describe('a token', () => {
  test('that was touched signs, and one that signed by itself does not', async () => {
    for (const [flags, valid] of [
      [0x01, true],
      [0x05, true],
      [0x00, false],
      [0x04, false],
    ] as const) {
      const { key, signature } = await signedByToken(flags)
      expect(verifySshsig(signature, { publicKey: key, namespace: NAMESPACE, message })).toBe(valid)
    }
  })
})

describe('keys', () => {
  test('of RSA below 3072 bits verify and are not enrolled', () => {
    const { publicKey, signature } = signedBy('rsa', 2048)
    expect(verifySshsig(signature, { publicKey, namespace: NAMESPACE, message })).toBe(true)
    expect(sshKeyFault(readSshKey(publicKey))).toMatch(/3072 to 16384 bits, not 2048/)
  })

  test('of low order are not enrolled', () => {
    const neutral = Buffer.concat([
      sshString('ssh-ed25519'),
      sshString(Buffer.from([1, ...Buffer.alloc(31)])),
    ])
    expect(sshKeyFault(readSshKey(neutral))).toMatch(/prime order/)
  })

  test('of RSA with a small or even exponent, or an even modulus, are not enrolled', () => {
    const modulus = Buffer.alloc(385, 0xff).fill(0, 0, 1)
    expect(sshKeyFault(rsa([1, 0, 1], modulus))).toBeNull()
    expect(sshKeyFault(rsa([3], modulus))).toMatch(/exponent 3/)
    expect(sshKeyFault(rsa([1, 0, 2], modulus))).toMatch(/exponent 65538/)
    expect(sshKeyFault(rsa([1, 0, 1], Buffer.from(modulus).fill(0xfe, 384)))).toMatch(/even modulus/)
  })

  test.each([
    ['a point that is not on the curve', ['ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4)]],
    ['a compressed point', ['ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(33, 2)]],
    ['another curve than its type', ['ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(97, 4)]],
    ['31 bytes of Ed25519', ['ssh-ed25519', Buffer.alloc(31, 9)]],
    ['DSA', ['ssh-dss', 'x']],
    ['a certificate', ['ssh-ed25519-cert-v01@openssh.com', 'x']],
    ['the composite of ML-DSA', ['ssh-mldsa44-ed25519@openssh.com', 'x']],
    ['an integer with a zero too many', ['ssh-rsa', Buffer.from([0, 1, 0, 1]), Buffer.alloc(385, 0x7f)]],
    ['a negative integer', ['ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(384, 0xff)]],
    ['nothing', []],
  ] as const)('with %s are not read', (_, parts) => {
    const blob = Buffer.concat(parts.map((part) => sshString(part)))
    expect(() => readSshKey(blob)).toThrow(SshError)
  })
})

describe('whatever bytes there are', () => {
  test('keys and signatures are read, or refused by the one error', () => {
    const { publicKey, signature } = signedBy('ecdsa', 256)
    const bytes = fc.oneof(mutated(publicKey), mutated(signature), fc.uint8Array({ maxLength: 300 }))
    fc.assert(
      fc.property(bytes, (blob) => {
        for (const read of [readSshKey, readSshsig])
          expect(attempt(() => read(blob))).toBeOneOf(['read', 'SshError'])
        const same = Buffer.compare(blob, signature) === 0
        expect(verifySshsig(blob, { publicKey, namespace: NAMESPACE, message })).toBe(same)
      }),
      { numRuns: 500 },
    )
  })

  test('a length that claims four gigabytes costs nothing', () => {
    expect(() => readSshKey(Buffer.alloc(8, 0xff))).toThrow(SshError)
    expect(() => readSshKey(Buffer.alloc(20_000))).toThrow(SshError)
  })

  test('armour is that of one signature, in the one base64 of its bytes', () => {
    expect(unarmourSshsig(armour('AAAA\r\nAAAA'))).toHaveLength(6)
    for (const bad of ['', 'AAAA', armour('A'), armour('AAB='), armour('AA==AA=='), `${armour('AAAA')}x`])
      expect(unarmourSshsig(bad)).toBeNull()
  })
})

const conformance = `${process.env['PORTREEVE_SHARED'] ?? '../shared'}/conformance/sshsig`
const read = (file: string) => readFileSync(`${conformance}/${file}`)
const fixture = (name: string) => ({
  blob: sigOf(read(`${name}.sig`).toString()),
  expected: {
    publicKey: blobOf(read(`${name}.pub`).toString()),
    namespace: read('namespace').toString(),
    message: read('signed-data'),
  },
})

describe.skipIf(!existsSync(conformance))(`conformance with OpenSSH (${conformance})`, () => {
  test.each(['ecdsa', 'ecdsa_sk', 'ecdsa_sk_webauthn', 'ed25519', 'ed25519_sk', 'rsa'])(
    'the signature of %s verifies, and over no other message',
    (name) => {
      const { blob, expected } = fixture(name)
      expect(verifySshsig(blob, expected)).toBe(true)
      expect(verifySshsig(blob, { ...expected, message: Buffer.from('another') })).toBe(false)
    },
  )

  test('the composite of ML-DSA and Ed25519 is named as not supported', () => {
    const { blob, expected } = fixture('mldsa44-ed25519')
    expect(() => readSshKey(expected.publicKey)).toThrow(/ssh-mldsa44-ed25519@openssh.com are not supported/)
    expect(verifySshsig(blob, expected)).toBe(false)
  })
})

function attempt(work: () => unknown): string {
  try {
    work()
    return 'read'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
