// A measurement: reading a folder of manifests, beside the YAML parser alone.
/**
 * Reading manifests against the parser that they are read with: what our own reading adds must stay small.
 * The corpus is the conformance manifests (PORTREEVE_SHARED), repeated; growth is shown over three sizes.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { LineCounter, parseAllDocuments } from 'yaml'
import { readTree } from '../src/adapters/files/read-tree.ts'
import { discover } from '../src/discovery/discover.ts'
import type { FoundText } from '../src/discovery/found.ts'
import { median, timed } from './timed.ts'

const SHARED = resolve(process.env['PORTREEVE_SHARED'] ?? '../shared', 'conformance')
const RUNS = 5
/** Rounds that are not counted: the compiler warms up in them. */
const WARM_UP = 3
const TARGET_RATIO = 1.3

if (!existsSync(SHARED)) throw new Error(`${SHARED} is not there: set PORTREEVE_SHARED`)
const corpus = await manifestsBelow(SHARED)
for (const copies of [2, 4, 8]) measure(copies)

async function manifestsBelow(folder: string): Promise<readonly FoundText[]> {
  const found: FoundText[] = []
  for await (const file of readTree([folder])) if (file.state === 'text') found.push(file)
  return found
}

function measure(copies: number): void {
  const files = Array.from({ length: copies }, (_, copy) => corpus.map((file) => inCopy(file, copy))).flat()
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  const [ours, peer] = inTurns(
    () => void discover(files),
    () =>
      files.forEach(({ text }) =>
        parseAllDocuments(text, { version: '1.2', lineCounter: new LineCounter() }),
      ),
  )
  const rate = (milliseconds: number) => round(bytes / 1e6 / (milliseconds / 1000))
  print({
    name: `manifests.read.${files.length}-files`,
    value: rate(ours),
    unit: 'MB/s',
    target: `<= ${TARGET_RATIO} x`,
    peer: 'yaml parseAllDocuments',
    peerValue: rate(peer),
    ratio: round(ours / peer),
  })
}

function inCopy(file: FoundText, copy: number): FoundText {
  return { ...file, path: `${copy}/${file.path}` }
}

/** Runs both in turns, so that a busy machine slows both; medians in milliseconds of processor time. */
function inTurns(ours: () => void, peer: () => void): readonly [number, number] {
  const times: [number, number][] = []
  for (let run = 0; run < WARM_UP + RUNS; run++) times.push([timed(ours), timed(peer)])
  const measured = times.slice(WARM_UP)
  return [median(measured.map(([time]) => time)), median(measured.map(([, time]) => time))]
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function print(line: Readonly<Record<string, string | number>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
