import { hash } from 'node:crypto'

import { canonicalJson } from '../lib/canonical-json.ts'

/** SHA-256 over the items, which stand in ascending byte order, each once: frozen before anybody chooses a seed. */
export function populationDigest(items: readonly string[]): Uint8Array {
  return digest(Buffer.concat([POPULATION_DOMAIN, Buffer.from(canonicalJson(items))]))
}

/**
 * The items of the lowest scores, lowest first: evidence-pack-v1.md, "Sample". Whoever has the items and the seed draws
 * the same ones.
 * @param seed 1 to 128 characters of U+0020 to U+007E
 */
export function drawSample(items: readonly string[], seed: string, size: number): readonly string[] {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(seed))
  const prefix = Buffer.concat([SAMPLE_DOMAIN, length, Buffer.from(seed), populationDigest(items)])
  return items
    .map((item, position) => ({ item, score: scoreAt(prefix, position) }))
    .sort((a, b) => Buffer.compare(a.score, b.score))
    .slice(0, size)
    .map(({ item }) => item)
}

const POPULATION_DOMAIN = Buffer.from('portreeve.dev/population/v1\0')
const SAMPLE_DOMAIN = Buffer.from('portreeve.dev/sample/v1\0')

function scoreAt(prefix: Uint8Array, position: number): Uint8Array {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(position)
  return digest(Buffer.concat([prefix, number]))
}

function digest(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
