import { sql, type RawBuilder } from 'kysely'
import type { BookAt, BookReads, SourceRow } from '../../registry/book.ts'
import { asItStood } from './as-it-stood.ts'
import {
  fromCoverageTable,
  fromFindingTable,
  fromPlaceTable,
  fromSightingTable,
  fromSourceTable,
  gravityOf,
  severityOf,
  wantedTerms,
} from './book-rows.ts'
import type { Connection } from './connection.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { fromDocumentKey, fromDocumentTable } from './document-rows.ts'
import type { PortReads } from './port-reads.ts'
import { rowsAt } from './rows-at.ts'
import type { DocumentTable, FindingTable, PlaceTable, SightingTable } from './tables.ts'

export function bookReads(connection: Connection): Omit<BookReads, keyof PortReads> {
  const { db } = connection
  return {
    ...bookAt(connection, null),
    documentsNaming: async (kind, name, limit) => {
      // A port's system is a column; nothing else names a system.
      if (kind === 'System') {
        const ports = db.selectFrom('document').select(['kind', 'name']).where('to_index', 'is', null)
        const naming = ports.where('kind', '=', 'Port').where('system', '=', name)
        return (await naming.orderBy('name').limit(limit).execute()).map(fromDocumentKey)
      }
      const naming = db
        .selectFrom('document_reference as named')
        .innerJoin('document', (both) =>
          both
            .onRef('document.kind', '=', 'named.by_kind')
            .onRef('document.name', '=', 'named.by_name')
            .onRef('document.from_index', '=', 'named.from_index'),
        )
        .where('document.to_index', 'is', null)
        .where('named.kind', '=', kind)
        .where('named.name', '=', name)
        .select(['named.by_kind as kind', 'named.by_name as name'])
        .orderBy('named.by_kind')
        .orderBy('named.by_name')
      return (await naming.limit(limit).execute()).map(fromDocumentKey)
    },
    placesLike: async (claim) => {
      const alike = db.selectFrom('place_term').select('id').where('term', 'in', wantedTerms(claim))
      const places = db.selectFrom('place').selectAll().where('to_index', 'is', null).orderBy('id')
      return (await places.where('id', 'in', alike).execute()).map(fromPlaceTable)
    },
  }
}

/** `asOf`: the ledger index whose moment is asked of; null: now. */
export function bookAt(connection: Connection, asOf: number | null): Omit<BookAt, keyof PortReads> {
  const { db } = connection
  const holds = holding(asOf)
  const begun = sql<boolean>`from_index <= ${asOf ?? END}`
  const toDocument = (row: DocumentTable) => asItStood(fromDocumentTable(row), asOf)
  const toPlace = (row: PlaceTable) => asItStood(fromPlaceTable(row), asOf)
  const toSighting = (row: SightingTable) => asItStood(fromSightingTable(row), asOf)
  const toFinding = (row: FindingTable) => asItStood(fromFindingTable(row), asOf)
  const documents = db.selectFrom('document').selectAll()
  const documentsNow = documents.where(holds).orderBy('kind').orderBy('name')
  const placesNow = db.selectFrom('place').selectAll().where(holds).orderBy('id')
  const sightings = db.selectFrom('sighting').selectAll()
  return {
    documents: async (kind) => {
      const query = documentsNow.$if(kind !== undefined, (all) => all.where('kind', '=', kind ?? ''))
      return (await query.execute()).map(toDocument)
    },
    document: async (kind, name) => {
      const row = await documentsNow.where('kind', '=', kind).where('name', '=', name).executeTakeFirst()
      return row === undefined ? null : toDocument(row)
    },
    documentsNamed: async (kind, names) => {
      const rows = []
      for (let start = 0; start < names.length; start += MOST_NAMES) {
        const some = names.slice(start, start + MOST_NAMES)
        rows.push(...(await documentsNow.where('kind', '=', kind).where('name', 'in', some).execute()))
      }
      return rows.map(toDocument)
    },
    documentHistory: async (kind, name) => {
      const query = documents.where('kind', '=', kind).where('name', '=', name).where(begun)
      return (await query.orderBy('from_index').execute()).map(toDocument)
    },
    places: async () => (await placesNow.execute()).map(toPlace),
    place: async (id) => {
      const row = await placesNow.where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toPlace(row)
    },
    sources: async (place) => {
      const query = db
        .selectFrom('source')
        .selectAll()
        .$if(place !== undefined, (all) => all.where('place', '=', place ?? ''))
        .orderBy('place')
        .orderBy('source')
      const rows = (await query.execute()).map(fromSourceTable)
      return asOf === null ? rows : sourcesAt(connection, rows, asOf)
    },
    sightings: async (place, source) => {
      const query = sightings
        .where(holds)
        .where('place', '=', place)
        .$if(source !== undefined, (all) => all.where('source', '=', source ?? ''))
        .orderBy('source')
        .orderBy('key')
      return (await query.execute()).map(toSighting)
    },
    sightingHistory: async (place, key) => {
      const query = sightings
        .where('place', '=', place)
        .where('key', '=', key)
        .where(begun)
        .orderBy('from_index')
        .orderBy('source')
      return (await query.execute()).map(toSighting)
    },
    recordsAt: async (place, heldBefore) => {
      const rows = await documentsNow
        .where('kind', '=', 'Port')
        .where('place', '=', place)
        .$if(heldBefore !== undefined, (all) => all.where('from_index', '<', heldBefore ?? 0))
        .execute()
      return rows.map(toDocument)
    },
    recordsOf: async (system) => {
      const rows = await documentsNow.where('kind', '=', 'Port').where('system', '=', system).execute()
      return rows.map(toDocument)
    },
    coverage: async ({ place, from, until }) => {
      const query = db
        .selectFrom('coverage')
        .selectAll()
        .$if(asOf !== null, (all) => all.where('idx', '<=', asOf ?? 0))
        .$if(place !== undefined, (all) => all.where('place', '=', place ?? ''))
        .$if(from !== undefined, (all) => all.where('until_at', '>=', from ?? ''))
        .$if(until !== undefined, (all) => all.where('from_at', '<=', until ?? ''))
        .orderBy('from_at')
        .orderBy('idx')
        .orderBy('place')
        .orderBy('source')
      return (await query.execute()).map(fromCoverageTable)
    },
    findings: async ({ port, record, place, rule, atLeast }, { limit, cursor }) => {
      const after = cursor === null ? null : readCursor(cursor, FINDING_ORDER, [0, ''] as const)
      const held =
        asOf === null
          ? db.selectFrom('finding').selectAll().where(holds)
          : db.selectFrom(rowsAt('finding', asOf)).selectAll()
      const rows = await held
        .$if(port !== undefined, (all) => all.where('port', '=', port ?? ''))
        .$if(record !== undefined, (all) => all.where('record', '=', record ?? ''))
        .$if(place !== undefined, (all) => all.where('place', '=', place ?? ''))
        .$if(rule !== undefined, (all) => all.where('rule', '=', rule ?? ''))
        .$if(atLeast !== undefined, (all) => all.where('gravity', '<=', gravityOf(atLeast ?? 'info')))
        .$if(after !== null, (all) =>
          all.where(sql<boolean>`(gravity, fingerprint) > (${after?.[0]}, ${after?.[1]})`),
        )
        .orderBy('gravity')
        .orderBy('fingerprint')
        .limit(limit + 1)
        .execute()
      return { items: rows.slice(0, limit).map(toFinding), next: nextFinding(rows, limit) }
    },
    findingCounts: async () => {
      const rows = await db
        .selectFrom('finding')
        .select(['rule', 'gravity', (all) => all.fn.countAll<number>().as('count')])
        .where(holds)
        .groupBy(['rule', 'gravity'])
        .orderBy('gravity')
        .orderBy('rule')
        .execute()
      return rows.map(({ rule, gravity, count }) => ({ rule, severity: severityOf(gravity), count }))
    },
  }
}

/** In words that the partial indexes of what holds now answer. */
function holding(asOf: number | null): RawBuilder<boolean> {
  if (asOf === null) return sql`to_index IS NULL`
  return sql`(from_index <= ${asOf} AND (to_index IS NULL OR to_index > ${asOf}))`
}

/** Behind every index. */
const END = Number.MAX_SAFE_INTEGER

/** What is kept of a source is its newest word; when it had looked by an earlier entry its coverage says. */
async function sourcesAt(
  { db }: Connection,
  sources: readonly SourceRow[],
  asOf: number,
): Promise<readonly SourceRow[]> {
  const rows = await db
    .selectFrom('coverage')
    .selectAll()
    .where('idx', '<=', asOf)
    .$if(sources.length <= MOST_NAMES, (all) =>
      all.where('place', 'in', [...new Set(sources.map(({ place }) => place))]),
    )
    .execute()
  const beats = Map.groupBy(rows.map(fromCoverageTable), ({ place, source }) => `${place}\n${source}`)
  return sources.flatMap((source) => {
    const before = beats.get(`${source.place}\n${source.source}`) ?? []
    const lastPass = latest(before.map(({ until }) => until))
    const complete = before.filter(({ completePasses }) => completePasses > 0)
    return lastPass === null
      ? []
      : [{ ...source, lastPass, lastComplete: latest(complete.map(({ until }) => until)) }]
  })
}

function latest(times: readonly string[]): string | null {
  return times.length === 0 ? null : times.reduce((one, other) => (one > other ? one : other))
}

/** Parameters of one statement; both engines take many more, but each number of them is a statement to prepare. */
const MOST_NAMES = 500

const FINDING_ORDER = 'findings'

function nextFinding(rows: readonly FindingTable[], limit: number): string | null {
  const last = rows[limit - 1]
  return rows.length > limit && last !== undefined
    ? writeCursor(FINDING_ORDER, [last.gravity, last.fingerprint])
    : null
}
