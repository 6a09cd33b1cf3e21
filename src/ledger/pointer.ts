import type { Json, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'

/**
 * JSON Pointers (RFC 6901) into the body of an entry. Keys of entries hold neither `~` nor `/`, so nothing is ever
 * escaped. What is withheld leaves no trace but its place: a member goes, an element becomes null.
 */

const POINTER = /^(?:\/[a-z0-9_]{1,64}){1,15}$/
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/

/** Sorted, each once. Throws `Refusal('leaf-invalid')` for what is no pointer, or one that lies within another. */
export function parsePointers(pointers: readonly string[]): readonly string[] {
  const sorted = [...new Set(pointers)].sort()
  checkPointers(sorted)
  return sorted
}

/** As `parsePointers`, for pointers that have to be in order already. */
export function checkPointers(pointers: readonly string[]): void {
  let previous = ''
  for (const pointer of pointers) {
    if (!POINTER.test(pointer)) throw refuse(`${JSON.stringify(pointer)} is not a pointer into a body`)
    // The slash sorts before every character of a key, so what lies within follows directly.
    if (pointer <= previous || (previous !== '' && pointer.startsWith(`${previous}/`)))
      throw refuse(`${pointer} is out of order or lies within ${previous}`)
    previous = pointer
  }
}

export function tokensOf(pointer: string): readonly string[] {
  return pointer.slice(1).split('/')
}

/** Undefined where there is nothing. */
export function valueAt(body: Json, pointer: string): Json | undefined {
  if (pointer === '') return body
  let value: Json | undefined = body
  for (const token of tokensOf(pointer)) {
    if (value === undefined) return undefined
    value = child(value, token)
  }
  return value
}

/** A copy of the body without the values at the pointers, all of which are there. */
export function withoutAt(body: JsonObject, pointers: readonly string[]): JsonObject {
  return pointers.length === 0 ? body : (prune(body, branchesOf(pointers.map(tokensOf))) as JsonObject)
}

/** Whether the place of a withheld value is as `withoutAt` leaves it. */
export function isWithheldAt(body: Json, pointer: string): boolean {
  const parent = valueAt(body, parentOf(pointer))
  const last = pointer.slice(pointer.lastIndexOf('/') + 1)
  if (parent === undefined || parent === null || typeof parent !== 'object') return false
  const value = child(parent, last)
  return Array.isArray(parent) ? value === null : value === undefined
}

/** Puts a value into its place, in the body itself. The place is as `isWithheldAt` wants it. */
export function putAt(body: JsonObject, pointer: string, value: Json): void {
  const parent = valueAt(body, parentOf(pointer)) as object
  const key = pointer.slice(pointer.lastIndexOf('/') + 1)
  // An assignment to a member that an adversary named __proto__ would change the object's nature.
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true })
}

/** Children by token; null where the value itself goes. */
type Branches = ReadonlyMap<string, Branches> | null

function branchesOf(paths: readonly (readonly string[])[]): Branches {
  if (paths.some((path) => path.length === 0)) return null
  const heads = Map.groupBy(paths, ([head = '']) => head)
  return new Map([...heads].map(([head, of]) => [head, branchesOf(of.map((path) => path.slice(1)))]))
}

function prune(value: Json, branches: Branches): Json {
  if (branches === null || value === null || typeof value !== 'object') return null
  if (isArray(value)) {
    const copy = [...value]
    for (const [token, of] of branches) copy[Number(token)] = prune(copy[Number(token)] ?? null, of)
    return copy
  }
  const members = Object.entries(value).filter(([key]) => branches.get(key) !== null)
  return Object.fromEntries(
    members.map(([key, of]) => [key, branches.has(key) ? prune(of, branches.get(key) ?? null) : of]),
  )
}

function child(value: Json, token: string): Json | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (isArray(value)) return INDEX.test(token) ? value[Number(token)] : undefined
  return Object.hasOwn(value, token) ? value[token] : undefined
}

function parentOf(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'))
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function refuse(detail: string): Refusal {
  return new Refusal('leaf-invalid', detail)
}
