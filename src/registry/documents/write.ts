import { Document, isCollection, isScalar, visit } from 'yaml'
import { API_VERSION } from '../../model/document.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import { fieldsOf, shapeAt, shapeBelow, shapeOf } from './shape.ts'
import { todoPaths } from './todos.ts'

/** Where `init` puts the JSON Schema, beside the file that names it. */
export const SCHEMA_FILE = 'portreeve.schema.json'
const MAX_FLOW = 72

/**
 * Documents as one YAML file: an editor finds their schema by its first line, every TODO says what it waits for.
 * The same documents give the same text. `parseDocuments` reads back exactly what was written.
 * @param notes what the reader should know before, as sentences; written as comments
 */
export function writeDocuments(documents: readonly BookDocument[], notes: readonly string[] = []): string {
  const head = [`yaml-language-server: $schema=${SCHEMA_FILE}`, ...notes]
  const comments = head.map((line) => `# ${line.replaceAll(/\s+/gu, ' ')}\n`).join('')
  return comments + documents.map(documentText).join('---\n')
}

function documentText({ kind, name, spec }: BookDocument): string {
  const value = { apiVersion: API_VERSION, kind, metadata: { name }, spec }
  const shape = shapeOf(kind)
  const document = new Document(ordered(value, shape), { aliasDuplicateObjects: false })
  for (const path of todoPaths(value)) {
    const { description } = shapeAt(shape, value, path)
    const node: unknown = document.getIn(path, true)
    if (isScalar(node) && typeof description === 'string') node.comment = ` ${description}`
  }
  compact(document)
  return document.toString({ lineWidth: 0 })
}

/** Fields in the order of the schema, which is the order in which they are explained. */
function ordered(value: Json, shape: JsonObject): Json {
  if (Array.isArray(value))
    return value.map((item: Json, index) => ordered(item, shapeBelow(shape, index, item)))
  if (value === null || typeof value !== 'object') return value
  const object = value as JsonObject
  const order = Object.keys(fieldsOf(shape))
  const rank = (key: string): number => order.indexOf(key)
  const entries = Object.entries(object).toSorted(([a], [b]) => rank(a) - rank(b))
  return Object.fromEntries(
    entries.map(([key, member]) => [key, ordered(member, shapeBelow(shape, key, member))]),
  )
}

/** What is short and says nothing beside stands on one line. */
function compact(document: Document): void {
  visit(document, {
    Collection: (_, node, ancestors) => {
      if (ancestors.length < 2) return
      let commented = false
      visit(node, { Scalar: (_, scalar) => void (commented ||= typeof scalar.comment === 'string') })
      if (commented || JSON.stringify(node).length > MAX_FLOW) return
      if (isCollection(node)) node.flow = true
    },
  })
}
