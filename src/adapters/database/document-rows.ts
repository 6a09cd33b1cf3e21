import { bodyText } from './body-text.ts'
import type { BookDocument } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import type { DocumentKey, DocumentRow } from '../../registry/book.ts'
import { placeOf } from '../../registry/documents/effective.ts'
import { referencesOf } from '../../registry/documents/references.ts'
import type { DocumentTable, ReferenceTable } from './tables.ts'

export function toDocumentTable(row: DocumentRow): DocumentTable {
  const { kind, name, fromIndex, toIndex, ...rest } = row
  const named = kind === 'Port' ? { place: placeOf(row).name, system: textAt(row.spec, 'system') } : NO_NAMES
  return {
    kind,
    name,
    from_index: fromIndex,
    to_index: toIndex,
    ...named,
    body: bodyText(rest),
  }
}

export function fromDocumentTable({ kind, name, from_index, to_index, body }: DocumentTable): DocumentRow {
  const rest = JSON.parse(body) as Omit<DocumentRow, 'kind' | 'name' | 'fromIndex' | 'toIndex'>
  return { kind: kind as BookDocument['kind'], name, fromIndex: from_index, toIndex: to_index, ...rest }
}

export function fromDocumentKey({ kind, name }: Pick<DocumentTable, 'kind' | 'name'>): DocumentKey {
  return { kind: kind as BookDocument['kind'], name }
}

/** What a version names, but for a port's system, which has a column. */
export function toReferenceTable(row: DocumentRow): readonly ReferenceTable[] {
  const by = { by_kind: row.kind, by_name: row.name, from_index: row.fromIndex }
  const named = referencesOf(row).filter(({ kind }) => kind !== 'System')
  return named.map(({ kind, name }) => ({ kind, name, ...by }))
}

const NO_NAMES = { place: null, system: null }

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
