import { TODO } from '../../model/document.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json } from '../../model/entry.ts'
import type { Position } from '../../model/refusal.ts'
import { positionOf } from './parsed-document.ts'
import { pathText } from './path.ts'
import type { Path } from './path.ts'

/** What only a person knows and nobody has said yet: texts that are TODO, or begin with it. */
export function todos(
  document: BookDocument,
): readonly { readonly path: string; readonly position: Position | null }[] {
  return todoPaths(document.spec).map((path) => {
    const text = pathText(path)
    return { path: text, position: positionOf(document, text) }
  })
}

/** Paths below `value`, in its order. */
export function todoPaths(value: Json): readonly Path[] {
  if (typeof value === 'string') return isTodo(value) ? [[]] : []
  if (value === null || typeof value !== 'object') return []
  const members: Iterable<readonly [string | number, Json]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value)
  return [...members].flatMap(([step, member]) => todoPaths(member).map((path) => [step, ...path]))
}

function isTodo(text: string): boolean {
  return text === TODO || /^TODO[^\p{L}\p{N}_]/u.test(text)
}
