import { findPersonal } from '../ledger/personal.ts'
import type { Draft, EntryType, JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'

/**
 * An entry to be. Every value that can identify a person is found here, once, for all kinds of entry: it is
 * committed in the leaf and kept in the sealed store. `more`: further entries of the same wish follow.
 */
export function entryDraft(of: {
  id: string
  type: EntryType
  at: Instant
  body: JsonObject
  more: boolean
}): Draft {
  const body = of.more ? { ...of.body, more: true } : of.body
  return { id: of.id, type: of.type, at: of.at, body, personal: findPersonal(body) }
}
