import { API_VERSION, DOCUMENT_KINDS } from '../../model/document.ts'
import type { DocumentKind } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import type { Fault, Position } from '../../model/refusal.ts'
import { FaultList } from './fault-list.ts'
import { shown } from './fields.ts'
import { nearest } from './nearest.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { pathText, valueAt } from './path.ts'
import { referencesOf } from './references.ts'
import { defaultMessage, schemaFaults } from './schema-faults.ts'
import { SCHEMAS } from './schemas.ts'
import { todoPaths } from './todos.ts'
import { readYaml } from './yaml.ts'
import type { YamlDocument } from './yaml.ts'

export interface DocumentFile {
  readonly name: string
  readonly text: string
}

/** Ledger entries hold 32 KiB; the rest is for what the ledger adds. */
const MAX_BYTES = 28 * 1024
/** Kinds of interface.md that this version does not read yet. */
const LATER_KINDS: readonly string[] = ['Position', 'Authority', 'Deviation', 'Retention']

/**
 * Reads the documents of several files. What is wrong in one does not hide what is wrong in the next: every fault
 * is reported, by position, a hundred at most; a document with a fault is not among the documents.
 */
export function parseDocuments(files: readonly DocumentFile[]): {
  readonly documents: readonly ParsedDocument[]
  readonly faults: readonly Fault[]
} {
  const documents = new Map<string, ParsedDocument>()
  const faults = new FaultList()
  for (const { name, text } of files) {
    for (const raw of readYaml(name, text)) {
      const read = 'value' in raw ? readDocument(raw) : { faults: raw }
      faults.add('faults' in read ? read.faults : keep(read, documents))
    }
  }
  return { documents: [...documents.values()], faults: faults.all() }
}

function keep(document: Located, documents: Map<string, ParsedDocument>): readonly Fault[] {
  const { named, ...parsed } = document
  const key = `${parsed.kind}/${parsed.name}`
  const first = documents.get(key)
  if (first !== undefined) return [duplicate(parsed, first, named)]
  documents.set(key, parsed)
  return []
}

function duplicate({ kind, name }: ParsedDocument, first: ParsedDocument, position: Position): Fault {
  const { file, line } = first.position
  const message = `${kind} \`${name}\` is declared twice: it stands at ${file}:${line} too`
  return { message, position, hint: 'rename one of them, or make them one document' }
}

interface Located extends ParsedDocument {
  /** Where its name stands. */
  readonly named: Position
}

function readDocument(raw: YamlDocument): Located | { readonly faults: readonly Fault[] } {
  const kind = kindOf(raw)
  if (typeof kind !== 'string') return { faults: [kind] }
  const result = SCHEMAS[kind].safeParse(raw.value, { error: defaultMessage })
  if (!result.success) return { faults: schemaFaults(kind, raw, result.error.issues) }
  const spec = (raw.value as { spec: JsonObject }).spec
  if (Buffer.byteLength(JSON.stringify(spec)) > MAX_BYTES) return { faults: [tooLarge(raw)] }
  const { name } = result.data.metadata
  const paths = [...referencesOf({ kind, spec }).map(({ path }) => path), ...todoPaths(spec)]
  const positions = new Map(paths.map((path) => [pathText(path), raw.at(['spec', ...path])]))
  return { kind, name, spec, position: raw.at([]), positions, named: raw.at(['metadata', 'name']) }
}

/** The kind decides the schema, so it is read first; without one there is a single fault. */
function kindOf(raw: YamlDocument): DocumentKind | Fault {
  if (raw.value === null || typeof raw.value !== 'object' || Array.isArray(raw.value)) {
    const hint = 'begin with `apiVersion: portreeve.dev/v1`, `kind: …`'
    return { message: 'this is not a document: it has no fields', position: raw.at([]), hint }
  }
  const version = valueAt(raw.value, ['apiVersion'])
  if (version !== API_VERSION)
    return wrong(raw, 'apiVersion', version, `write \`apiVersion: ${API_VERSION}\``)
  const written = valueAt(raw.value, ['kind'])
  const kind = DOCUMENT_KINDS.find((kind) => kind === written)
  return kind ?? wrong(raw, 'kind', written, kindHint(written))
}

function wrong(raw: YamlDocument, field: string, value: unknown, hint: string): Fault {
  const absent = value === undefined || value === null
  const message = absent ? `\`${field}\` is missing` : `the ${field} ${shown(value)} is not known`
  return { message, position: raw.at([field]), hint }
}

function kindHint(written: Json | undefined): string {
  const word = typeof written === 'string' ? written : ''
  if (LATER_KINDS.includes(word)) return 'this version does not read documents of this kind yet'
  const near = nearest(word, DOCUMENT_KINDS)
  return near === null ? `one of ${DOCUMENT_KINDS.join(', ')}` : `did you mean \`${near}\`?`
}

function tooLarge(raw: YamlDocument): Fault {
  const hint = 'split it, or keep long texts elsewhere and refer to them'
  return { message: `the document is larger than ${MAX_BYTES / 1024} KiB`, position: raw.at([]), hint }
}
