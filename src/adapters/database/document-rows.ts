import { bodyText } from './body-text.ts'
import type { BookDocument } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import type { DocumentKey, DocumentRow } from '../../registry/book.ts'
import { placeOf } from '../../registry/documents/effective.ts'
import { referencesOf } from '../../registry/documents/references.ts'
import type { DocumentTable, ReferenceTable } from './tables.ts'

export function toDocumentTable(row: DocumentRow): DocumentTable {
  const { kind, name, fromIndex, toIndex, declaredAt, declaredBy, digest, firstDeclaredAt, position, spec } =
    row
  const body = { declaredAt, declaredBy, digest, firstDeclaredAt, position, spec } satisfies Body
  return {
    kind,
    name,
    from_index: fromIndex,
    to_index: toIndex,
    place: kind === 'Port' ? placeOf(row).name : null,
    system: kind === 'Port' ? textAt(spec, 'system') : null,
    body: bodyText(body),
  }
}

/** What has no column. */
type Body = Omit<DocumentRow, 'kind' | 'name' | 'fromIndex' | 'toIndex'>

export function fromDocumentTable({ kind, name, from_index, to_index, body }: DocumentTable): DocumentRow {
  const rest = JSON.parse(body) as Body
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

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
