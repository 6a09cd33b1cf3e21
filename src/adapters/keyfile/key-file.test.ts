import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ed25519PublicKey, verifyEd25519 } from '../../lib/ed25519.ts'
import { Refusal } from '../../model/refusal.ts'
import { openKeyFile } from './key-file.ts'

let folder = ''
let paths = { keyPath: '', pinPath: '' }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portreeve-key-'))
  paths = { keyPath: join(folder, 'log.key'), pinPath: join(folder, 'head.pin') }
})
afterEach(() => rmSync(folder, { recursive: true }))

const head = (size: number, fill = size) => ({ size, root: Buffer.alloc(32, fill) })
const refusal = (code: string, detail: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(detail) })

describe('the key', () => {
  test('is made once, for its owner alone, and signs', async () => {
    const holder = openKeyFile(paths)
    const [publicKey, again] = await Promise.all([holder.publicKey(), openKeyFile(paths).publicKey()])
    const message = Buffer.from('head')
    expect(again).toEqual(publicKey)
    expect(verifyEd25519(ed25519PublicKey(publicKey), message, await holder.sign(message))).toBe(true)
    expect(statSync(paths.keyPath).mode & 0o777).toBe(0o600)
    expect(readFileSync(paths.keyPath, 'latin1')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(readdirSync(folder)).toEqual(['log.key'])
  })

  test('is refused while others can read it, and taken once they cannot', async () => {
    await openKeyFile(paths).publicKey()
    const holder = openKeyFile(paths)
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(paths.keyPath, mode)
      await expect(holder.publicKey()).rejects.toEqual(refusal('ledger-key', /other accounts/))
      await expect(holder.sign(Buffer.of(1))).rejects.toMatchObject({ hint: `chmod 600 ${paths.keyPath}` })
    }
    chmodSync(paths.keyPath, 0o400)
    await expect(holder.publicKey()).resolves.toHaveLength(32)
  })

  test('is not replaced where it is gone but the log was signed', async () => {
    const holder = openKeyFile(paths)
    await holder.publicKey()
    await holder.pin(head(1))
    rmSync(paths.keyPath)
    await expect(openKeyFile(paths).publicKey()).rejects.toEqual(refusal('ledger-key', /is gone/))
    expect(readdirSync(folder)).toEqual(['head.pin'])
  })

  test('of another kind, under a passphrase, cut short or too large is refused', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    })
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const locked = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
    const plain = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const open = publicKey.export({ format: 'pem', type: 'spki' })
    for (const content of [ec, locked, open, plain.slice(0, 60), '', plain + ' '.repeat(20_000)]) {
      writeFileSync(paths.keyPath, content, { mode: 0o600 })
      await expect(openKeyFile(paths).publicKey()).rejects.toEqual(
        refusal('ledger-key', /does not hold an Ed25519/),
      )
    }
  })

  test('in a folder that is not there is refused with a way out', async () => {
    const nowhere = openKeyFile({ ...paths, keyPath: join(folder, 'no', 'log.key') })
    await expect(nowhere.publicKey()).rejects.toEqual(refusal('ledger-key', /cannot be made: ENOENT/))
  })
})

describe('the pin', () => {
  test('is what was pinned last, and nothing at first', async () => {
    const holder = openKeyFile(paths)
    expect(await holder.pinned()).toBeNull()
    await Promise.all([1, 2, 300].map((size) => holder.pin(head(size))))
    expect(await openKeyFile(paths).pinned()).toEqual(head(300))
    expect(readFileSync(paths.pinPath, 'latin1')).toBe(
      `portreeve.dev/pin/v1\n300\n${Buffer.alloc(32, 300).toString('base64')}\n`,
    )
    expect(readdirSync(folder)).toEqual(['head.pin'])
  })

  test('never goes back, and never to another tree of its size', async () => {
    const holder = openKeyFile(paths)
    await holder.pin(head(5))
    await holder.pin(head(5))
    await expect(holder.pin(head(4))).rejects.toEqual(refusal('ledger-fork', /4 entries.* pins 5/))
    await expect(holder.pin(head(5, 9))).rejects.toEqual(refusal('ledger-fork', /pins 5/))
    await holder.pin(head(6))
    expect(await holder.pinned()).toEqual(head(6))
  })

  test('that cannot be written ends the process', async () => {
    const holder = openKeyFile({ ...paths, pinPath: join(folder, 'no', 'head.pin') })
    await expect(holder.pin(head(1))).rejects.toMatchObject({ name: 'Fatal' })
  })

  test('is read or refused, whatever the file holds', async () => {
    const good = `portreeve.dev/pin/v1\n7\n${Buffer.alloc(32, 7).toString('base64')}\n`
    const mutated = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(good)
      copy[at % copy.length] = byte
      return copy
    })
    const content = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 200 }),
      fc.constant(Buffer.from(`${good}\n`)),
    )
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        writeFileSync(paths.pinPath, bytes)
        const pin = await openKeyFile(paths)
          .pinned()
          .catch((error: unknown) => error)
        const read = pin instanceof Refusal ? pin.code : asText(pin)
        expect(read).toBeOneOf(['file-unreadable', Buffer.from(bytes).toString('latin1')])
      }),
    )
  })
})

function asText(pin: unknown): string {
  const { size, root } = pin as { size: number; root: Uint8Array }
  return `portreeve.dev/pin/v1\n${size}\n${Buffer.from(root).toString('base64')}\n`
}
