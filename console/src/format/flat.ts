/** One value of a nested object; `path` as people write it: `bindings[0].port`. */
export interface FlatValue {
  readonly path: string
  readonly text: string
}

/** Every value of a JSON object in its order; a list of plain values is one line. */
export function flat(value: Readonly<Record<string, unknown>>): readonly FlatValue[] {
  return Object.entries(value).flatMap(([key, member]) => under(key, member))
}

function under(path: string, value: unknown): readonly FlatValue[] {
  if (Array.isArray(value)) {
    if (value.every((member) => !isObject(member)))
      return [{ path, text: value.map(plain).join(', ') || 'none' }]
    return value.flatMap((member, index) => under(`${path}[${index}]`, member))
  }
  if (!isObject(value)) return [{ path, text: plain(value) }]
  return Object.entries(value).flatMap(([key, member]) => under(`${path}.${key}`, member))
}

function plain(value: unknown): string {
  if (value === null) return 'not said'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
