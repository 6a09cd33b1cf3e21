import type { Shape } from './shapes.ts'
import type { Tables } from './tables.ts'

/** The rows in their order, cut so that no wave holds a key twice: what ends within one is what held before it. */
export function* waves<T extends keyof Tables>(
  shape: Shape<T>,
  rows: readonly Tables[T][],
): Generator<readonly Tables[T][]> {
  let wave: Tables[T][] = []
  let keys = new Set<string>()
  for (const row of rows) {
    const key = keyOf(shape, row)
    if (keys.has(key) || wave.length === WAVE) {
      yield wave
      wave = []
      keys = new Set()
    }
    wave.push(row)
    keys.add(key)
  }
  if (wave.length > 0) yield wave
}

const WAVE = 5_000

function keyOf<T extends keyof Tables>({ key }: Shape<T>, row: Tables[T]): string {
  const [first, second] = key
  if (second === undefined) return String(row[first!])
  return JSON.stringify(key.map((column) => row[column]))
}
