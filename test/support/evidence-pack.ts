import { createHash, generateKeyPairSync, hash, sign, type KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sealDraft } from '../../src/ledger/leaf.ts'
import { toBase64 } from '../../src/lib/base64.ts'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import { rawEd25519PublicKey } from '../../src/lib/ed25519.ts'
import { consistencyProof, inclusionProof, leafHash, rangeRoot, subtreesOf } from '../../src/lib/merkle.ts'
import { formatNote } from '../../src/lib/signed-note.ts'
import { entryBundle, hashTile, tilePath, tilesOf } from '../../src/lib/tile.ts'
import type { EntryType, JsonObject, Sealed } from '../../src/model/entry.ts'

/** Small logs and the evidence packs over them, by the writer's own hand: docs/formats/evidence-pack-v1.md. */

export const ORIGIN = 'ledger.example.test/portreeve/prod'
export const PORT = 'db-1/net:1/10.0.3.7:5432/tcp'
const START = Date.parse('2026-11-26T09:00:00.000Z')
export const at = (second: number): string => new Date(START + second * 1000).toISOString()

/** A key pair whose key id is of this type: 1 signs notes, 4 cosigns. */
export interface NoteKey {
  readonly name: string
  readonly keyId: string
  readonly text: string
  readonly material: Uint8Array
  readonly secret: KeyObject
}

export function noteKey(name: string, type: 1 | 4 = 1): NoteKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  return namedKey(name, Buffer.concat([Buffer.of(type), rawEd25519PublicKey(privateKey)]), privateKey)
}

/** `type ‖ key` under a name. */
export function namedKey(name: string, material: Uint8Array, secret: KeyObject): NoteKey {
  const keyId = createHash('sha256').update(`${name}\n`).update(material).digest('hex').slice(0, 8)
  return { name, keyId, material, secret, text: `${name}+${keyId}+${toBase64(material)}` }
}

/** A signature line's content: Ed25519 over the text unless told. */
export type Signer = NoteKey | (NoteKey & { readonly over: (text: string) => Uint8Array })

export interface Checkpointed {
  readonly size: number
  readonly note: string
}

/** A log that a test grows entry by entry. */
export class SmallLog {
  readonly leaves: Uint8Array[] = []
  readonly sealed: (readonly Sealed[])[] = []
  readonly checkpoints: Checkpointed[] = []
  readonly logKeys: NoteKey[]

  constructor(logKey: NoteKey = noteKey(ORIGIN)) {
    this.logKeys = [logKey]
  }

  get size(): number {
    return this.leaves.length
  }

  record(type: EntryType, body: JsonObject, personal: readonly string[] = []): number {
    const draft = { id: this.#id(), type, at: at(this.size), body, personal }
    const { leaf, sealed } = sealDraft(draft, {
      origin: ORIGIN,
      random: (bytes) => Buffer.alloc(bytes, this.size + 1),
    })
    return this.push(leaf, sealed)
  }

  /** Line 2 of a statement may be changed before it is signed. */
  statement(
    type: EntryType,
    body: JsonObject,
    by: string,
    signers: readonly Signer[],
    change: JsonObject = {},
  ): number {
    const base = { root: toBase64(this.root(this.size)), size: this.size }
    const members = { at: at(this.size), base, body, by, id: this.#id(), log: ORIGIN, t: type, ...change }
    const text = `portreeve.dev/statement/v1\n${canonicalJson(members)}\n`
    return this.push(Buffer.from(signedNote(text, signers)))
  }

  push(leaf: Uint8Array, sealed: readonly Sealed[] = []): number {
    this.leaves.push(leaf)
    this.sealed.push(sealed)
    return this.leaves.length - 1
  }

  root(size: number): Uint8Array {
    return rangeRoot(0, size, this.#subtrees)
  }

  /** Signs the present head, and keeps it. */
  checkpoint(
    cosigners: readonly (readonly [NoteKey, number])[] = [],
    logKeys: readonly Signer[] = this.logKeys,
  ): string {
    const text = `${ORIGIN}\n${this.size}\n${toBase64(this.root(this.size))}\n`
    const cosigned = cosigners.map(([key, second]) => cosigner(key, START / 1000 + second))
    const note = signedNote(text, [...logKeys, ...cosigned])
    this.checkpoints.push({ size: this.size, note })
    return note
  }

  inclusion(index: number): string {
    const head = this.#head()
    const hashes = inclusionProof(index, head.size, this.#subtrees).map((each) => `${toBase64(each)}\n`)
    return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.join('')}\n${head.note}`
  }

  consistency(size: number): string {
    const head = this.#head()
    const hashes = consistencyProof(size, head.size, this.#subtrees).map((each) => `${toBase64(each)}\n`)
    return `old ${size}\n${hashes.join('')}\n${head.note}`
  }

  /** The log as a static folder, up to its newest checkpoint. */
  publish(folder: string): void {
    const head = this.#head()
    write(join(folder, 'checkpoint'), head.note)
    for (const tile of tilesOf(head.size)) {
      const { level, index, width } = tile
      const bytes =
        level === 'entries'
          ? entryBundle(this.leaves.slice(index * 256, index * 256 + width))
          : hashTile(level, index, width, this.#subtrees)
      write(join(folder, tilePath(tile)), bytes)
    }
  }

  #head(): Checkpointed {
    return this.checkpoints.at(-1) as Checkpointed
  }

  #id(): string {
    return hash('sha256', `entry ${this.size}`, 'hex').slice(0, 32)
  }

  readonly #subtrees = subtreesOf((index) => leafHash(this.leaves[index] as Uint8Array))
}

export interface PackParts {
  readonly log: SmallLog
  /** Indices of the entries that go in. */
  readonly leaves: readonly number[]
  readonly question: JsonObject
  readonly answer: JsonObject
  /** Entries whose values are disclosed. */
  readonly opened?: readonly number[]
  readonly more?: Readonly<Record<string, string | Uint8Array>>
}

export type PackFiles = Map<string, Buffer>

/** The files of a pack, sealed by the log's newest key. */
export function packFiles({ log, leaves, question, answer, opened = [], more = {} }: PackParts): PackFiles {
  const head = log.checkpoints.at(-1) as Checkpointed
  const texts: Record<string, string | Uint8Array> = {
    'question.json': `${canonicalJson(question)}\n`,
    'answer.json': `${canonicalJson(answer)}\n`,
    'answer.txt': 'The port was first seen open at 09:00:06.\n',
    'answer.html': '<!doctype html><title>Answer</title><p>The port was first seen open at 09:00:06.</p>\n',
    'VERIFY.md': 'portreeve-verify . --trust trust.txt\n',
    ...more,
  }
  for (const index of leaves) {
    texts[`leaves/${index}.leaf`] = log.leaves[index] as Uint8Array
    texts[`proofs/${index}.tlog-proof`] = log.inclusion(index)
  }
  for (const { size, note } of log.checkpoints) {
    texts[`checkpoints/${size}.checkpoint`] = note
    if (size !== head.size) texts[`consistency/${size}.proof`] = log.consistency(size)
  }
  const values = opened.flatMap((leaf) =>
    (log.sealed[leaf] ?? []).map(({ pointer: p, salt, value }) => ({ leaf, p, salt: toBase64(salt), value })),
  )
  if (values.length > 0) texts['opened.json'] = `${canonicalJson({ values })}\n`
  const files = new Map(Object.entries(texts).map(([path, content]) => [path, Buffer.from(content)]))
  return sealPack(files, { size: head.size, root: toBase64(log.root(head.size)) }, log.logKeys)
}

/** Writes manifest and signature for files as they are. */
export function sealPack(
  files: PackFiles,
  head: { readonly size: number; readonly root: string },
  keys: readonly NoteKey[],
): PackFiles {
  const sealed = new Map([...files].filter(([path]) => !path.startsWith('manifest.')))
  const listed = [...sealed]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([path, bytes]) => ({ path, sha256: hash('sha256', bytes, 'hex'), size: bytes.length }))
  const manifest = Buffer.from(
    `${canonicalJson({
      at: at(3600),
      files: listed,
      format: 'portreeve.dev/evidence-pack/v1',
      head: { root: head.root, size: head.size },
      log: ORIGIN,
      software: 'portreeve/0.1.0',
    })}\n`,
  )
  const text = `portreeve.dev/evidence-pack/v1\n${ORIGIN}\n${hash('sha256', manifest, 'base64')}\n${manifest.length}\n`
  return new Map([
    ...sealed,
    ['manifest.json', manifest],
    ['manifest.sig', Buffer.from(signedNote(text, keys))],
  ])
}

export function writePack(folder: string, files: PackFiles): void {
  for (const [path, bytes] of files) write(join(folder, path), bytes)
}

export interface TrustParts {
  readonly log: SmallLog
  /** Keys of the log, where they are not those that it has now. */
  readonly logKeys?: readonly NoteKey[]
  readonly witnesses?: readonly NoteKey[]
  readonly quorum?: string
  readonly more?: readonly string[]
}

export function trustText({
  log,
  logKeys = log.logKeys,
  witnesses = [],
  quorum,
  more = [],
}: TrustParts): string {
  const group =
    witnesses.length > 0
      ? [`group all ${witnesses.length} ${witnesses.map((_, i) => `w${i}`).join(' ')}`]
      : []
  return [
    'portreeve.dev/trust/v1',
    '# Printed for a test.',
    `origin ${ORIGIN}`,
    `genesis ${toBase64(leafHash(log.leaves[0] as Uint8Array))}`,
    ...logKeys.map(({ text }) => `log ${text}`),
    ...witnesses.map(({ text }, i) => `witness w${i} ${text}`),
    ...group,
    `quorum ${quorum ?? (witnesses.length > 0 ? 'all' : 'none')}`,
    ...more,
    '',
  ].join('\n')
}

export function signedNote(text: string, signers: readonly Signer[]): string {
  const signatures = signers.map((signer) => ({
    name: signer.name,
    keyId: signer.keyId,
    signature: 'over' in signer ? signer.over(text) : sign(null, Buffer.from(text), signer.secret),
  }))
  return formatNote({ text, signatures })
}

function cosigner(key: NoteKey, time: number): Signer {
  const over = (text: string) => {
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(BigInt(time))
    return Buffer.concat([
      stamp,
      sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), key.secret),
    ])
  }
  return { ...key, over }
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
