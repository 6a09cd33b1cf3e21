import type { DocumentKind } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import { jsonSchema } from './json-schema.ts'
import { valueAt } from './path.ts'
import type { Path } from './path.ts'

const shapes = new Map<DocumentKind, JsonObject>()

/** The JSON Schema of a document of this kind; made once. */
export function shapeOf(kind: DocumentKind): JsonObject {
  const shape = shapes.get(kind) ?? jsonSchema(kind)
  shapes.set(kind, shape)
  return shape
}

/** Fields that an object of this shape may have, in the order in which people write them. */
export function fieldsOf(shape: JsonObject): JsonObject {
  return (shape['properties'] ?? {}) as JsonObject
}

/** The shape one step down; of several clauses, that of the kind which `value` has. */
export function shapeBelow(shape: JsonObject, step: string | number, value: Json | undefined): JsonObject {
  const below = (typeof step === 'number' ? shape['items'] : fieldsOf(shape)[step]) as JsonObject | undefined
  const alternatives = below?.['oneOf'] as readonly JsonObject[] | undefined
  const kind = valueAt(value, ['kind']) ?? null
  return alternatives?.find((one) => valueAt(one, ['properties', 'kind', 'const']) === kind) ?? below ?? {}
}

/** The shape at `path`, for a document that has `value`. */
export function shapeAt(shape: JsonObject, value: Json, path: Path): JsonObject {
  return path.reduce<JsonObject>(
    (here, step, depth) => shapeBelow(here, step, valueAt(value, path.slice(0, depth + 1))),
    shape,
  )
}
