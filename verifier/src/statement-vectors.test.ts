import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromBase64, hex, utf8 } from './bytes.ts'
import { checkEd25519Key } from './ed25519.ts'
import { applyKeyEntry } from './key-entry.ts'
import { checkEnrollable, checkSignature, parseKey } from './key.ts'
import { parseLeaf } from './leaf.ts'
import { leafHash } from './merkle.ts'
import { logKeysAt, notInForce, registryOf, rootsAt, type Registry } from './registry.ts'

/** The writer's vectors for statements and keys, read by a second hand. */

interface Vectors {
  readonly origin: string
  readonly signatures: readonly { kind: string; key: string; leaf: string; possession: string }[]
  readonly entries: readonly { what: string; leaf: string; leaf_hash: string; effect: boolean }[]
  readonly states: readonly {
    size: number
    log_keys: readonly string[]
    roots: { keys: readonly string[]; threshold: number } | null
    in_force: readonly string[]
    in_force_at_8: readonly string[]
  }[]
  readonly not_enrolled: readonly string[]
}

const PATH = new URL('../../vectors/ledger-statement-v1.json', import.meta.url)
const vectors = (existsSync(PATH) ? JSON.parse(readFileSync(PATH, 'utf8')) : null) as Vectors

describe.skipIf(vectors === null)('the vectors of statements and keys', () => {
  test('have signatures of every kind that hold, over their statement and their possession alone', () => {
    for (const { kind, key: text, leaf: bytes, possession } of vectors.signatures) {
      const key = parseKey(text)
      checkEnrollable(key)
      const leaf = parseLeaf(utf8(bytes), vectors.origin)
      const [line] = leaf.signatures
      expect([kind, line?.name, line?.keyId]).toEqual([kind, key.name, key.id])
      const signature = line?.signature ?? new Uint8Array()
      checkSignature(key, leaf.text, 'portreeve.dev/statement/v1', signature)
      expect(() => checkSignature(key, utf8('another'), 'portreeve.dev/statement/v1', signature)).toThrow(/./)
      const held = utf8(`portreeve.dev/possession/v1\n${vectors.origin}\n${text}\n`)
      checkSignature(key, held, 'portreeve.dev/possession/v1', fromBase64(possession))
    }
  })

  test('have entries whose effect on the registry is the same here', () => {
    const registries = registriesOf(vectors)
    expect(registries.map(({ effect }) => effect)).toEqual(vectors.entries.map(({ effect }) => effect))
    for (const { leaf, leaf_hash } of vectors.entries)
      expect(hex(leafHash(utf8(leaf)))).toBe(hex(fromBase64(leaf_hash)))
    for (const state of vectors.states) {
      const registry = registries[state.size - 1]?.registry as Registry
      const roots = rootsAt(registry, state.size)
      const inForceAt = (index: number) =>
        registry.holders
          .filter((holder) => notInForce(holder, index) === null)
          .map(({ key }) => `${key.name}+${key.id}`)
      expect({
        size: state.size,
        log_keys: logKeysAt(registry, state.size).map(({ id }) => id),
        roots:
          roots === null ? null : { keys: roots.keys.map(({ text }) => text), threshold: roots.threshold },
        in_force: inForceAt(state.size),
        in_force_at_8: inForceAt(8),
      }).toEqual(state)
    }
  })

  test('have keys that nobody may enrol', () => {
    for (const key of vectors.not_enrolled)
      expect(() => checkEd25519Key(Buffer.from(key, 'hex'))).toThrow('Ed25519')
  })
})

function registriesOf({
  entries,
  origin,
}: Vectors): { readonly registry: Registry; readonly effect: boolean }[] {
  const [genesis, ...others] = entries.map(({ leaf }) => parseLeaf(utf8(leaf), origin))
  if (genesis === undefined) throw new Error('no entries')
  const states = [{ registry: registryOf(genesis, origin), effect: true }]
  for (const [i, leaf] of others.entries()) {
    const before = states[i]?.registry as Registry
    // An entry about something else leaves the keys as they are.
    const after = leaf.type === 'key' ? attempt(() => applyKeyEntry(before, i + 1, leaf)) : before
    states.push({ registry: after ?? before, effect: after !== null })
  }
  return states
}

function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
