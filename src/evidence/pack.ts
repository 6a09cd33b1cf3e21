import { hash } from 'node:crypto'

import { toBase64 } from '../lib/base64.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { JsonObject, Sealed } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'

/** Evidence packs: docs/formats/evidence-pack-v1.md. What was gathered goes in, the files of the folder come out. */

export interface PackFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** A checkpoint of the log as it was signed, with the cosignatures that came for it. */
export interface PackCheckpoint {
  readonly size: number
  /** C2SP signed note. */
  readonly note: string
  /** Hashes by which it is consistent with the head. */
  readonly proof: readonly Uint8Array[]
}

export interface PackLeaf {
  readonly index: number
  readonly leaf: Uint8Array
  /** Hashes by which it lies in the head. */
  readonly proof: readonly Uint8Array[]
}

/** A token over one of the checkpoints, as an authority answered. */
export interface PackTimestamp {
  readonly size: number
  /** The note whose bytes were stamped; it may hold fewer cosignatures than the checkpoint does now. */
  readonly note: Uint8Array
  /** TimeStampResp, DER. */
  readonly response: Uint8Array
  /** Further certificates of the chain, PEM; empty where the token holds them all. */
  readonly chain: string
}

export interface Disclosure extends Sealed {
  readonly leaf: number
}

export interface Pack {
  readonly at: Instant
  readonly software: string
  readonly origin: string
  readonly head: { readonly size: number; readonly root: Uint8Array; readonly note: string }
  /** The head is not among them. */
  readonly checkpoints: readonly PackCheckpoint[]
  readonly leaves: readonly PackLeaf[]
  readonly timestamps: readonly PackTimestamp[]
  readonly disclosed: readonly Disclosure[]
  readonly question: JsonObject
  readonly answer: JsonObject
  /** Of a sample. */
  readonly population: JsonObject | null
  readonly words: { readonly text: string; readonly html: string; readonly verify: string }
}

/** Every file that the manifest lists, in its order. */
export function packFiles(pack: Pack): readonly PackFile[] {
  const { head, population, words } = pack
  const files = [
    text('answer.txt', words.text),
    text('answer.html', words.html),
    text('VERIFY.md', words.verify),
    json('question.json', pack.question),
    json('answer.json', pack.answer),
    ...(population === null ? [] : [json('population.json', population)]),
    ...(pack.disclosed.length === 0 ? [] : [json('opened.json', openedOf(pack.disclosed))]),
    ...pack.leaves.flatMap((leaf) => leafFiles(leaf, head.note)),
    text(checkpointPath(head.size), head.note),
    ...pack.checkpoints.flatMap((checkpoint) => checkpointFiles(checkpoint, head.note)),
    ...timestampFiles(pack.timestamps),
  ]
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The bytes of `manifest.json`. */
export function manifestOf(pack: Pack, files: readonly PackFile[]): Uint8Array {
  return json('manifest.json', {
    at: pack.at,
    files: files.map(({ path, bytes }) => ({
      path,
      sha256: hash('sha256', bytes, 'hex'),
      size: bytes.length,
    })),
    format: FORMAT,
    head: { root: toBase64(pack.head.root), size: pack.head.size },
    log: pack.origin,
    software: pack.software,
  }).bytes
}

/** What the log signs for the manifest: the text of `manifest.sig`. */
export function manifestText(origin: string, manifest: Uint8Array): string {
  const digest = hash('sha256', manifest, 'base64')
  return `${FORMAT}\n${origin}\n${digest}\n${manifest.length}\n`
}

/** C2SP tlog-proof (commit 5ba5ee8) without `extra`. */
export function tlogProof(index: number, proof: readonly Uint8Array[], checkpoint: string): string {
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashLines(proof)}\n${checkpoint}`
}

const FORMAT = 'portreeve.dev/evidence-pack/v1'

function leafFiles({ index, leaf, proof }: PackLeaf, head: string): PackFile[] {
  return [
    { path: `leaves/${index}.leaf`, bytes: leaf },
    text(`proofs/${index}.tlog-proof`, tlogProof(index, proof, head)),
  ]
}

/** The proof has the form of a C2SP tlog-witness `add-checkpoint` request. */
function checkpointFiles({ size, note, proof }: PackCheckpoint, head: string): PackFile[] {
  return [
    text(checkpointPath(size), note),
    text(`consistency/${size}.proof`, `old ${size}\n${hashLines(proof)}\n${head}`),
  ]
}

function timestampFiles(timestamps: readonly PackTimestamp[]): PackFile[] {
  const bySize = Map.groupBy(timestamps, ({ size }) => size)
  return [...bySize.values()].flatMap((some) =>
    some.flatMap(({ size, note, response, chain }, at) => {
      const path = `timestamps/${size}.${at + 1}`
      const files = [
        { path: `${path}.note`, bytes: note },
        { path: `${path}.tsr`, bytes: response },
      ]
      return chain === '' ? files : [...files, text(`${path}.pem`, chain)]
    }),
  )
}

function openedOf(disclosed: readonly Disclosure[]): JsonObject {
  const sorted = disclosed.toSorted((a, b) => a.leaf - b.leaf || (a.pointer < b.pointer ? -1 : 1))
  const values = sorted.map(({ leaf, pointer, salt, value }) => ({
    leaf,
    p: pointer,
    salt: toBase64(salt),
    value,
  }))
  return { values }
}

function checkpointPath(size: number): string {
  return `checkpoints/${size}.checkpoint`
}

function hashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((each) => `${toBase64(each)}\n`).join('')
}

function text(path: string, content: string): PackFile {
  return { path, bytes: Buffer.from(content) }
}

function json(path: string, value: JsonObject): PackFile {
  return text(path, `${canonicalJson(value)}\n`)
}
