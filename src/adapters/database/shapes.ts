import type { Tables } from './tables.ts'

export type ColumnType = 'text' | 'bigint' | 'bytea'
export type Column<T extends keyof Tables> = keyof Tables[T] & string

/** How the rows of a table are written by the thousand. */
export interface Shape<T extends keyof Tables> {
  readonly table: T
  readonly columns: { readonly [C in Column<T>]: ColumnType }
  readonly key: readonly Column<T>[]
  /** `held`: a row ends the one of the same key that holds. `replaced`: there is one row of a key. `kept`: a second is an error. */
  readonly rows: 'held' | 'replaced' | 'kept'
}

const HELD = { from_index: 'bigint', to_index: 'bigint' } as const

export const ENTRIES: Shape<'entry'> = {
  table: 'entry',
  columns: { idx: 'bigint', id: 'text', type: 'text', at: 'text', leaf_hash: 'bytea', leaf: 'bytea' },
  key: ['idx'],
  rows: 'kept',
}

export const ENTRY_TIMES: Shape<'entry_time'> = {
  table: 'entry_time',
  columns: { idx: 'bigint', latest: 'text', earliest: 'text' },
  key: ['idx'],
  rows: 'kept',
}

export const SEALED: Shape<'sealed'> = {
  table: 'sealed',
  columns: { idx: 'bigint', pointer: 'text', key: 'text', box: 'bytea' },
  key: ['idx', 'pointer'],
  rows: 'replaced',
}

export const CHECKPOINTS: Shape<'checkpoint'> = {
  table: 'checkpoint',
  columns: { size: 'bigint', note: 'text' },
  key: ['size'],
  rows: 'kept',
}

export const COSIGNATURES: Shape<'cosignature'> = {
  table: 'cosignature',
  columns: { size: 'bigint', name: 'text', key_id: 'text', line: 'text' },
  key: ['size', 'name', 'key_id'],
  rows: 'kept',
}

export const TIMESTAMP_TOKENS: Shape<'timestamp_token'> = {
  table: 'timestamp_token',
  columns: {
    size: 'bigint',
    authority: 'text',
    at: 'text',
    note: 'text',
    token: 'bytea',
    chain: 'text',
    anchored: 'bigint',
  },
  key: ['size', 'authority'],
  rows: 'kept',
}

export const DOCUMENTS: Shape<'document'> = {
  table: 'document',
  columns: { kind: 'text', name: 'text', ...HELD, place: 'text', system: 'text', body: 'text' },
  key: ['kind', 'name'],
  rows: 'held',
}

export const REFERENCES: Shape<'document_reference'> = {
  table: 'document_reference',
  columns: { kind: 'text', name: 'text', by_kind: 'text', by_name: 'text', from_index: 'bigint' },
  key: ['kind', 'name', 'by_kind', 'by_name'],
  rows: 'replaced',
}

export const PLACES: Shape<'place'> = {
  table: 'place',
  columns: { id: 'text', ...HELD, body: 'text' },
  key: ['id'],
  rows: 'held',
}

export const PLACE_TERMS: Shape<'place_term'> = {
  table: 'place_term',
  columns: { term: 'text', id: 'text' },
  key: ['term', 'id'],
  rows: 'kept',
}

export const SOURCES: Shape<'source'> = {
  table: 'source',
  columns: { place: 'text', source: 'text', body: 'text' },
  key: ['place', 'source'],
  rows: 'replaced',
}

export const SIGHTINGS: Shape<'sighting'> = {
  table: 'sighting',
  columns: { place: 'text', source: 'text', key: 'text', ...HELD, body: 'text' },
  key: ['place', 'key', 'source'],
  rows: 'held',
}

export const COVERAGE: Shape<'coverage'> = {
  table: 'coverage',
  columns: { idx: 'bigint', place: 'text', source: 'text', from_at: 'text', until_at: 'text', body: 'text' },
  key: ['idx', 'place', 'source'],
  rows: 'replaced',
}

export const PORTS: Shape<'port'> = {
  table: 'port',
  columns: {
    id: 'text',
    ...HELD,
    place: 'text',
    owner: 'text',
    system: 'text',
    record: 'text',
    observed: 'text',
    documented: 'text',
    transport: 'text',
    port: 'bigint',
    since_at: 'text',
    severity: 'bigint',
    marks: 'text',
    search: 'text',
    body: 'text',
  },
  key: ['id'],
  rows: 'held',
}

export const FINDINGS: Shape<'finding'> = {
  table: 'finding',
  columns: {
    fingerprint: 'text',
    ...HELD,
    gravity: 'bigint',
    rule: 'text',
    port: 'text',
    record: 'text',
    place: 'text',
    body: 'text',
  },
  key: ['fingerprint'],
  rows: 'held',
}
