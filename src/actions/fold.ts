import { readErasure } from '../ledger/erasure.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import type { PlaceClaim } from '../model/source.ts'
import type { DocumentRow, PlaceRow, SightingRow, SourceRow } from '../registry/book.ts'
import { absentAt, readCoverageBody } from '../registry/coverage.ts'
import { advanceSource } from '../registry/source-row.ts'
import { readDeclaration, readDocumentKey, readTombstone } from '../registry/declaration.ts'
import { placeOf } from '../registry/documents/effective.ts'
import { adoptClaim, joinPlace, newPlace } from '../registry/join.ts'
import { applyChange } from '../registry/pass.ts'
import { sightingFromBody } from '../registry/sighting-body.ts'
import { reconcile } from './reconcile.ts'
import type { StoreWrites } from './environment.ts'

/**
 * Entries in, projection out: the same entries give the same rows, whenever and wherever they are folded. A wish of
 * several entries marks all but its last with `more`; places are reconciled at that last one, so that a rebuild cuts
 * where the first writing cut.
 */
export async function fold(tx: StoreWrites, entries: readonly Entry[]): Promise<void> {
  for (const wish of wishesOf(entries)) {
    if (!wish.some(({ type }) => type in FOLDS)) continue
    const folding = new Folding(tx)
    await folding.prepare(wish)
    for (const entry of wish) await FOLDS[entry.type]?.(folding, entry)
    await folding.flush()
    const span = { first: wish[0]?.index ?? 0, last: wish.at(-1)?.index ?? 0 }
    await reconcile(tx, folding.touched, span, folding.writtenPorts())
  }
}

function* wishesOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let start = 0
  for (const [n, entry] of entries.entries()) {
    if (entry.body['more'] === true) continue
    yield entries.slice(start, n + 1)
    start = n + 1
  }
  if (start < entries.length) yield entries.slice(start)
}

/** Types without a line here leave no row of their own yet. */
const FOLDS: Partial<Record<EntryType, (folding: Folding, entry: Entry) => Promise<void>>> = {
  declaration: (folding, entry) => folding.declare(entry),
  tombstone: (folding, entry) => folding.close(entry),
  sighting: (folding, entry) => folding.sight(entry),
  coverage: (folding, entry) => folding.cover(entry),
  erasure: (folding, entry) => folding.erase(entry),
}

/** The rows of one wish, gathered so that the store is asked once, and the places that they touch. */
class Folding {
  readonly touched = new Set<string>()
  readonly #tx: StoreWrites
  /** By `kind/name`, as `#before`. */
  readonly #documents = new Map<string, DocumentRow>()
  readonly #places = new Map<string, PlaceRow>()
  readonly #sightings = new Map<string, Map<string, SightingRow>>()
  readonly #changed: SightingRow[] = []
  /** What the book held of the wish's documents before it; null: nothing. */
  readonly #before = new Map<string, DocumentRow | null>()
  /** Port documents by name. */
  readonly #written = new Map<string, DocumentRow>()
  /** Claims of ports whose place was found and marked, until a place changes: a document's neighbours mostly name the same. */
  readonly #found = new Set<string>()

  constructor(tx: StoreWrites) {
    this.#tx = tx
  }

  /** Asks for the documents of a whole wish at once. */
  async prepare(wish: readonly Entry[]): Promise<void> {
    const declarations = wish.filter(({ type }) => type === 'declaration' || type === 'tombstone')
    const named = declarations.map(({ body }) => readDocumentKey(body))
    for (const [kind, keys] of Map.groupBy(named, ({ kind }) => kind)) {
      const names = keys.map(({ name }) => name)
      for (const name of names) this.#before.set(`${kind}/${name}`, null)
      for (const row of await this.#tx.documentsNamed(kind, names))
        this.#before.set(`${kind}/${row.name}`, row)
    }
  }

  async declare(entry: Entry): Promise<void> {
    const declared = readDeclaration(entry.body)
    const key = `${declared.kind}/${declared.name}`
    const before = this.#document(key)
    const firstDeclaredAt = before?.firstDeclaredAt ?? entry.at
    const row = { ...declared, declaredAt: entry.at, firstDeclaredAt, fromIndex: entry.index, toIndex: null }
    await this.#leave(before, entry.index)
    this.#documents.set(key, row)
    await this.#touch(row)
  }

  async close(entry: Entry): Promise<void> {
    const { kind, name } = readTombstone(entry.body)
    const key = `${kind}/${name}`
    await this.#leave(this.#document(key), entry.index)
    await this.flush()
    await this.#tx.endDocuments([{ kind, name }], entry.index)
    this.#before.set(key, null)
    if (kind === 'Port') this.#written.delete(name)
  }

  async sight(entry: Entry): Promise<void> {
    const { place, claim, source, changes } = sightingFromBody(entry.body)
    await this.#putPlace(place, claim, entry.index)
    const known = await this.#sightingsOf(place, source.name)
    for (const change of changes) {
      const row = applyChange(known.get(change.key) ?? null, change, {
        place,
        source: source.name,
        index: entry.index,
      })
      known.set(row.key, row)
      this.#changed.push(row)
    }
    this.touched.add(place)
  }

  async cover(entry: Entry): Promise<void> {
    const beat = readCoverageBody(entry.body)
    for (const { id, ...claim } of beat.places) {
      await this.#putPlace(id, claim, entry.index)
      this.touched.add(id)
    }
    const rowOf = {
      source: beat.source.name,
      kind: beat.source.kind,
      vantage: beat.source.vantage,
      state: beat.state,
    }
    const rows: SourceRow[] = []
    for (const { id, ...claim } of beat.places) {
      const standing = (await this.#tx.sources(id)).find(({ source }) => source === rowOf.source) ?? null
      const row = {
        ...rowOf,
        place: id,
        lastPass: beat.until,
        lastComplete: beat.lastComplete,
        intervalMs: beat.intervalMs,
        absent: absentAt(beat, claim),
        claim,
      }
      rows.push(advanceSource(standing, row))
    }
    await this.#tx.putSources(rows)
    await this.#tx.putCoverage(
      beat.places.map(({ id }) => ({
        index: entry.index,
        place: id,
        source: beat.source.name,
        from: beat.from,
        until: beat.until,
        passes: beat.passes,
        completePasses: beat.completePasses,
        gaps: beat.gaps,
        collector: beat.collector,
        notes: beat.notes,
      })),
    )
  }

  /** The sealed values go with the entry; what the projection holds of them goes when it is folded again. */
  async erase(entry: Entry): Promise<void> {
    await this.#tx.dropSealed(readErasure(entry).values)
  }

  async flush(): Promise<void> {
    const held = Map.groupBy(this.#documents.entries(), ([key]) => (this.#before.get(key) ?? null) !== null)
    await this.#tx.addDocuments((held.get(false) ?? []).map(([, row]) => row))
    await this.#tx.putDocuments((held.get(true) ?? []).map(([, row]) => row))
    await this.#tx.putPlaces([...this.#places.values()])
    // A port that changed twice within one wish holds its last state.
    await this.#tx.putSightings([
      ...new Map(this.#changed.map((row) => [`${row.place}\n${row.source}\n${row.key}`, row])).values(),
    ])
    for (const [key, row] of this.#documents) {
      this.#before.set(key, row)
      if (row.kind === 'Port') this.#written.set(row.name, row)
    }
    this.#documents.clear()
    this.#places.clear()
    this.#changed.length = 0
  }

  /** The Port documents that this wish wrote and that hold, by the name of their place: the store need not read them back. */
  writtenPorts(): ReadonlyMap<string, readonly DocumentRow[]> {
    return Map.groupBy(this.#written.values(), (row) => placeOf(row).name)
  }

  #document(key: string): DocumentRow | null {
    return this.#documents.get(key) ?? this.#before.get(key) ?? null
  }

  /** Marks every place whose ports a document speaks of. */
  async #touch(row: DocumentRow | null): Promise<void> {
    if (row === null) return
    if (row.kind === 'Port') return this.#touchClaim(placeOf(row), row)
    if (row.kind === 'Place') return this.#touchClaim(placeOf(row), row)
    if (row.kind !== 'System') return
    for (const record of await this.#tx.recordsOf(row.name)) await this.#touchClaim(placeOf(record), record)
  }

  async #touchClaim(claim: PlaceClaim, row: DocumentRow): Promise<void> {
    const key = row.kind === 'Port' ? `${claim.kind}/${claim.name}` : null
    if (key !== null && this.#found.has(key)) return
    const joined = joinPlace(claim, await this.#placesLike(claim))
    const id = joined.kind === 'existing' ? joined.place.id : joined.id
    // Joined by another spelling (db-1 for db-1.example.com), the place takes the name: the record is found by it.
    const place =
      joined.kind === 'existing'
        ? adoptClaim(joined.place, claim, row.fromIndex)
        : newPlace(id, claim, row.fromIndex)
    const named = row.kind === 'Place' && row.toIndex === null ? declaredPlace(place, row) : place
    if (joined.kind !== 'existing' || named !== joined.place) this.#setPlace(named)
    if (key !== null) this.#found.add(key)
    this.touched.add(id)
  }

  /** A Place document that ends, or comes to speak of another place, leaves the one it spoke of as observed. */
  async #leave(row: DocumentRow | null, index: number): Promise<void> {
    if (row?.kind !== 'Place') return this.#touch(row)
    for (const place of await this.#placesLike(placeOf(row))) {
      if (place.declared !== row.name) continue
      this.#setPlace({ ...place, declared: null, inScope: true, fromIndex: index, toIndex: null })
      this.touched.add(place.id)
    }
  }

  #setPlace(place: PlaceRow): void {
    this.#places.set(place.id, place)
    this.#found.clear()
  }

  /** Candidates as this wish leaves them: a place that it changed is one place, not the stored and the new one. */
  async #placesLike(claim: PlaceClaim): Promise<PlaceRow[]> {
    const stored = await this.#tx.placesLike(claim)
    return [...new Map([...stored, ...this.#places.values()].map((place) => [place.id, place])).values()]
  }

  async #putPlace(id: string, claim: PlaceClaim, index: number): Promise<void> {
    const standing = this.#places.get(id) ?? (await this.#tx.place(id))
    const place = standing === null ? newPlace(id, claim, index) : adoptClaim(standing, claim, index)
    if (place !== standing) this.#setPlace(place)
  }

  async #sightingsOf(place: string, source: string): Promise<Map<string, SightingRow>> {
    const key = `${place}\n${source}`
    const held = this.#sightings.get(key)
    if (held !== undefined) return held
    const rows = new Map((await this.#tx.sightings(place, source)).map((row) => [row.key, row]))
    this.#sightings.set(key, rows)
    return rows
  }
}

function declaredPlace(place: PlaceRow, row: DocumentRow): PlaceRow {
  return {
    ...place,
    declared: row.name,
    inScope: row.spec['inScope'] !== false,
    fromIndex: row.fromIndex,
    toIndex: null,
  }
}
