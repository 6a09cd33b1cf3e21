import type { Entry } from '../model/entry.ts'
import { readCoverageBody } from '../registry/coverage.ts'
import { readDeclaration, readTombstone } from '../registry/declaration.ts'
import { placeOf } from '../registry/documents/effective.ts'
import { sightingFromBody } from '../registry/sighting-body.ts'

/** Whether an entry can still be folded with what is withheld of it: a name that finds a place or a document is needed. */
export function readsWithout(entry: Entry): boolean {
  try {
    READS[entry.type]?.(entry)
    return true
  } catch {
    return false
  }
}

const READS: Partial<Record<Entry['type'], (entry: Entry) => unknown>> = {
  declaration: ({ body }) => {
    const document = readDeclaration(body)
    return document.kind === 'Port' || document.kind === 'Place' ? placeOf(document) : null
  },
  tombstone: ({ body }) => readTombstone(body),
  sighting: ({ body }) => sightingFromBody(body),
  coverage: ({ body }) => readCoverageBody(body),
}
