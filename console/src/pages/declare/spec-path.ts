import type { Spec } from './yaml.ts'

/** Reads a member of a spec by its path, `['justification', 'why']`. */
export function memberOf(spec: Spec, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    spec,
  )
}

/** The spec with one member replaced; what stands beside it stays. */
export function withMember(spec: Spec, [key, ...rest]: readonly string[], value: unknown): Spec {
  if (key === undefined) return spec
  if (rest.length === 0) return { ...spec, [key]: value }
  const inner = spec[key]
  const object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Spec) : {}
  return { ...spec, [key]: withMember(object, rest, value) }
}

/** How many texts still say TODO: what only a person knows. */
export function countTodos(value: unknown): number {
  if (typeof value === 'string') return value.startsWith('TODO') ? 1 : 0
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, member) => sum + countTodos(member), 0)
}
