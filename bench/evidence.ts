// A measurement: proofs from tiles, cold and warm, and whole evidence packs.
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openBook } from '../src/actions/book.ts'
import { deskOf } from '../src/actions/desk.ts'
import { publishTiles, Tiles } from '../src/actions/tiles.ts'
import { tileFolder } from '../src/adapters/tiles/tile-folder.ts'
import type { EntryQuery } from '../src/ledger/store.ts'
import { inclusionProof, leafHash } from '../src/lib/merkle.ts'
import { openEnvironment } from '../src/wiring/environment.ts'
import { readSettings } from '../src/wiring/settings.ts'

/** A log of so many leaves; a proof takes a tile of each of its three levels. */
const SIZE = 1_000_000
/** Each waits for the disk most of its time, as those who ask a server do. */
const CALLERS = 8
const PROOFS = 2_000
const WARM = 256
const RUNS = 5
const EMPTY = { index: 0, id: '', type: 'sighting', at: '', leafHash: Buffer.alloc(0) } as const
const PACKS = 20

const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
try {
  await measureProofs()
  for (const hosts of [1, 30]) await measurePack(hosts)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measureProofs(): Promise<void> {
  const hashes = Array.from({ length: SIZE }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)))
  const entries = {
    entries: async ({ from, limit }: EntryQuery) =>
      Array.from({ length: limit }, (_, n) => ({ ...EMPTY, leaf: Buffer.from(`leaf ${from + n}`) })),
    leafHashes: async (from: number, until: number) => hashes.slice(from, until),
  }
  const files = tileFolder(join(folder, 'tiles'), 'private')
  await publishTiles(new Tiles(entries, files), files, SIZE)
  const indexes = Array.from({ length: PROOFS }, (_, n) => (n * 7_919_993) % SIZE)
  // The edge of the tree is in the memory of every server that runs; the tile of a leaf is one of 3,907.
  const cold = await median(async () => {
    const tiles = new Tiles(entries, files)
    await tiles.over(SIZE, (subtrees) => inclusionProof(SIZE - 1, SIZE, subtrees))
    const began = performance.now()
    const left = indexes.values()
    const caller = async () => {
      for (const index of left) await tiles.over(SIZE, (subtrees) => inclusionProof(index, SIZE, subtrees))
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    return performance.now() - began
  })
  const tiles = new Tiles(entries, files)
  const near = indexes.map((index) => index % (WARM * WARM))
  for (const index of near) await tiles.over(SIZE, (subtrees) => inclusionProof(index, SIZE, subtrees))
  const warm = await median(async () => {
    const began = performance.now()
    for (const index of near) await tiles.over(SIZE, (subtrees) => inclusionProof(index, SIZE, subtrees))
    return performance.now() - began
  })
  const nodes = await median(async () => hashMany(PROOFS * 255))
  const peerValue = PROOFS / nodes
  print({
    name: `inclusion proof, ${SIZE} leaves, the tile of the leaf from the disk, ${CALLERS} callers`,
    value: PROOFS / cold,
    unit: 'proofs/s',
    target: '>= 2000',
    peer: 'SHA-256 over the nodes of a tile',
    peerValue,
    ratio: PROOFS / cold / peerValue,
  })
  print({
    name: 'inclusion proof, tiles in memory',
    value: PROOFS / warm,
    unit: 'proofs/s',
    target: '>= 20000',
  })
}

/** Milliseconds. */
function hashMany(count: number): number {
  const pair = Buffer.alloc(65)
  const began = performance.now()
  for (let n = 0; n < count; n++) hash('sha256', pair, 'binary')
  return performance.now() - began
}

/** A port among those of so many scanned files, declared and seen. */
async function measurePack(hosts: number): Promise<void> {
  const data = join(folder, `data-${hosts}`)
  const env = await openEnvironment(await readSettings({ data }, {}), { readOnly: false })
  const book = await openBook(env, 'portreeve/bench')
  const desk = deskOf(env, book)
  const paths = Array.from({ length: hosts }, (_, n) => {
    const path = join(folder, `host-${n}.ss`)
    writeFileSync(path, ssText())
    return path
  })
  await desk.call('recordScan', { paths, as: 'ss-text' })
  const times: number[] = []
  let files = 0
  for (let n = 0; n < PACKS; n++) {
    const began = performance.now()
    files = (await desk.call('provePort', { port: 'host-0:1000/tcp' })).files.length
    times.push(performance.now() - began)
  }
  print({
    name: `a whole pack of ${files} files, ${hosts} places`,
    value: times.toSorted((a, b) => a - b)[PACKS / 2]!,
    unit: 'ms',
    target: '<= 100',
  })
  await book.close()
  await env.store.close()
}

function ssText(): string {
  const head = 'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process'
  const rows = Array.from(
    { length: 100 },
    (_, n) =>
      `tcp   LISTEN 0      128    10.0.0.1:${1000 + n} 0.0.0.0:* users:(("java",pid=${n + 100},fd=3))`,
  )
  return `${[head, ...rows].join('\n')}\n`
}

/** Seconds, of so many milliseconds as the work says that it took. */
async function median(work: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) times.push((await work()) / 1000)
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]!
}

function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}
