import { X509Certificate } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCheckpoint } from '../../verifier/src/checkpoint.ts'
import { parseDer } from '../../verifier/src/der.ts'
import { Fault } from '../../verifier/src/fault.ts'
import { parseJcs } from '../../verifier/src/jcs.ts'
import { judge } from '../../verifier/src/judge.ts'
import { parseKey } from '../../verifier/src/key.ts'
import { parseLeaf } from '../../verifier/src/leaf.ts'
import { parseNote } from '../../verifier/src/note.ts'
import { parseConsistencyProof, parseInclusionProof } from '../../verifier/src/proof.ts'
import { checkSshSignature, parseSshKey } from '../../verifier/src/ssh.ts'
import { openTimestamp } from '../../verifier/src/timestamp.ts'
import { parseTrust } from '../../verifier/src/trust.ts'
import { checkAssertion, parseWebauthnKey } from '../../verifier/src/webauthn.ts'
import { parseCertificate } from '../../verifier/src/x509.ts'
import { canonicalFault } from '../../src/lib/canonical-json.ts'
import { readRecord } from '../../src/ledger/record.ts'
import { ORIGIN } from '../support/evidence-pack.ts'
import { tellStory } from '../support/evidence-story.ts'
import { sshSigner, webauthnSigner } from '../support/statement-signers.ts'
import { authority, P256 } from '../support/timestamp-authority.ts'

/** Whatever is put into a parser, it answers or refuses by a `Fault`, and soon. */

const RUNS = process.env['PORTREEVE_SOAK'] === undefined ? 400 : 50_000
const story = tellStory()
const head = Buffer.from(story.log.checkpoints.at(-1)?.note ?? '')
const ssh = sshSigner('p_ann', ['-t', 'ecdsa', '-b', '256'])
const browser = webauthnSigner('p_ann')
const tsa = authority({ key: P256 })
const TOKEN = tsa.stamp('x')
const CERTIFICATE = new X509Certificate(tsa.root).raw
tsa.close()
const TEXT = 'portreeve.dev/statement/v1\n{}\n'
const signed = (signer: typeof ssh) => Buffer.from('over' in signer ? signer.over(TEXT) : [])
const keyBytes = (signer: typeof ssh, type: string) => Buffer.from(signer.material).subarray(1 + type.length)
const sshKey = keyBytes(ssh, 'portreeve.dev/sshsig/v1')
const webKey = keyBytes(browser, 'portreeve.dev/webauthn/v1')

const PARSERS: readonly (readonly [string, readonly Buffer[], (bytes: Buffer) => unknown])[] = [
  ['a note', [head], parseNote],
  ['a checkpoint', [head], parseCheckpoint],
  ['an inclusion proof', [Buffer.from(story.log.inclusion(3))], (bytes) => parseInclusionProof(bytes, head)],
  [
    'a consistency proof',
    [Buffer.from(story.log.consistency(6))],
    (bytes) => parseConsistencyProof(bytes, head),
  ],
  ['an entry', story.log.leaves.map((leaf) => Buffer.from(leaf)), (bytes) => parseLeaf(bytes, ORIGIN)],
  ['JSON', [story.files.get('answer.json')?.subarray(0, -1) ?? Buffer.alloc(0)], (bytes) => parseJcs(bytes)],
  [
    'a key',
    [ssh, browser, story.ann].map(({ text }) => Buffer.from(text)),
    (bytes) => parseKey(bytes.toString()),
  ],
  ['an SSH key', [sshKey], parseSshKey],
  [
    'an SSH signature',
    [signed(ssh)],
    (bytes) => checkSshSignature(sshKey, TEXT.split('\n', 1)[0] ?? '', Buffer.from(TEXT), bytes),
  ],
  ['a WebAuthn key', [webKey], parseWebauthnKey],
  [
    'an assertion',
    [signed(browser)],
    (bytes) => checkAssertion(parseWebauthnKey(webKey), Buffer.from(TEXT), bytes),
  ],
  ['DER', [TOKEN], parseDer],
  ['a timestamp', [TOKEN], (bytes) => openTimestamp(bytes, Buffer.from('x'))],
  ['a certificate', [CERTIFICATE], parseCertificate],
  ['a trust file', [Buffer.from(story.trust)], parseTrust],
]

describe('a parser', { timeout: 600_000 }, () => {
  test.each(PARSERS)('of %s takes what is right, and refuses in order what is not', (_, samples, parse) => {
    let taken = 0
    const refusal = (bytes: Buffer) => {
      const began = performance.now()
      try {
        parse(bytes)
        taken++
        return null
      } catch (error) {
        return error
      } finally {
        expect(performance.now() - began).toBeLessThan(1000)
      }
    }
    for (const sample of samples) expect(refusal(sample)).toBeNull()
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom(...samples), fc.array(change(), { minLength: 1, maxLength: 4 }))
        .map(([sample, changes]) => changes.reduce<Buffer>((bytes, apply) => apply(bytes), sample)),
    )
    fc.assert(
      fc.property(hostile, (bytes) => {
        const error = refusal(bytes)
        expect([bytes.toString('base64'), error === null || error instanceof Fault]).toContain(true)
      }),
      { numRuns: RUNS },
    )
    expect(taken).toBeGreaterThanOrEqual(samples.length)
  })

  test('of entries agrees with the writer’s on every record', () => {
    const records = story.log.leaves
      .map((leaf) => Buffer.from(leaf))
      .filter((leaf) => leaf.includes('record/v1'))
    fc.assert(
      fc.property(
        fc.constantFrom(...records),
        fc.array(change(), { minLength: 1, maxLength: 3 }),
        (leaf, changes) => {
          const bytes = changes.reduce<Buffer>((all, apply) => apply(all), leaf)
          const ours = holds(() => parseLeaf(bytes, ORIGIN))
          const theirs = holds(() => {
            if (readRecord(bytes).log !== ORIGIN) throw new Error('of another log')
          })
          expect([bytes.toString(), ours]).toEqual([bytes.toString(), theirs])
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('of JSON agrees with the writer’s on every text', () => {
    const text = fc.stringMatching(/^[{}[\]":,0-9a-z\\ue.-]{0,24}$/)
    const value = fc.json().map((json) => json.replaceAll(/[A-Z]/g, 'a'))
    fc.assert(
      fc.property(fc.oneof(text, value), (json) => {
        const bytes = Buffer.from(json)
        expect([json, holds(() => parseJcs(bytes))]).toEqual([json, canonicalFault(bytes) === null])
      }),
      { numRuns: RUNS * 5 },
    )
  })

  test('is not what ends a verification: no change of any file does', () => {
    const paths = [...story.files.keys()]
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.array(change(), { minLength: 1, maxLength: 3 }),
        (path, changes) => {
          const bytes = changes.reduce((all, apply) => apply(all), story.files.get(path) ?? Buffer.alloc(0))
          const files = new Map([...story.files, [path, bytes]])
          const report = judge({
            folder: { files, refused: [] },
            trust: Buffer.from(story.trust),
            tiles: null,
          })
          expect(report.exit).toBe(bytes.equals(story.files.get(path) ?? Buffer.alloc(0)) ? 0 : 20)
        },
      ),
      { numRuns: RUNS / 8 },
    )
  })
})

/** What somebody does to bytes: change, cut, repeat, insert. */
function change(): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  return fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([where, mask]) => (bytes: Buffer) => {
      const copy = Buffer.from(bytes)
      if (copy.length > 0) copy[at(copy, where)] = (copy[at(copy, where)] as number) ^ mask
      return copy
    }),
    place.map((where) => (bytes: Buffer) => bytes.subarray(0, at(bytes, where))),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([where, count]) => (bytes: Buffer) => {
      const i = at(bytes, where)
      return Buffer.concat([bytes.subarray(0, i + count), bytes.subarray(i)])
    }),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([where, more]) => (bytes: Buffer) => {
      const i = at(bytes, where)
      return Buffer.concat([bytes.subarray(0, i), more, bytes.subarray(i)])
    }),
  )
}

function at(bytes: Buffer, where: number): number {
  return Math.floor(bytes.length * where)
}

function holds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
