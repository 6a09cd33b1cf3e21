import { z } from 'zod'
import { DOCUMENT_KINDS } from '../../model/document.ts'
import type { DocumentKind } from '../../model/document.ts'
import type { JsonObject } from '../../model/entry.ts'
import { SCHEMAS } from './schemas.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** JSON Schema (2020-12) of one kind of document, for editors; of every kind where none is named. */
export function jsonSchema(kind: DocumentKind | null): JsonObject {
  if (kind !== null) return { $schema: DIALECT, title: kind, ...body(kind) }
  return { $schema: DIALECT, title: 'Portreeve document', oneOf: DOCUMENT_KINDS.map((kind) => body(kind)) }
}

function body(kind: DocumentKind): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(SCHEMAS[kind], { io: 'input', reused: 'inline' })
  return schema as JsonObject
}
