// A measurement: judging evidence with the verifier, from one proof to the replay of a whole log.
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sealDraft } from '../src/ledger/leaf.ts'
import { idFrom } from '../src/ledger/log.ts'
import { toBase64 } from '../src/lib/base64.ts'
import { frontierRoot, growFrontier, inclusionProof, nodeHash, type Subtrees } from '../src/lib/merkle.ts'
import { entryBundle, tilePath } from '../src/lib/tile.ts'
import {
  ORIGIN,
  noteKey,
  PORT,
  sealPack,
  signedNote,
  SmallLog,
  trustText,
  writePack,
} from '../test/support/evidence-pack.ts'
import { tellStory } from '../test/support/evidence-story.ts'
import { judge } from '../verifier/src/judge.ts'
import { isIncluded, leafHash } from '../verifier/src/merkle.ts'

/**
 * A log of a million entries of 400 bytes, and one of ten million. Its bundles repeat after a thousand, but for the
 * beginnings of their ids, which are written into each as it is read: so the disk holds 100 MB, and no id stands twice.
 * Each bundle is read from the disk, and each entry checked and hashed, as often as it occurs.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WIDTH = 256
const DISTINCT = 1000
const ENTRY = 400
const SIZES = [1_000_000, 10_000_000].map((size) => Math.ceil(size / WIDTH) * WIDTH)
const TARGETS = ['<= 4', '<= 40']

/** The built verifier in a process of its own, so that what it holds in memory is what a verification holds. */
const REPLAY = `
  import { existsSync, readFileSync } from 'node:fs'
  const [folder, built] = process.argv.slice(1)
  const { judge } = await import(built + '/judge.js')
  const { readFolder, tilesIn } = await import(built + '/read-folder.js')
  const began = process.cpuUsage()
  const tiles = tilesIn(folder)
  const renamed = ${renamed.toString()}
  const bundle = (index, width) => renamed(tiles.bundle(index, width), index)
  const evidence = {
    folder: readFolder(folder + '/pack'),
    trust: readFileSync(folder + '/trust.txt'),
    tiles: { checkpoint: () => tiles.checkpoint(), hashes: (...tile) => tiles.hashes(...tile), bundle },
  }
  const { exit, checks } = judge(evidence)
  const { user, system } = process.cpuUsage(began)
  const replay = checks.find(({ name }) => name === 'replay').says
  // What rusage says counts the process that started this one.
  const own = existsSync('/proc/self/status') && /VmHWM: *(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8').replaceAll('\\t', ' '))
  const resident = (own ? Number(own[1]) : process.resourceUsage().maxRSS) / 1024
  console.log(JSON.stringify({ exit, replay, seconds: (user + system) / 1e6, resident }))
`

measure()

function measure(): void {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  try {
    proofs()
    pack()
    const { log, roots } = writeBundles(folder)
    const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : SIZES
    for (const [i, size] of sizes.entries()) {
      writeEvidence(folder, log, roots, size)
      const { seconds, resident } = replay(folder, size)
      const peerValue = rawSeconds(size)
      const name = `full verification of ${size} entries of ${ENTRY} bytes`
      report({
        name,
        value: seconds,
        unit: 's',
        target: TARGETS[i],
        peer: 'SHA-256 of as many bytes in pieces of 1 MiB',
        peerValue,
        ratio: seconds / peerValue,
      })
      report({ name: `${name}, resident`, value: resident, unit: 'MB', target: '<= 200' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function replay(folder: string, size: number): { readonly seconds: number; readonly resident: number } {
  const args = ['--input-type=module', '-e', REPLAY, folder, join(ROOT, 'dist', 'verifier')]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the replay ended with ${status}: ${stderr}`)
  const verdict = JSON.parse(stdout) as { exit: number; replay: string; seconds: number; resident: number }
  if (verdict.exit !== 0 || !verdict.replay.startsWith(`${size} entries`)) throw new Error(stdout)
  return verdict
}

function proofs(): void {
  const size = 1_000_000
  const leaf = Buffer.alloc(ENTRY, 1)
  const hashes = Array.from({ length: 20 }, (_, i) => hash('sha256', `node ${i}`, 'buffer'))
  // The path of leaf 0 has only right siblings.
  const root = hashes.reduce((left, right) => nodeHash(left, right), leafHash(leaf))
  const claim = { leafHash: leafHash(leaf), index: 0n, size: BigInt(size), root, proof: hashes }
  if (!isIncluded(claim)) throw new Error('the proof does not verify')
  const count = 20_000
  const value = rate(count, () => {
    for (let i = 0; i < count; i++) isIncluded(claim)
  })
  const pair = Buffer.alloc(65, 1)
  const peerValue = rate(count, () => {
    for (let i = 0; i < count; i++) for (let n = 0; n < 20; n++) hash('sha256', pair, 'binary')
  })
  report({
    name: 'verify inclusion, 1 M entries',
    value,
    unit: 'proofs/s',
    target: '>= 50000',
    peer: '20 hashes of 65 bytes alone',
    peerValue,
    ratio: value / peerValue,
  })
}

function pack(): void {
  const story = tellStory()
  const evidence = {
    folder: { files: story.files, refused: [] },
    trust: Buffer.from(story.trust),
    tiles: null,
  }
  if (judge(evidence).exit !== 0) throw new Error('the pack is not valid')
  const value = 1000 / rate(1, () => void judge(evidence))
  report({ name: `judge a pack of ${story.files.size} files`, value, unit: 'ms', target: '<= 50' })
}

/** A genesis and records of 400 bytes; the roots of the bundles. */
function writeBundles(folder: string): {
  readonly log: SmallLog
  readonly roots: (index: number) => Uint8Array
} {
  const log = new SmallLog(noteKey(ORIGIN))
  log.record('genesis', {
    format: 1,
    log_key: log.logKeys[0]?.text ?? '',
    root_keys: [],
    software: 'portreeve/0.1.0',
  })
  const leaves = Array.from({ length: DISTINCT * WIDTH }, (_, n) => recordOf(n))
  const write = (name: string, own: readonly Uint8Array[]) => {
    writeFileSync(join(folder, `bundle-${name}`), entryBundle(own))
    return frontierRoot(
      growFrontier(
        0,
        [],
        own.map((leaf) => leafHash(leaf)),
      ),
    )
  }
  const first = write('first', [log.leaves[0] as Uint8Array, ...leaves.slice(1, WIDTH)])
  for (let n = 0; n < DISTINCT; n++) write(String(n), leaves.slice(n * WIDTH, (n + 1) * WIDTH))
  log.leaves.push(...leaves.slice(1, WIDTH))
  return { log, roots: (index) => (index === 0 ? first : rootOf(leaves, index)) }
}

/** Of the bundle as it is read: with the ids of its round. */
function rootOf(leaves: readonly Uint8Array[], index: number): Uint8Array {
  const from = (index % DISTINCT) * WIDTH
  const bundle = renamed(entryBundle(leaves.slice(from, from + WIDTH)), index)
  const hashes = Array.from({ length: WIDTH }, (_, i) => {
    const end = (i + 1) * (2 + ENTRY)
    return leafHash(bundle.subarray(end - ENTRY, end))
  })
  return frontierRoot(growFrontier(0, [], hashes))
}

/**
 * Writes the round in which a bundle comes again over the first two digits of its ids. Its text is what the verifier's
 * own process runs, so it uses nothing of this file.
 */
function renamed(bundle: Uint8Array, index: number): Uint8Array {
  const [round, entry] = [Math.floor(index / 1000), 2 + 400]
  if (round === 0) return bundle
  const digits = round.toString(16).padStart(2, '0')
  const first = Buffer.from(bundle.buffer, bundle.byteOffset, entry).indexOf('"id":"') + 6
  for (let at = first; at < bundle.length; at += entry) {
    bundle[at] = digits.charCodeAt(0)
    bundle[at + 1] = digits.charCodeAt(1)
  }
  return bundle
}

function recordOf(n: number): Uint8Array {
  const context = { origin: ORIGIN, random: () => new Uint8Array() }
  const of = (note: string) => {
    const body = { complete: true, note, passes: n, place: 'db-1', source: 'linux-host:db-1' }
    return sealDraft(
      {
        id: `00${idFrom('bench', n).slice(2)}`,
        type: 'coverage',
        at: '2026-11-23T09:00:00.000Z',
        body,
        personal: [],
      },
      context,
    ).leaf
  }
  return of('x'.repeat(ENTRY - of('').length))
}

/** A pack with the genesis alone, under the head of the whole log. */
function writeEvidence(
  folder: string,
  log: SmallLog,
  roots: (index: number) => Uint8Array,
  size: number,
): void {
  const bundles = size / WIDTH
  const upper = Array.from({ length: bundles }, (_, i) => roots(i))
  const subtree: Subtrees = (level, index) => {
    if (level === 8) return upper[index] as Uint8Array
    if (level === 0) return leafHash(log.leaves[index] as Uint8Array)
    return nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))
  }
  const root = toBase64(frontierRoot(growFrontier(0, [], upper)))
  const note = signedNote(`${ORIGIN}\n${size}\n${root}\n`, log.logKeys)
  const hashes = inclusionProof(0, size, subtree).map((each) => `${toBase64(each)}\n`)
  const question = `{"at":null,"kind":"port","period":null,"port":"${PORT}","record":null,"text":"When?"}\n`
  const texts: Record<string, string | Uint8Array> = {
    'answer.html': 'x',
    'answer.txt': 'x',
    'VERIFY.md': 'x',
    'answer.json': '{"interval":null}\n',
    'question.json': question,
    'leaves/0.leaf': log.leaves[0] as Uint8Array,
    'proofs/0.tlog-proof': `c2sp.org/tlog-proof@v1\nindex 0\n${hashes.join('')}\n${note}`,
    [`checkpoints/${size}.checkpoint`]: note,
  }
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]))
  rmSync(join(folder, 'pack'), { recursive: true, force: true })
  writePack(join(folder, 'pack'), sealPack(files, { size, root }, log.logKeys))
  linkBundles(folder, bundles)
  writeFileSync(join(folder, 'checkpoint'), note)
  writeFileSync(join(folder, 'trust.txt'), trustText({ log }))
}

/** A published log, as far as a replay reads it. */
function linkBundles(folder: string, bundles: number): void {
  for (let index = 0; index < bundles; index++) {
    const path = join(folder, tilePath({ level: 'entries', index, width: WIDTH }))
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    linkSync(join(folder, `bundle-${index === 0 ? 'first' : index % DISTINCT}`), path)
  }
}

/** What the machine needs to hash leaves and nodes, padding left out, if nothing else were to be done. */
function rawSeconds(size: number): number {
  const piece = Buffer.alloc(1024 * 1024, 7)
  const pieces = Math.ceil((size * (1 + ENTRY + 65)) / piece.length)
  const began = process.cpuUsage()
  for (let i = 0; i < pieces; i++) hash('sha256', piece, 'binary')
  return secondsSince(began)
}

/** Per second of processor time, since one thread works and the machine may have other things to do; the median of five. */
function rate(count: number, work: () => void): number {
  work()
  const times = Array.from({ length: 5 }, () => {
    const began = process.cpuUsage()
    work()
    return 1000 * secondsSince(began)
  })
  return (1000 * count) / (times.toSorted((a, b) => a - b)[2] ?? 1)
}

function secondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1e6
}

function report(row: Readonly<Record<string, string | number | undefined>>): void {
  const rounded = Object.entries(row).map(([key, value]) => [
    key,
    typeof value === 'number' ? Number(value.toPrecision(4)) : value,
  ])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
}
