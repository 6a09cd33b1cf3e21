import type { PortView } from '../api/views.ts'
import type { BookDocument } from '../model/document.ts'
import type { Finding } from '../model/finding.ts'
import { portKeyText, type Instant } from '../model/port.ts'
import type { Reach } from '../model/reach.ts'
import { OBSERVING_KINDS, type PlaceClaim, type PlaceReading, type Reading } from '../model/source.ts'
import type { PlaceRow, PortRow, SightingRow, SourceRow } from '../registry/book.ts'
import { declaredRecord, placeOf } from '../registry/documents/effective.ts'
import { adoptClaim, joinPlace, newPlace } from '../registry/join.ts'
import { reconcilePlace } from '../registry/reconcile.ts'
import type { DeclaredRecord } from '../registry/record.ts'
import { portView } from './port-view.ts'

/** Readings and documents that no book holds, reconciled with each other: what `scan` and `check` of files answer with. */
export interface Survey {
  readonly ports: readonly PortView[]
  readonly findings: readonly Finding[]
  readonly places: readonly PlaceRow[]
  readonly rows: readonly PortRow[]
}

/**
 * @param judge whether ports without a record are findings; a bare scan only shows them
 * @param reachOf from where a port can be reached, where that was computed
 */
export function survey(
  readings: readonly Reading[],
  documents: readonly BookDocument[],
  at: Instant,
  judge: boolean,
  reachOf: (row: PortRow) => Reach | null = () => null,
): Survey {
  const places = new Places()
  // Place documents first: they say which names and addresses are one place.
  for (const document of documents)
    if (document.kind === 'Place') places.at(placeOf(document)).declare(document.name)
  for (const reading of readings)
    for (const here of reading.places) places.at(here.place).see(reading, here, at)
  for (const record of recordsOf(documents)) places.at(record.claim).records.push(record.record)
  const reconciled = places.all().map((place) => ({
    place,
    result: reconcilePlace({
      place: place.row,
      sightings: place.sightings,
      sources: place.sources,
      records: place.records,
      others: places.all().map(({ row }) => row),
      basis: 'gate',
      index: 0,
    }),
  }))
  const findings = judge ? reconciled.flatMap(({ result }) => result.findings) : []
  const rows = reconciled.flatMap(({ place, result }) =>
    result.ports.map((row) => ({
      ...row,
      observed: place.onlyManifests() ? ('unknown' as const) : row.observed,
    })),
  )
  return {
    ports: views(rows, findings, places.all(), reachOf),
    findings,
    places: places.all().map((place) => place.row),
    rows,
  }
}

function recordsOf(
  documents: readonly BookDocument[],
): { readonly claim: PlaceClaim; readonly record: DeclaredRecord }[] {
  const systems = new Map(
    documents.filter(({ kind }) => kind === 'System').map((document) => [document.name, document]),
  )
  return documents
    .filter(({ kind }) => kind === 'Port')
    .map((document) => ({
      claim: placeOf(document),
      record: declaredRecord(document, systems.get(systemName(document)) ?? null),
    }))
}

function systemName({ spec }: BookDocument): string {
  return typeof spec['system'] === 'string' ? spec['system'] : ''
}

/** The places of one survey, joined as the book joins them. */
class Places {
  readonly #places: Place[] = []

  at(claim: PlaceClaim): Place {
    const joined = joinPlace(
      claim,
      this.#places.map((place) => place.row),
    )
    if (joined.kind === 'existing') {
      const place = this.#places.find((place) => place.row === joined.place)
      if (place === undefined) throw new Error('a place was joined that is not here')
      place.row = adoptClaim(place.row, claim, 0)
      return place
    }
    const place = new Place(newPlace(joined.id, claim, 0))
    this.#places.push(place)
    return place
  }

  all(): readonly Place[] {
    return this.#places
  }
}

class Place {
  row: PlaceRow
  readonly sightings: SightingRow[] = []
  readonly sources: SourceRow[] = []
  readonly records: DeclaredRecord[] = []

  constructor(row: PlaceRow) {
    this.row = row
  }

  declare(name: string): void {
    this.row = { ...this.row, declared: name }
  }

  see(reading: Reading, here: PlaceReading, now: Instant): void {
    const at = reading.at ?? now
    // The gate takes what a manifest would open for open; the view says "unknown" of it again.
    const observes = OBSERVING_KINDS.includes(reading.source.kind)
    this.sources.push({
      place: this.row.id,
      source: reading.source.name,
      kind: reading.source.kind,
      vantage: reading.source.vantage,
      state: 'once',
      lastPass: at,
      lastComplete: reading.complete ? at : null,
      intervalMs: null,
      absent: here.absent,
      claim: here.place,
    })
    for (const sighting of here.sightings) {
      this.sightings.push({
        place: this.row.id,
        source: reading.source.name,
        key: portKeyText(sighting),
        sighting: observes ? sighting : { ...sighting, state: 'open' },
        since: { notBefore: null, notAfter: at },
        flaps: null,
        fromIndex: 0,
        toIndex: null,
      })
    }
  }

  onlyManifests(): boolean {
    return !this.sources.some((source) => OBSERVING_KINDS.includes(source.kind))
  }
}

function views(
  rows: readonly PortRow[],
  findings: readonly Finding[],
  places: readonly Place[],
  reachOf: (row: PortRow) => Reach | null,
): PortView[] {
  const byPort = Map.groupBy(findings, (finding) => finding.port)
  const spans = new Map<string, SightingRow>()
  for (const place of places) for (const row of place.sightings) spans.set(`${place.row.id}/${row.key}`, row)
  return rows.map((row) => {
    const sighting = spans.get(row.id)?.sighting ?? null
    const span = sighting?.span ?? null
    const at = span === null ? null : [span.file, span.line].filter((part) => part !== null).join(':')
    return portView(row, byPort.get(row.id) ?? [], {
      detail: sighting?.detail ?? null,
      at,
      reach: reachOf(row),
    })
  })
}
