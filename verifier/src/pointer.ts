import { Fault, must } from './fault.ts'
import { isObject, type Json, type JsonObject } from './jcs.ts'

/** JSON Pointers (RFC 6901). Keys of entries hold neither `~` nor `/`, so nothing is escaped. */

const COMMITMENT = /^(?:\/[a-z0-9_]{1,64}){1,15}$/
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/
const MAX_POINTER = 1024

export function pathOf(pointer: string): readonly string[] {
  const valid =
    pointer.length <= MAX_POINTER && (pointer === '' || pointer.startsWith('/')) && !pointer.includes('~')
  must(valid, 'not a JSON pointer into an entry')
  return pointer === '' ? [] : pointer.slice(1).split('/')
}

/** Undefined where there is nothing. */
export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(childOf, value)
}

/** A copy with another value at the path, whose parent is there. */
export function withValueAt(value: Json, path: readonly string[], put: Json): Json {
  const [token, ...rest] = path
  if (token === undefined) return put
  const child = withValueAt(childOf(value, token) ?? null, rest, put)
  if (Array.isArray(value))
    return (value as readonly Json[]).map((each, i) => (String(i) === token ? child : each))
  must(isObject(value), `nothing stands at /${path.join('/')}`)
  return Object.fromEntries([...Object.entries(value).filter(([key]) => key !== token), [token, child]])
}

/**
 * Whether commitments stand where something was taken out: in ascending order, none within another, a member absent,
 * an element null. docs/formats/ledger-entry-v1.md, "Commitments".
 */
export function checkPlaces(body: JsonObject, pointers: readonly string[]): void {
  let before = ''
  for (const pointer of pointers) {
    must(COMMITMENT.test(pointer), '`priv` holds something that is no pointer')
    // A slash sorts before every character of a key, so what lies within follows directly.
    const inOrder = pointer > before && (before === '' || !pointer.startsWith(`${before}/`))
    must(inOrder, `the commitments are not in order at ${pointer}`)
    before = pointer
    const path = pathOf(pointer)
    const parent = valueAt(body, path.slice(0, -1))
    const last = path.at(-1) as string
    const empty = Array.isArray(parent)
      ? childOf(parent, last) === null
      : isObject(parent) && !Object.hasOwn(parent, last)
    if (!empty) throw new Fault(`the place of the commitment ${pointer} is taken, or is none`)
  }
}

function childOf(value: Json | undefined, token: string): Json | undefined {
  if (Array.isArray(value)) return INDEX.test(token) ? (value as readonly Json[])[Number(token)] : undefined
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined
}
