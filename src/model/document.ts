import type { JsonObject } from './entry.ts'
import type { Position } from './refusal.ts'

export const API_VERSION = 'portreeve.dev/v1'

/** Kinds of document. `registry/documents` holds the schema of each. */
export const DOCUMENT_KINDS = [
  'Port',
  'System',
  'Place',
  'Zone',
  'Entity',
  'Party',
  'Policy',
  'Contract',
  'Retention',
] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

/** A parsed and checked document. Names are unique within a kind. */
export interface BookDocument {
  readonly kind: DocumentKind
  readonly name: string
  /** As written, camelCase keys, after defaults of the schema: a plain JSON object. */
  readonly spec: JsonObject
  /** Where it stands; null when it was made by the console. */
  readonly position: Position | null
}

/** The word that marks what only a person knows; `check` reports every string that is or begins with it. */
export const TODO = 'TODO'
