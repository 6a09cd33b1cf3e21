import type { BookDocument, DocumentKind } from '../model/document.ts'
import type { Finding, Severity } from '../model/finding.ts'
import type {
  Approval,
  Documented,
  Enforcement,
  Family,
  Instant,
  Observed,
  PortId,
  Process,
  Service,
  Transport,
} from '../model/port.ts'
import type {
  AbsentRegion,
  PlaceClaim,
  PlaceKind,
  Sighting,
  SightingFlag,
  SourceKind,
} from '../model/source.ts'

/**
 * The book as rows: what the fold of the ledger yields and every question reads. An adapter keeps them; each row
 * that can change carries the ledger index from which it holds and the one from which it no longer does, so that
 * "as of" is a filter.
 */
export interface Held {
  /** First ledger index at which the row holds. */
  readonly fromIndex: number
  /** First ledger index at which it no longer holds; null while it does. */
  readonly toIndex: number | null
}

export interface DocumentRow extends Held, BookDocument {
  /** `sha256:<hex>` over kind, name and spec: what a decision binds to. */
  readonly digest: string
  /** When this version was declared. */
  readonly declaredAt: Instant
  /** When the first version was, of those that followed each other without a tombstone between them. */
  readonly firstDeclaredAt: Instant
  /** Pseudonym of who declared it. */
  readonly declaredBy: string
}

export type DocumentKey = Pick<BookDocument, 'kind' | 'name'>

/** A place as the book knows it: declared, observed, or both. `id` is its name in port ids, unique, never reused. */
export interface PlaceRow extends Held {
  readonly id: string
  readonly kind: PlaceKind
  readonly identity: string | null
  readonly names: readonly string[]
  readonly addresses: readonly string[]
  readonly realm: string
  /** Name of the Place document, where there is one. */
  readonly declared: string | null
  /** Part of the population. Observed and declared places are, unless their document says otherwise. */
  readonly inScope: boolean
}

/** One source's present word on one port of one place. */
export interface SightingRow extends Held {
  readonly place: string
  readonly source: string
  /** `portKeyText` of the sighting. */
  readonly key: string
  readonly sighting: Sighting
  /** When it was last seen to change state. */
  readonly since: Opening
  /** Folded flapping, or null. */
  readonly flaps: Flaps | null
}

/** An interval: the change happened after `notBefore` and not after `notAfter`. */
export interface Opening {
  /** Last complete pass that saw the earlier state; null where there is none (already open at the first pass). */
  readonly notBefore: Instant | null
  readonly notAfter: Instant
}

export interface Flaps {
  readonly count: number
  readonly first: Instant
  readonly last: Instant
}

/** One source at one place: its last complete pass and what an absence in it proves. */
export interface SourceRow {
  readonly place: string
  readonly source: string
  readonly kind: SourceKind
  readonly vantage: string | null
  /** Observing, or ended on purpose; a source that fell silent is still `observing`. */
  readonly state: 'observing' | 'stopped' | 'once'
  readonly lastPass: Instant
  readonly lastComplete: Instant | null
  readonly intervalMs: number | null
  readonly absent: readonly AbsentRegion[]
  readonly claim: PlaceClaim
}

/** What one coverage entry says of one source at one place for a stretch of time. */
export interface CoverageRow {
  readonly index: number
  readonly place: string
  readonly source: string
  readonly from: Instant
  readonly until: Instant
  readonly passes: number
  readonly completePasses: number
  /** Stretches within from..until that no pass covered. */
  readonly gaps: readonly { readonly from: Instant; readonly until: Instant }[]
  /** Collector's build, privileges, clock and known-answer result, as logged. */
  readonly collector: Readonly<Record<string, string | number | boolean | null>> | null
  readonly notes: readonly string[]
}

/** One page of the book: a port that was seen, declared, or both. */
export interface PortRow extends Held {
  readonly id: PortId
  readonly place: string
  /** Host name where the place is a host, else null. */
  readonly host: string | null
  readonly workload: string | null
  readonly net: string
  readonly transport: Transport
  readonly address: string | null
  readonly device: string | null
  readonly family: Family | null
  readonly port: number
  readonly last: number
  readonly service: Service | null
  readonly processes: readonly Process[]
  /** Name of the Port document. */
  readonly record: string | null
  readonly system: string | null
  readonly owner: string | null
  readonly environment: string | null
  readonly purpose: string | null
  readonly observed: Observed
  readonly documented: Documented
  readonly approval: Approval
  readonly enforcement: Enforcement
  /** The last change to `observed`, widest honest interval over the sources; null if never observed. */
  readonly since: Opening | null
  readonly flaps: Flaps | null
  readonly flags: readonly SightingFlag[]
  readonly sources: readonly string[]
  /** Rules with a finding on this port, sorted; and the gravest of their severities. */
  readonly rules: readonly string[]
  readonly severity: Severity | null
}

export interface FindingRow extends Held, Finding {}

/** Filters of the grid; all that are given must hold. `asOf` is a ledger index. */
export interface PortFilter {
  readonly owner?: string
  readonly system?: string
  readonly place?: string
  readonly observed?: Observed
  readonly documented?: Documented
  readonly transport?: Transport
  readonly port?: number
  readonly finding?: string
  readonly record?: string
  /** Substring, case folded, over id, record, service, process, owner, system and purpose. */
  readonly text?: string
  readonly asOf?: number
}

export const PORT_SORTS = ['id', 'port', 'owner', 'since', 'severity'] as const
export type PortSort = (typeof PORT_SORTS)[number]

export interface PageRequest {
  readonly limit: number
  /** Opaque; from the page before. */
  readonly cursor: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface Count {
  readonly count: number
  /** False where counting stopped at the limit: "10,000 or more". */
  readonly exact: boolean
}

export const FACETS = ['owner', 'system', 'place', 'observed', 'documented', 'finding', 'transport'] as const
export type Facet = (typeof FACETS)[number]

/** Questions that the book answers of now and, since rows keep from when until when they held, of any entry before. */
export interface BookAt {
  documents(kind?: DocumentKind): Promise<readonly DocumentRow[]>
  document(kind: DocumentKind, name: string): Promise<DocumentRow | null>
  /** Those of some names that the book holds; a name it does not hold has no row. */
  documentsNamed(kind: DocumentKind, names: readonly string[]): Promise<readonly DocumentRow[]>
  /** Every version, oldest first. */
  documentHistory(kind: DocumentKind, name: string): Promise<readonly DocumentRow[]>
  places(): Promise<readonly PlaceRow[]>
  place(id: string): Promise<PlaceRow | null>
  /** Of an earlier entry: what a source had said by then; its state and what its silence proves are those of now. */
  sources(place?: string): Promise<readonly SourceRow[]>
  sightings(place: string, source?: string): Promise<readonly SightingRow[]>
  sightingHistory(place: string, key: string): Promise<readonly SightingRow[]>
  /** Port documents whose spec names the place, or the system, by name; those that held before a ledger index. */
  recordsAt(place: string, heldBefore?: number): Promise<readonly DocumentRow[]>
  recordsOf(system: string): Promise<readonly DocumentRow[]>
  coverage(query: { place?: string; from?: Instant; until?: Instant }): Promise<readonly CoverageRow[]>
  ports(
    filter: PortFilter,
    sort: { by: PortSort; descending: boolean },
    page: PageRequest,
  ): Promise<Page<PortRow>>
  countPorts(filter: PortFilter, limit: number): Promise<Count>
  facet(
    facet: Facet,
    filter: PortFilter,
    limit: number,
  ): Promise<readonly { value: string | null; count: number }[]>
  port(id: PortId): Promise<PortRow | null>
  portHistory(id: PortId): Promise<readonly PortRow[]>
  portsAt(place: string): Promise<readonly PortRow[]>
  findings(
    query: { port?: string; record?: string; place?: string; rule?: string; atLeast?: Severity },
    page: PageRequest,
  ): Promise<Page<FindingRow>>
  findingCounts(): Promise<readonly { rule: string; severity: Severity; count: number }[]>
}

/** The projection as a whole. */
export interface StateReads {
  /** Its text, docs/formats/state-snapshot-v1.md: some whole lines at a time, and no more than a moment's work. */
  state(): AsyncIterable<string>
}

/** Questions to the book as it is. */
export interface BookReads extends BookAt {
  /** The first `limit`, by kind and name, of the documents that name this one (`referencesOf`). */
  documentsNaming(kind: DocumentKind, name: string, limit: number): Promise<readonly DocumentKey[]>
  /** The place itself, and places that share an identity, a name or an address (in the realm) with the claim. */
  placesLike(claim: PlaceClaim): Promise<readonly PlaceRow[]>
}

/**
 * Changes of the fold, within the transaction that appends their entry. `put` ends the row of the same key that
 * holds and inserts the new one; `add` is told that nothing of the row's key holds, and looks for none; `end` ends
 * only. None touches rows that ended before.
 */
export interface BookWrites extends BookReads {
  putDocuments(rows: readonly DocumentRow[]): Promise<void>
  addDocuments(rows: readonly DocumentRow[]): Promise<void>
  endDocuments(keys: readonly DocumentKey[], index: number): Promise<void>
  putPlaces(rows: readonly PlaceRow[]): Promise<void>
  putSources(rows: readonly SourceRow[]): Promise<void>
  putSightings(rows: readonly SightingRow[]): Promise<void>
  putCoverage(rows: readonly CoverageRow[]): Promise<void>
  putPorts(rows: readonly PortRow[]): Promise<void>
  addPorts(rows: readonly PortRow[]): Promise<void>
  endPorts(ids: readonly PortId[], index: number): Promise<void>
  putFindings(rows: readonly FindingRow[]): Promise<void>
  endFindings(fingerprints: readonly string[], index: number): Promise<void>
  findingsAt(place: string): Promise<readonly FindingRow[]>
  /** `sha256:<hex>` over every projection row in a fixed order: two equal books have equal fingerprints. */
  fingerprint(): Promise<string>
  /** Puts the rows of a state's text, which `StateReads.state` gave, into the empty projection. */
  putState(text: AsyncIterable<string>): Promise<void>
  /** Drops every projection row; the ledger and the sealed store stay. Followed by a bulk fold. */
  clear(): Promise<void>
}
