import { isInOrder } from '../../lib/canonical-json.ts'
import type { Json } from '../../model/entry.ts'

/**
 * JSON text with the members of every object in order of their names: a row that was folded from a draft and one
 * that was folded from its leaf, where JCS has sorted them, are the same text, so that `fingerprint` need not parse.
 */
export function bodyText(row: object): string {
  // Rows are built in order where many are written, and then the engine writes them six times as fast as we do.
  return isInOrder(row) ? JSON.stringify(row) : textOf(row as Json)
}

// By hand: every row that is written passes here, and sorting into new objects would lose a member `__proto__`.
function textOf(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(textOf).join(',')}]`
  return objectText(value as { readonly [name: string]: Json | undefined })
}

function objectText(value: { readonly [name: string]: Json | undefined }): string {
  let text = ''
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) text += `${text === '' ? '{' : ','}${quoted(name)}:${textOf(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** Rows have few names, and documents may have any. */
const QUOTED = new Map<string, string>()
const MOST_QUOTED = 1_000

function quoted(name: string): string {
  const known = QUOTED.get(name)
  if (known !== undefined) return known
  const text = JSON.stringify(name)
  if (QUOTED.size < MOST_QUOTED) QUOTED.set(name, text)
  return text
}
