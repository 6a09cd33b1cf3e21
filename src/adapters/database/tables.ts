import type { EntryType } from '../../model/entry.ts'

/**
 * The tables, the same on both engines. Text that is sorted compares by its UTF-8 bytes on both: SQLite's BINARY,
 * PostgreSQL's "C". A column holds what is asked for, sorted by or joined; the rest of a row is JSON in `body`,
 * where U+0000, which PostgreSQL text cannot hold, is escaped.
 */
export interface Tables {
  migration: { number: number; name: string }
  log_head: { one: number; origin: string; size: number; root: Uint8Array; frontier: Uint8Array }
  entry: EntryTable
  entry_time: EntryTimeTable
  sealed: { idx: number; pointer: string; key: string; box: Uint8Array }
  checkpoint: { size: number; note: string }
  cosignature: { size: number; name: string; key_id: string; line: string }
  timestamp_token: {
    size: number
    authority: string
    at: string
    note: string
    token: Uint8Array
    chain: string
    anchored: number | null
  }
  anchor_state: { kind: string; name: string; body: string }
  document: DocumentTable
  document_reference: ReferenceTable
  place: PlaceTable
  place_term: { term: string; id: string }
  source: { place: string; source: string; body: string }
  sighting: SightingTable
  coverage: CoverageTable
  port: PortTable
  port_mark: { mark: string; id: string }
  finding: FindingTable
  desk: { space: string; key: string; value: string; until_at: string }
}

export interface EntryTable {
  idx: number
  id: string
  type: EntryType
  at: string
  leaf_hash: Uint8Array
  leaf: Uint8Array
}

/** One for each 256 entries, behind the last of them. */
export interface EntryTimeTable {
  idx: number
  /** The latest time that any entry before `idx` says. */
  latest: string
  /** The earliest of the last 256 of them. */
  earliest: string
}

export interface HeldTable {
  from_index: number
  to_index: number | null
}

export interface DocumentTable extends HeldTable {
  kind: string
  name: string
  /** Where a Port document says that it is, and of what system; null for other kinds. */
  place: string | null
  system: string | null
  body: string
}

/**
 * The newest version of a document that names another. It holds while that version does, so that nothing is taken
 * out when a document ends or comes to name something else. What a column of `document` says (a port's system) is
 * not said again.
 */
export interface ReferenceTable {
  kind: string
  name: string
  by_kind: string
  by_name: string
  from_index: number
}

export interface PlaceTable extends HeldTable {
  id: string
  body: string
}

export interface SightingTable extends HeldTable {
  place: string
  source: string
  key: string
  body: string
}

export interface CoverageTable {
  idx: number
  place: string
  source: string
  from_at: string
  until_at: string
  body: string
}

/** No column is null but `to_index`, so that a cursor compares on both engines alike: '' and -1 stand for null. */
export interface PortTable extends HeldTable {
  id: string
  place: string
  owner: string
  system: string
  record: string
  observed: string
  documented: string
  transport: string
  port: number
  since_at: string
  severity: number
  /** JSON list of what the filter `finding` matches: `severityMark`s and rules. */
  marks: string
  /** Case-folded lines for the substring search. */
  search: string
  body: string
}

export interface FindingTable extends HeldTable {
  fingerprint: string
  /** 0 is critical: the order of the list. */
  gravity: number
  rule: string
  port: string | null
  record: string | null
  place: string | null
  body: string
}
