import { bodyText } from './body-text.ts'
import type { BookDocument } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import type { DocumentRow } from '../../registry/book.ts'
import type { DocumentTable } from './tables.ts'

export function toDocumentTable(row: DocumentRow): DocumentTable {
  const { kind, name, fromIndex, toIndex, ...rest } = row
  const port = kind === 'Port' ? row.spec : {}
  return {
    kind,
    name,
    from_index: fromIndex,
    to_index: toIndex,
    place: placeOf(port),
    system: textAt(port, 'system'),
    body: bodyText(rest),
  }
}

export function fromDocumentTable({ kind, name, from_index, to_index, body }: DocumentTable): DocumentRow {
  const rest = JSON.parse(body) as Omit<DocumentRow, 'kind' | 'name' | 'fromIndex' | 'toIndex'>
  return { kind: kind as BookDocument['kind'], name, fromIndex: from_index, toIndex: to_index, ...rest }
}

/** The name that a place has in port ids, from what a Port document says under `at`: interface.md "Documents". */
function placeOf(spec: JsonObject): string | null {
  const at = objectAt(spec, 'at')
  const kubernetes = objectAt(at, 'kubernetes')
  const cluster = textAt(kubernetes, 'cluster')
  const namespace = textAt(kubernetes, 'namespace')
  return (
    textAt(at, 'host') ??
    (cluster !== null && namespace !== null ? `${cluster}/${namespace}` : null) ??
    textAt(objectAt(at, 'compose'), 'project') ??
    textAt(objectAt(at, 'aws'), 'resource') ??
    textAt(objectAt(at, 'gateway'), 'name')
  )
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
