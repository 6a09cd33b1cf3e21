import { z } from 'zod'

import { DOCUMENT_KINDS, type BookDocument, type DocumentKind } from '../model/document.ts'
import type { JsonObject } from '../model/entry.ts'
import { fromLedgerBody, ledgerBodyDigest, toLedgerBody } from './documents/ledger-body.ts'

/** Body of a `declaration` entry: the document, and the pseudonym of who put it into the book. */
export function declarationBody(document: BookDocument, by: string): JsonObject {
  return { ...toLedgerBody(document), by }
}

export function readDeclaration(
  body: JsonObject,
): BookDocument & { readonly digest: string; readonly declaredBy: string } {
  const document = fromLedgerBody(body)
  return { ...document, digest: ledgerBodyDigest(body), declaredBy: By.parse(body).by }
}

/** Of which document a `declaration` or a `tombstone` speaks. */
export function readDocumentKey(body: JsonObject): { readonly kind: DocumentKind; readonly name: string } {
  return DocumentKey.parse(body)
}

/** Which document left the book, on whose word and why. */
export interface Tombstone {
  readonly kind: DocumentKind
  readonly name: string
  readonly reason: string
  readonly by: string
}

/** Body of a `tombstone` entry. */
export function tombstoneBody({ kind, name, reason, by }: Tombstone): JsonObject {
  return { kind, name, reason, by }
}

/** The reason may hold what identifies a person, and be erased: then it is empty. */
export function readTombstone(body: JsonObject): Tombstone {
  return TombstoneBody.parse(body)
}

const By = z.object({ by: z.string() })
const DocumentKey = z.object({ kind: z.enum(DOCUMENT_KINDS), name: z.string() })
const TombstoneBody = DocumentKey.extend({ by: z.string(), reason: z.string().default('') })
