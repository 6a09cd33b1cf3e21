import type { KeyObject } from 'node:crypto'
import { ed25519Fault, ed25519PublicKey, PUBLIC_KEY_SIZE } from './ed25519.ts'
import { CURVES, type Curve, ecPublicKey, rsaFault, rsaPublicKey } from './public-key.ts'
import { SshError, SshReader } from './ssh-wire.ts'

/** SSH public keys in wire form: RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f. */
export type SshKey =
  | {
      readonly kind: 'ed25519'
      readonly key: KeyObject
      readonly raw: Uint8Array
      readonly sk: string | null
    }
  | { readonly kind: 'ecdsa'; readonly key: KeyObject; readonly curve: Curve; readonly sk: string | null }
  | { readonly kind: 'rsa'; readonly key: KeyObject; readonly size: number }

/** The key in a blob. `sk`: the application, where the key lives in a token. Throws `SshError` for any other bytes. */
export function readSshKey(blob: Uint8Array): SshKey {
  const reader = new SshReader(blob)
  const type = reader.text()
  const key = readTyped(type, reader)
  reader.end()
  return key
}

/** Why the key may not be enrolled, or null. */
export function sshKeyFault(key: SshKey): string | null {
  if (key.kind === 'rsa') return rsaFault(key.key)
  return key.kind === 'ed25519' ? ed25519Fault(key.raw) : null
}

function readTyped(type: string, reader: SshReader): SshKey {
  switch (type) {
    case 'ssh-ed25519':
      return { ...readEd25519(reader), sk: null }
    case 'sk-ssh-ed25519@openssh.com':
      return { ...readEd25519(reader), sk: reader.text() }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return { ...readEcdsa(reader, type.slice('ecdsa-sha2-'.length)), sk: null }
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return { ...readEcdsa(reader, 'nistp256'), sk: reader.text() }
    case 'ssh-rsa':
      return readRsa(reader)
  }
  throw new SshError(`keys of type ${type.slice(0, 100)} are not supported`)
}

function readEd25519(reader: SshReader) {
  const raw = reader.string()
  if (raw.length !== PUBLIC_KEY_SIZE) throw new SshError('an Ed25519 key has 32 bytes')
  return { kind: 'ed25519', key: ed25519PublicKey(raw), raw } as const
}

const CURVE_OF: Readonly<Record<string, Curve>> = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' }
function readEcdsa(reader: SshReader, name: string) {
  const curve = CURVE_OF[name]
  if (curve === undefined || reader.text() !== name) throw new SshError('the curve is not that of the key')
  const key = ecPublicKey(curve, reader.string())
  if (key === null) throw new SshError(`not a point of ${CURVES[curve].size} bytes on ${curve}`)
  return { kind: 'ecdsa', key, curve } as const
}

function readRsa(reader: SshReader): SshKey {
  const exponent = reader.positive()
  const modulus = reader.positive()
  const key = rsaPublicKey(modulus, exponent)
  if (key === null) throw new SshError('not an RSA key')
  return { kind: 'rsa', key, size: modulus.length }
}
