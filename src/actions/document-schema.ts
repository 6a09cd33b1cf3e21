import type { DocumentKind } from '../model/document.ts'
import { jsonSchema } from '../registry/documents/json-schema.ts'

/** JSON Schema of one kind, or of all of them. */
export function documentSchema(kind: DocumentKind | null): object {
  return jsonSchema(kind)
}
