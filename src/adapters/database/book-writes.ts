import { sql } from 'kysely'
import type { BookReads, BookWrites, PlaceRow } from '../../registry/book.ts'
import {
  fromFindingTable,
  toCoverageTable,
  toFindingTable,
  toPlaceTable,
  toPlaceTerms,
  toSightingTable,
  toSourceTable,
} from './book-rows.ts'
import type { Connection } from './connection.ts'
import { toDocumentTable, toReferenceTable } from './document-rows.ts'
import { fingerprint } from './fingerprint.ts'
import { toPortTable } from './port-rows.ts'
import {
  COVERAGE,
  DOCUMENTS,
  FINDINGS,
  PLACES,
  PLACE_TERMS,
  PORTS,
  REFERENCES,
  SIGHTINGS,
  SOURCES,
} from './shapes.ts'
import { putStateText } from './state-text.ts'

export function bookWrites(connection: Connection): Omit<BookWrites, keyof BookReads> {
  const { db } = connection
  return {
    putDocuments: async (rows) => {
      await connection.put(DOCUMENTS, rows.map(toDocumentTable))
      await connection.put(REFERENCES, rows.flatMap(toReferenceTable))
    },
    addDocuments: async (rows) => {
      await connection.add(DOCUMENTS, rows.map(toDocumentTable))
      await connection.put(REFERENCES, rows.flatMap(toReferenceTable))
    },
    endDocuments: (keys, index) => {
      const names = keys.map(({ kind, name }) => [kind, name])
      return connection.end(DOCUMENTS, names, index)
    },
    putPlaces: async (rows) => {
      await connection.put(PLACES, rows.map(toPlaceTable))
      await putTerms(connection, rows)
    },
    putSources: (rows) => connection.put(SOURCES, rows.map(toSourceTable)),
    putSightings: (rows) => connection.put(SIGHTINGS, rows.map(toSightingTable)),
    putCoverage: (rows) => connection.put(COVERAGE, rows.map(toCoverageTable)),
    putPorts: (rows) => connection.put(PORTS, rows.map(toPortTable)),
    addPorts: (rows) => connection.add(PORTS, rows.map(toPortTable)),
    endPorts: (ids, index) => {
      const keys = ids.map((id) => [id])
      return connection.end(PORTS, keys, index)
    },
    putFindings: (rows) => connection.put(FINDINGS, rows.map(toFindingTable)),
    endFindings: (fingerprints, index) => {
      const keys = fingerprints.map((fingerprint) => [fingerprint])
      return connection.end(FINDINGS, keys, index)
    },
    findingsAt: async (place) => {
      const rows = await db
        .selectFrom('finding')
        .selectAll()
        .where('to_index', 'is', null)
        .where('place', '=', place)
        .orderBy('gravity')
        .orderBy('fingerprint')
        .execute()
      return rows.map(fromFindingTable)
    },
    fingerprint: () => fingerprint(connection),
    putState: (text) => putStateText(connection, text),
    clear: async () => {
      for (const table of PROJECTIONS) await sql`DELETE FROM ${sql.table(table)}`.execute(db)
    },
  }
}

export const PROJECTIONS = [
  'document',
  'document_reference',
  'place',
  'place_term',
  'source',
  'sighting',
  'coverage',
  'port',
  'finding',
  'port_mark',
] as const

/** A place is found by what it is called now; the newest of several rows of one place says what that is. */
async function putTerms(connection: Connection, rows: readonly PlaceRow[]): Promise<void> {
  const newest = new Map(rows.map((row) => [row.id, row]))
  for (const id of newest.keys()) await connection.db.deleteFrom('place_term').where('id', '=', id).execute()
  const present = [...newest.values()].filter((row) => row.toIndex === null)
  await connection.put(PLACE_TERMS, present.flatMap(toPlaceTerms))
}
