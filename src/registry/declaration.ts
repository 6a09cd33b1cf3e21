import { DOCUMENT_KINDS, type BookDocument, type DocumentKind } from '../model/document.ts'
import type { JsonObject } from '../model/entry.ts'
import { documentDigest, fromLedgerBody, toLedgerBody } from './documents/ledger-body.ts'

/** Body of a `declaration` entry: the document, and the pseudonym of who put it into the book. */
export function declarationBody(document: BookDocument, by: string): JsonObject {
  return { ...toLedgerBody(document), by }
}

export function readDeclaration(body: JsonObject): BookDocument & { readonly digest: string; readonly declaredBy: string } {
  const document = fromLedgerBody(body)
  return { ...document, digest: documentDigest(document), declaredBy: String(body['by']) }
}

/** Body of a `tombstone` entry: which document left the book, on whose word and why. */
export function tombstoneBody(kind: DocumentKind, name: string, reason: string, by: string): JsonObject {
  return { kind, name, reason, by }
}

export function readTombstone(body: JsonObject): { readonly kind: DocumentKind; readonly name: string; readonly reason: string } {
  const kind = DOCUMENT_KINDS.find((known) => known === body['kind'])
  if (kind === undefined) throw new Error(`a tombstone of an unknown kind: ${String(body['kind'])}`)
  return { kind, name: String(body['name']), reason: String(body['reason']) }
}
