import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, hash, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namedKey, type Signer } from './evidence-pack.ts'

/** Keys of people as a statement knows them: docs/formats/ledger-statement-v1.md, "Keys in text". */

/** A key of the real `ssh-keygen`; the message's first line is the namespace. */
export function sshSigner(name: string, args: readonly string[]): Signer {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-ssh-'))
  try {
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-f', join(folder, 'key'), ...args], {
      stdio: 'pipe',
    })
    const secret = readFileSync(join(folder, 'key'))
    const wire = Buffer.from(readFileSync(join(folder, 'key.pub'), 'utf8').split(' ')[1] ?? '', 'base64')
    const material = Buffer.concat([Buffer.of(0xff), Buffer.from('portreeve.dev/sshsig/v1'), wire])
    const placeholder = null as unknown as KeyObject
    return { ...namedKey(name, material, placeholder), over: (text) => sshSignature(secret, text) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sshSignature(secret: Buffer, text: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-ssh-'))
  try {
    writeFileSync(join(folder, 'key'), secret, { mode: 0o600 })
    const namespace = text.split('\n', 1)[0] ?? ''
    const armoured = execFileSync(
      'ssh-keygen',
      ['-q', '-Y', 'sign', '-f', join(folder, 'key'), '-n', namespace],
      {
        input: text,
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    )
    return Buffer.from(armoured.toString().replaceAll(/-----.*-----|\n/g, ''), 'base64')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface AssertionParts {
  readonly type: string
  readonly origin: string
  readonly relyingParty: string
  readonly flags: number
  readonly challenge: (text: string) => string
  readonly more: Readonly<Record<string, unknown>>
}

const USUAL: AssertionParts = {
  type: 'webauthn.get',
  origin: 'https://ports.example.com',
  relyingParty: 'ports.example.com',
  flags: 0b101,
  challenge: (text) => hash('sha256', text, 'buffer').toString('base64url'),
  more: { crossOrigin: false },
}

/** What a browser and an authenticator make together; parts of it may be said otherwise. */
export function webauthnSigner(
  name: string,
  kind: 'P-256' | 'ed25519' | 'rsa' = 'P-256',
  parts: Partial<AssertionParts> = {},
): Signer {
  const { type, origin, relyingParty, flags, challenge, more } = { ...USUAL, ...parts }
  const { publicKey, privateKey } = keysOf(kind)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const key = Buffer.concat([prefixed(USUAL.relyingParty), prefixed(USUAL.origin), spki])
  const material = Buffer.concat([Buffer.of(0xff), Buffer.from('portreeve.dev/webauthn/v1'), key])
  const over = (text: string) => {
    const clientData = JSON.stringify({ type, challenge: challenge(text), origin, ...more })
    const data = Buffer.concat([hash('sha256', relyingParty, 'buffer'), Buffer.of(flags), Buffer.alloc(4)])
    const signed = Buffer.concat([data, hash('sha256', clientData, 'buffer')])
    const signature = sign(kind === 'ed25519' ? null : 'sha256', signed, privateKey)
    return Buffer.concat([prefixed(data), prefixed(clientData), signature])
  }
  return { ...namedKey(name, material, privateKey), over }
}

function keysOf(kind: 'P-256' | 'ed25519' | 'rsa'): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'P-256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 3072 }) : generateKeyPairSync('ed25519')
}

function prefixed(part: string | Uint8Array): Buffer {
  const bytes = Buffer.from(part)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}
