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
  const found: Path[] = []
  collect(value, [], found)
  return found
}

// One list for the way down: every record of a place is searched at each of its reconciliations.
function collect(value: Json, way: (string | number)[], found: Path[]): void {
  if (typeof value === 'string') {
    if (isTodo(value)) found.push([...way])
    return
  }
  if (value === null || typeof value !== 'object') return
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value)
  for (const step of steps) {
    way.push(step)
    collect((value as { readonly [step: string | number]: Json })[step] as Json, way, found)
    way.pop()
  }
}

function isTodo(text: string): boolean {
  return text.startsWith(TODO) && (text === TODO || /^TODO[^\p{L}\p{N}_]/u.test(text))
}
