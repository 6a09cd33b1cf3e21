import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { fromBase64Hash, hex, utf8 } from './bytes.ts'
import { logSigners, parseCheckpoint } from './checkpoint.ts'
import { checkEd25519Key } from './ed25519.ts'
import { canonicalEnd, parseJcs } from './jcs.ts'
import { isEd25519, parseKey } from './key.ts'
import { GrowingTree, isConsistent, isIncluded, leafHash } from './merkle.ts'
import { tilesIn } from './read-folder.ts'
import { verifySignature } from './runtime.ts'
import { checkSshSignature } from './ssh.ts'

/** Answers that nobody in this project wrote. */

const CONFORMANCE = fileURLToPath(new URL('../../../shared/conformance', import.meta.url))
const VECTORS = JSON.parse(readFileSync(new URL('../../vectors/ledger-v1.json', import.meta.url), 'utf8'))
const json = (path: string) => JSON.parse(readFileSync(join(CONFORMANCE, path), 'utf8'))
const unhex = (text: string) => Buffer.from(text, 'hex')
const holds = (work: () => unknown) => {
  try {
    work()
    return true
  } catch {
    return false
  }
}

describe.skipIf(!existsSync(join(CONFORMANCE, 'merkle')))('transparency-dev/merkle', () => {
  test('inclusion proofs are taken and refused as they say', () => {
    const files = filesIn('merkle/inclusion')
    expect(files.length).toBeGreaterThan(90)
    for (const path of files) {
      const { root, leafHash, proof, wantErr } = json(path)
      const claim = {
        leafHash: Buffer.from(leafHash, 'base64'),
        index: numbers(path, 'leafIdx'),
        size: numbers(path, 'treeSize'),
        root: Buffer.from(root ?? '', 'base64'),
        proof: hashes(proof),
      }
      expect([path, isIncluded(claim)]).toEqual([path, !wantErr])
    }
  })

  test('consistency proofs are taken and refused as they say', () => {
    const files = filesIn('merkle/consistency')
    expect(files.length).toBeGreaterThan(90)
    for (const path of files) {
      const { root1, root2, proof, wantErr } = json(path)
      const claim = {
        older: numbers(path, 'size1'),
        newer: numbers(path, 'size2'),
        olderRoot: Buffer.from(root1 ?? '', 'base64'),
        newerRoot: Buffer.from(root2 ?? '', 'base64'),
        proof: hashes(proof),
      }
      expect([path, isConsistent(claim)]).toEqual([path, !wantErr])
    }
  })
})

describe.skipIf(!existsSync(join(CONFORMANCE, 'tlog-tiles')))('Tessera’s log', () => {
  const folder = join(CONFORMANCE, 'tlog-tiles')
  const KEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('checkpoint')) : []

  test.each(names)('%s has the root of its entries, and the signature of the log', (name) => {
    const checkpoint = parseCheckpoint(readFileSync(join(folder, name)))
    const tree = new GrowingTree()
    const bundle = checkpoint.size === 0 ? Buffer.alloc(0) : tilesIn(folder).bundle(0, checkpoint.size)
    if (bundle === null) throw new Error('no such bundle')
    for (let at = 0; at < bundle.length;) {
      const length = (bundle[at] as number) * 256 + (bundle[at + 1] as number)
      tree.add(bundle.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    expect([tree.size, hex(tree.root())]).toEqual([checkpoint.size, hex(checkpoint.root)])
    expect(logSigners(checkpoint, [parseKey(KEY)])).toHaveLength(1)
  })
})

describe.skipIf(!existsSync(join(CONFORMANCE, 'jcs')))('cyberphone/json-canonicalization', () => {
  test('what lies within the profile of the ledger is taken as it stands, and nothing else', () => {
    const within = ['values', 'arrays', 'french', 'structures', 'unicode', 'weird'].filter((name) =>
      holds(() => parseJcs(readFileSync(join(CONFORMANCE, 'jcs/output', `${name}.json`)))),
    )
    // The others have floats, or keys that entries do not have.
    expect(within).toEqual(['arrays'])
    const strings = readFileSync(join(CONFORMANCE, 'jcs/output/french.json'), 'utf8')
    for (const [text] of strings.matchAll(/"(?:[^"\\]|\\.)*"/g))
      expect(canonicalEnd(utf8(text), 0, 0)).toBe(utf8(text).length)
    for (const name of ['values', 'arrays', 'french', 'structures', 'unicode', 'weird'])
      expect(holds(() => parseJcs(readFileSync(join(CONFORMANCE, 'jcs/input', `${name}.json`))))).toBe(false)
  })
})

describe.skipIf(!existsSync(join(CONFORMANCE, 'ed25519')))('Wycheproof and CCTV', () => {
  test('Ed25519 signatures verify as they say', () => {
    let count = 0
    for (const { publicKey, tests } of json('ed25519/wycheproof-ed25519.json').testGroups)
      for (const { msg, sig, result, tcId } of tests) {
        expect([tcId, isEd25519(unhex(publicKey.pk), unhex(msg), unhex(sig))]).toEqual([
          tcId,
          result === 'valid',
        ])
        count++
      }
    expect(count).toBeGreaterThan(140)
  })

  test('ECDSA signatures on P-256 verify as they say', () => {
    let count = 0
    for (const { publicKeyDer, tests } of json('ed25519/wycheproof-ecdsa-p256-sha256.json').testGroups)
      for (const { msg, sig, result, tcId } of tests) {
        const scheme = { kind: 'ecdsa', digest: 'sha256', form: 'der' } as const
        const verified = verifySignature(unhex(publicKeyDer), scheme, unhex(msg), unhex(sig))
        expect([tcId, verified]).toEqual([tcId, result === 'valid'])
        count++
      }
    expect(count).toBeGreaterThan(400)
  })

  test('a key of small or mixed order, or in another encoding, is none that may be enrolled', () => {
    const vectors: { key: string; flags: string[] | null }[] = json('ed25519/cctv-ed25519-edge-cases.json')
    const weak = ['low_order_A', 'low_order_component_A', 'non_canonical_A']
    for (const { key, flags } of vectors) {
      const refused = (flags ?? []).some((flag) => weak.includes(flag))
      expect([key, holds(() => checkEd25519Key(unhex(key)))]).toEqual([key, !refused])
    }
  })
})

describe.skipIf(!existsSync(join(CONFORMANCE, 'sshsig')))('OpenSSH', () => {
  test.each(['ecdsa', 'ecdsa_sk', 'ecdsa_sk_webauthn', 'ed25519', 'ed25519_sk', 'rsa'])(
    '%s signatures verify',
    (name) => {
      expect(() => checkSshsig(name)).not.toThrow()
      expect(() => checkSshsig(name, { message: Buffer.from('another') })).toThrow(
        /SSH signature|client data/,
      )
      expect(() => checkSshsig(name, { namespace: 'file' })).toThrow('namespace')
    },
  )

  test('the composite with ML-DSA is said to be not supported', () => {
    expect(() => checkSshsig('mldsa44-ed25519')).toThrow('not supported')
  })
})

describe('our own vectors', () => {
  test('no text that they call not canonical is', () => {
    for (const line of VECTORS.not_canonical) expect(() => parseJcs(utf8(line))).toThrow('canonical')
  })

  test('proofs, roots and the checkpoint hold', () => {
    const hashes = VECTORS.entries.map((entry: { leaf: string }) => leafHash(utf8(entry.leaf)))
    const tree = new GrowingTree()
    for (const [i, entry] of VECTORS.entries.entries()) {
      tree.add(utf8(entry.leaf))
      const head = VECTORS.heads.find(({ size }: { size: number }) => size === i + 1)
      expect(hex(tree.root())).toBe(hex(fromBase64Hash(head.root)))
    }
    for (const { index, size, proof } of VECTORS.inclusion)
      expect(
        isIncluded({
          leafHash: hashes[index],
          index: BigInt(index),
          size: BigInt(size),
          root: tree.root(),
          proof: proof.map(fromBase64Hash),
        }),
      ).toBe(true)
    const checkpoint = parseCheckpoint(utf8(VECTORS.checkpoint))
    expect(logSigners(checkpoint, [parseKey(VECTORS.key.note_key)])).toHaveLength(1)
  })
})

function filesIn(folder: string): string[] {
  return readdirSync(join(CONFORMANCE, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}

/** Indices go up to 2^64 - 1, beyond what JSON.parse keeps. */
function numbers(path: string, name: string): bigint {
  const text = readFileSync(join(CONFORMANCE, path), 'utf8')
  return BigInt(new RegExp(`"${name}": *(\\d+)`).exec(text)?.[1] ?? '-1')
}

function hashes(proof: string[] | null): Uint8Array[] {
  return (proof ?? []).map((hash) => Buffer.from(hash, 'base64'))
}

function sshsig(name: string): Buffer {
  return readFileSync(join(CONFORMANCE, 'sshsig', name))
}

function checkSshsig(name: string, { message = sshsig('signed-data'), namespace = 'unittest' } = {}): void {
  const key = Buffer.from(sshsig(`${name}.pub`).toString().split(' ')[1] ?? '', 'base64')
  const armoured = sshsig(`${name}.sig`)
    .toString()
    .replaceAll(/-----.*-----|\n/g, '')
  checkSshSignature(key, namespace, message, Buffer.from(armoured, 'base64'))
}
