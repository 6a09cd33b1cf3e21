import type { Found } from './case.ts'
import { Missing, must } from './fault.ts'
import { count, exactly, sameJson, text } from './form.ts'
import type { Json } from './jcs.ts'
import { membersWith } from './leaf.ts'
import { pathOf, valueAt } from './pointer.ts'

/** A value, and where it stands. */
export interface Citation {
  readonly leaf: number
  readonly pointer: string
  readonly value: Json
}

export function citationIn(value: Json | undefined): Citation {
  const { leaf, pointer, value: cited = null } = exactly(value, 'leaf pointer value')
  return { leaf: count(leaf), pointer: text(pointer), value: cited }
}

/** What stands at a pointer into line 2 of an entry of the pack, disclosed values put back. */
export function valueIn({ leaves, opened }: Found, index: number, pointer: string): Json | undefined {
  const leaf = leaves.get(index)
  if (leaf === undefined) throw new Missing(`entry ${index} is not there, or does not hold`)
  return valueAt(membersWith(leaf, opened.get(index) ?? new Map()), pathOf(pointer))
}

/** Refuses a citation of what does not stand there. */
export function checkCitation(found: Found, { leaf, pointer, value }: Citation): void {
  const stands = valueIn(found, leaf, pointer)
  must(stands !== undefined, `entry ${leaf} has nothing at ${pointer}`)
  must(sameJson(stands, value), `entry ${leaf} says something else at ${pointer} than the answer cites`)
}
