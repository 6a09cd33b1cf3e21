import { hash } from 'node:crypto'
import { canonicalAgain, canonicalJson } from '../../lib/canonical-json.ts'
import { API_VERSION, DOCUMENT_KINDS } from '../../model/document.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import type { Position } from '../../model/refusal.ts'

/**
 * `sha256:<hex>` over the canonical JSON of API version, kind, name and spec: what a decision binds to. Where the
 * document stands is not part of it; moving a file changes nothing that was decided.
 */
export function documentDigest({ kind, name, spec }: Pick<BookDocument, 'kind' | 'name' | 'spec'>): string {
  return sha256(canonicalJson({ api_version: API_VERSION, kind, name, spec: renamed(spec, snakeCase) }))
}

/** `documentDigest` of the document in the body of an entry that was read: its names are the ledger's already. */
export function ledgerBodyDigest({ kind, name, spec }: JsonObject): string {
  return sha256(canonicalAgain({ api_version: API_VERSION, kind, name, spec }))
}

function sha256(text: string): string {
  return `sha256:${hash('sha256', text, 'hex')}`
}

/** A document as the body of a ledger entry, whose keys are `[a-z0-9_]{1,64}`. `fromLedgerBody` undoes it. */
export function toLedgerBody({ kind, name, spec, position }: BookDocument): JsonObject {
  const { file, line, column } = position ?? {}
  const stands =
    file === undefined || line === undefined || column === undefined ? null : { file, line, column }
  return { kind, name, spec: renamed(spec, snakeCase), position: stands }
}

/** Members of `body` beside the document's own are left to whoever put them there. */
export function fromLedgerBody(body: JsonObject): BookDocument {
  const { kind: written, name, spec, position } = body
  const kind = DOCUMENT_KINDS.find((kind) => kind === written)
  if (kind === undefined || typeof name !== 'string' || !isObject(spec)) {
    throw new Error(`an entry holds no document: ${JSON.stringify(written)}`)
  }
  // A list keeps the place of what is withheld; no document has such a gap.
  return { kind, name, spec: renamed(spec, camelCase, isThere) as JsonObject, position: positionOf(position) }
}

function renamed(
  value: Json,
  rename: (key: string) => string,
  keep: (item: Json) => boolean = () => true,
): Json {
  if (Array.isArray(value)) return value.filter(keep).map((item: Json) => renamed(item, rename, keep))
  if (!isObject(value)) return value
  const result: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value)) {
    const name = rename(key)
    const item = renamed(member, rename, keep)
    // By assignment, a member that an adversary named __proto__ would change the object's nature.
    if (name === '__proto__') Object.defineProperty(result, name, { ...OWN, value: item })
    else result[name] = item
  }
  return result
}

const OWN = { configurable: true, enumerable: true, writable: true }

/** Lossless because field names are camelCase without `_`; `schemas.test.ts` holds every schema to it. */
function snakeCase(key: string): string {
  return LOWER.test(key) ? key : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function camelCase(key: string): string {
  return LOWER.test(key) ? key : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** One word, which both ways of writing spell alike: most names are. */
const LOWER = /^[a-z0-9]+$/

function isThere(item: Json): boolean {
  return item !== null
}

/** Null where it was null, and where the file's name identifies a person and was erased. */
function positionOf(value: Json | undefined): Position | null {
  if (!isObject(value)) return null
  const { file, line, column } = value
  return typeof file === 'string' && typeof line === 'number' && typeof column === 'number'
    ? { column, file, line }
    : null
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
