import { bodyText } from './body-text.ts'
import type { BookDocument } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import type { DocumentRow } from '../../registry/book.ts'
import { placeOf } from '../../registry/documents/effective.ts'
import type { DocumentTable } from './tables.ts'

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

const NO_NAMES = { place: null, system: null }

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
