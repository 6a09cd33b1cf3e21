import type { DocumentKind } from '../model/document.ts'
import { jsonSchema } from '../registry/documents/json-schema.ts'

/** JSON Schema of one kind of document. */
export function documentSchema(kind: DocumentKind): object {
  return jsonSchema(kind)
}
