import { fromBase64Hash } from './bytes.ts'
import { must } from './fault.ts'
import { isObject, type Json, type JsonObject } from './jcs.ts'

/** The forms that JSON of a pack has. Each answers the value as what it is, or refuses it. */

/** An object with exactly these members, named in ascending order with blanks between. */
export function exactly(value: Json | undefined, members: string): JsonObject {
  must(value !== undefined && isExactly(value, members), `not an object of ${members}`)
  return value
}

export function isExactly(value: Json, members: string): value is JsonObject {
  return isObject(value) && Object.keys(value).join(' ') === members
}

export function text(value: Json | undefined, most = 1024): string {
  must(typeof value === 'string' && value.length <= most, `not a text of at most ${most} characters`)
  return value
}

export function count(value: Json | undefined, most: number = Number.MAX_SAFE_INTEGER): number {
  must(typeof value === 'number' && value >= 0 && value <= most, `not a number from 0 to ${most}`)
  return value
}

export function list(value: Json | undefined): readonly Json[] {
  must(Array.isArray(value), 'not a list')
  return value as readonly Json[]
}

export function hash(value: Json | undefined): Uint8Array {
  return fromBase64Hash(text(value))
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
/** RFC 3339 in UTC with milliseconds, of the calendar. */
export function instant(value: Json | undefined): string {
  const found = text(value)
  const time = new Date(INSTANT.test(found) ? found : Number.NaN)
  must(!Number.isNaN(time.getTime()) && time.toISOString() === found, 'not a time')
  return found
}

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => sameJson(each as Json, b[i] as Json))
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  )
}
