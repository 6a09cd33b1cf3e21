import type { Entry, Json } from '../model/entry.ts'

/** A statement that rests on an entry: evidence-pack-v1.md, "Answer". A verifier looks it up in the leaf. */
export type Citation = { readonly leaf: number; readonly pointer: string; readonly value: Json }

/** What stands at `pointer` of the entry's second line, sealed values put back. Null where nothing does. */
export function cite(entry: Entry, pointer: string): Citation | null {
  const line: Json = { at: entry.at, body: entry.body, id: entry.id, t: entry.type }
  let value: Json | undefined = line
  for (const step of pointer.split('/').slice(1)) value = memberOf(value, step)
  return value === undefined ? null : { leaf: entry.index, pointer, value }
}

/** Of what every entry has. */
export function citeType(entry: Entry): Citation {
  return { leaf: entry.index, pointer: '/t', value: entry.type }
}

function memberOf(value: Json | undefined, step: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return (value as { readonly [step: string]: Json })[step]
}
