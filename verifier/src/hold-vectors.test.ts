import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import { checkHold, type ToldHold } from './holds.ts'
import { applyKeyEntry } from './key-entry.ts'
import { parseLeaf, type Leaf } from './leaf.ts'
import { registryOf, type Registry } from './registry.ts'

/** The writer's vectors for holds, read by a second hand. */

interface Vectors {
  readonly origin: string
  readonly entries: readonly { readonly what: string; readonly leaf: string }[]
  readonly states: readonly { readonly size: number; readonly holds: readonly ToldHold[] }[]
}

const path = new URL('../../vectors/ledger-hold-v1.json', import.meta.url)
const { origin, entries, states } = JSON.parse(readFileSync(path, 'utf8')) as Vectors

test('the vectors of holds have the same holds here behind every entry, and no others', () => {
  const leaves = new Map<number, Leaf>()
  let registry: Registry | null = null
  for (const [index, { leaf: text }] of entries.entries()) {
    const leaf = parseLeaf(utf8(text), origin)
    leaves.set(index, leaf)
    registry =
      registry === null
        ? registryOf(leaf, origin)
        : leaf.type === 'key'
          ? applyKeyEntry(registry, index, leaf)
          : registry
    const now = registry
    const { holds, size } = states[index] ?? { holds: [], size: 0 }
    expect(size).toBe(index + 1)
    for (const hold of holds) {
      checkHold(leaves, now, hold)
      expect(() => checkHold(leaves, now, { ...hold, stands: !hold.stands })).toThrow(/may end/)
      // No entry that the writer passes over is one more word.
      const others = [...leaves.keys()].filter((at) => at > hold.placed && !hold.releases.includes(at))
      for (const more of others) {
        const releases = [...hold.releases, more].toSorted((a, b) => a - b)
        expect(() => checkHold(leaves, now, { ...hold, releases, stands: releases.length < 2 })).toThrow(/./)
      }
    }
  }
})
