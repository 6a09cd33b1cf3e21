import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { signedLine, SIGNER_KINDS, type SignerKind, softwareSigner } from '../../test/support/signers.ts'
import { armourSshsig } from '../lib/sshsig.ts'
import type { Draft } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { draftStatement, openLeaf, sealStatement } from './leaf.ts'
import { readRecord } from './record.ts'
import { joinSigned, STATEMENT_NAMESPACE } from './statement.ts'

const context = { origin: 'portreeve.local/test', random: (bytes: number) => Buffer.alloc(bytes, 7) }
const draft: Draft = {
  id: '0123456789abcdef0123456789abcdef',
  type: 'hold',
  at: '2026-11-26T09:00:00.000Z',
  body: { scope: ['db-1'], user: 'joe' },
  personal: ['/user'],
}
const speaker = { by: 'p_1', base: { size: 6, root: Buffer.alloc(32, 9) } }
const { text, sealed } = draftStatement(draft, context, speaker)
const leafBy = (...kinds: readonly SignerKind[]) =>
  Buffer.from(`${text}\n${kinds.map((kind) => signedLine(softwareSigner(kind, 'p_1', kind), text)).join('')}`)
const leaf = leafBy('ed25519')
const refused = (detail: RegExp) =>
  expect.objectContaining({ code: 'leaf-invalid', message: expect.stringMatching(detail) })

test('its text is two lines that say what a record says, who speaks and what they saw', () => {
  expect(text).toBe(
    'portreeve.dev/statement/v1\n{"at":"2026-11-26T09:00:00.000Z",' +
      `"base":{"root":"${Buffer.alloc(32, 9).toString('base64')}","size":6},` +
      '"body":{"scope":["db-1"]},"by":"p_1","id":"0123456789abcdef0123456789abcdef",' +
      `"log":"portreeve.local/test","priv":[{"c":"${/"c":"([^"]{44})"/.exec(text)?.[1]}","p":"/user"}],"t":"hold"}\n`,
  )
})

test.each(SIGNER_KINDS)('signed by %s, it is read back and its signature verifies', (kind) => {
  const { key } = softwareSigner(kind, 'p_1', kind)
  const { statement } = readRecord(leafBy(kind))
  expect(statement).toMatchObject({ by: 'p_1', base: speaker.base, text })
  const [line] = statement?.signatures ?? []
  expect(line).toMatchObject({ name: 'p_1', keyId: key.keyId })
  const verifies = (message: string) =>
    key.verify(Buffer.from(message), line?.signature ?? Buffer.of(), STATEMENT_NAMESPACE)
  expect(verifies(text)).toBe(true)
  expect(verifies(text.replace('db-1', 'db-2'))).toBe(false)
  expect(key.fault()).toBeNull()
})

test('it opens to what was said, with the values that it commits to', () => {
  const { index, by, body, withheld } = openLeaf(7, leaf, sealed)
  expect({ index, by, body, withheld }).toEqual({ index: 7, by: 'p_1', body: draft.body, withheld: [] })
  expect(openLeaf(7, leaf, []).withheld).toEqual(['/user'])
})

test('ssh-keygen verifies the signature as it stands in the leaf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-statement-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [allowed, file] = [join(folder, 'allowed_signers'), join(folder, 'leaf.sig')]
  for (const kind of [
    'ssh-ed25519',
    'sk-ssh-ed25519',
    'ecdsa-p256',
    'ecdsa-p521',
    'sk-ecdsa',
    'ssh-rsa',
  ] as const) {
    const { statement } = readRecord(leafBy(kind))
    const blob = Buffer.from(softwareSigner(kind, 'p_1', kind).key.material).subarray(24)
    const type = blob.toString('latin1', 4, 4 + blob.readUInt32BE())
    writeFileSync(allowed, `p_1 ${type} ${blob.toString('base64')}\n`)
    writeFileSync(file, armourSshsig(statement?.signatures[0]?.signature ?? Buffer.of()))
    const verify = ['-Y', 'verify', '-f', allowed, '-I', 'p_1', '-n', STATEMENT_NAMESPACE, '-s', file]
    const said = execFileSync('ssh-keygen', verify, { input: statement?.text ?? '', encoding: 'utf8' })
    expect([kind, said]).toEqual([
      kind,
      expect.stringMatching(/^Good "portreeve.dev.statement.v1" signature for p_1/),
    ])
  }
})

describe('sealing', () => {
  test('takes the leaf as it was brought, with all its values', () => {
    expect(sealStatement(leaf, sealed)).toMatchObject({
      id: draft.id,
      type: 'hold',
      at: draft.at,
      leaf,
      sealed,
    })
  })

  test('refuses values that are missing or others', () => {
    expect(() => sealStatement(leaf, [])).toThrow(refused(/value of \/user is missing/))
    const [value] = sealed
    if (value === undefined) throw new Error('nothing sealed')
    expect(() => sealStatement(leaf, [{ ...value, value: '"ann"' }])).toThrow(refused(/commits to/))
  })

  test('refuses a leaf above 32 KiB', () => {
    const large = draftStatement(
      { ...draft, body: { x: 'x'.repeat(33_000) }, personal: [] },
      context,
      speaker,
    )
    const signed = `${large.text}\n${signedLine(softwareSigner('ed25519', 'p_1'), large.text)}`
    expect(() => sealStatement(Buffer.from(signed), [])).toThrow(refused(/larger than the 32768/))
  })

  test('refuses a record, which nobody signed', () => {
    const record = Buffer.from(
      `portreeve.dev/record/v1\n${text
        .split('\n')[1]
        ?.replace(/"base":\{.*?\},/, '')
        .replace('"by":"p_1",', '')}\n`,
    )
    expect(() => sealStatement(record, sealed)).toThrow(refused(/nobody signed/))
  })
})

const noteOf = (second: string, ...lines: readonly string[]) =>
  Buffer.from(`portreeve.dev/statement/v1\n${second}\n\n${lines.map((one) => `${one}\n`).join('')}`)

describe('reading', () => {
  const line = leaf.toString().split('\n')[3] ?? ''
  const json = text.split('\n')[1] ?? ''
  test.each<[string, Buffer, RegExp]>([
    ['no signature', noteOf(json), /0 signatures|signed note/],
    ['a signature twice', noteOf(json, line, line), /signed it twice/],
    ['more than 100 signatures', noteOf(json, ...Array.from({ length: 101 }, () => line)), /101 signatures/],
    ['a third line', noteOf(`${json}\nmore`, line), /two lines/],
    ['an empty line more', noteOf(`${json}\n`, line), /two lines/],
    ['no second line', Buffer.from(`portreeve.dev/statement/v1\n\n${line}\n`), /two lines|canonical/],
    ['something behind it', Buffer.concat([leaf, Buffer.from('x')]), /signed note/],
    ['a signature in another base64', noteOf(json, line.replace(/=+$/, '')), /signature line/],
    ['keys out of order', noteOf(json.replace('{"at"', '{"z":1,"at"'), line), /canonical/],
    ['a fraction', noteOf(json.replace('"size":6', '"size":6.5'), line), /canonical/],
    ['a member more', noteOf(json.replace('"t":', '"sz":1,"t":'), line), /has the members/],
    ['no base', noteOf(json.replace(/"base":\{.*?\},/, ''), line), /has the members/],
    ['a base without entries', noteOf(json.replace('"size":6', '"size":0'), line), /`base`/],
    ['a base with half a root', noteOf(json.replace(/"root":"[^"]*"/, '"root":"AAAA"'), line), /`base`/],
    ['a name for a pseudonym', noteOf(json.replace('"by":"p_1"', '"by":"Joe Doe"'), line), /`by`/],
    ['a genesis', noteOf(json.replace('"t":"hold"', '"t":"genesis"'), line), /genesis is not signed/],
  ])('refuses %s', (_, bytes, detail) => {
    expect(() => readRecord(bytes)).toThrow(refused(detail))
  })

  test('gives back any leaf byte for byte, or refuses it', () => {
    const mutated = fc.tuple(fc.nat(leaf.length - 1), fc.nat(255), fc.boolean()).map(([at, byte, cut]) => {
      const copy = Buffer.from(leaf)
      copy[at] = byte
      return cut ? copy.subarray(0, at) : copy
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const again = readAgain(bytes)
        expect(again instanceof Refusal || again.equals(bytes)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

function readAgain(bytes: Uint8Array): Buffer | Refusal {
  try {
    const { statement } = readRecord(bytes)
    return statement === null ? Buffer.from(bytes) : joinSigned(statement)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
