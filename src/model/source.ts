import type { Family, Instant, Observed, PortKey, PortRange, Process, Service, Transport } from './port.ts'

/**
 * What a source of facts says: one `Reading` for each thing that was read, in it the places it speaks of, in
 * them the sightings. Parsers return readings; nothing in here has been compared with the book.
 */

export const SOURCE_KINDS = [
  'linux-host',
  'macos-host',
  'ss-text',
  'nmap-xml',
  'compose',
  'kubernetes',
  'documents',
] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

/** Kinds that report what really listens, as opposed to what a manifest would have listen. */
export const OBSERVING_KINDS: readonly SourceKind[] = ['linux-host', 'macos-host', 'ss-text', 'nmap-xml']

export interface Source {
  /** Unique within a book for a collector (`linux-host:db-1`); the file's path for a file. */
  readonly name: string
  readonly kind: SourceKind
  /** From where it was seen: `on-host` for a host's own sockets, a name the user gave for a scan. */
  readonly vantage: string | null
  /** `sha256:<hex>` of the bytes that were read. */
  readonly digest: string | null
}

export interface Reading {
  readonly source: Source
  /** When the world was as described; null where the source does not say (a manifest). */
  readonly at: Instant | null
  /** False where the source ended early or could not see everything it should. */
  readonly complete: boolean
  readonly places: readonly PlaceReading[]
  /** What the reader could not see or had to assume, as sentences. */
  readonly notes: readonly string[]
}

export const PLACE_KINDS = ['host', 'kubernetes', 'compose', 'aws', 'gateway'] as const
export type PlaceKind = (typeof PLACE_KINDS)[number]

/** How a source names a place. Identity where it has one; else names and addresses to join by. */
export interface PlaceClaim {
  readonly kind: PlaceKind
  /** What people call it: host name, `project`, `cluster/namespace`. Shown, and used in port ids. */
  readonly name: string
  /** Stable identity: an application-specific hash of the machine id, a cluster uid. Null where unknown. */
  readonly identity: string | null
  readonly names: readonly string[]
  readonly addresses: readonly string[]
  /** Address realm: within one, an address means one place. */
  readonly realm: string
  /** Which run of the machine's kernel speaks, as a hash; left out where a source does not know. */
  readonly boot?: string
}

export interface PlaceReading {
  readonly place: PlaceClaim
  readonly sightings: readonly Sighting[]
  /**
   * Where a port that is *not* among the sightings was looked for and not found. Empty: absence proves nothing
   * (a truncated scan, a manifest).
   */
  readonly absent: readonly AbsentRegion[]
}

/** A region of the port space of one place in which what was not seen was closed. */
export interface AbsentRegion {
  /** A namespace label, or `*` for every namespace of the place. */
  readonly net: string
  readonly transport: Transport
  readonly ports: readonly PortRange[]
  /** Null: every address of the place; else only these. */
  readonly addresses: readonly string[] | null
}

/** Where in a source a fact stands; lines count from 1, null for binary and live sources. */
export interface Span {
  readonly file: string
  readonly line: number | null
}

export type SightingFlag =
  /** UDP socket in the ephemeral range: a client's socket looks the same. */
  | 'may-be-client'
  /** The IPv4 side of `::` cannot be told from this source. */
  | 'ipv4-unknown'
  /** Several sockets share the port (SO_REUSEPORT). */
  | 'shared'
  /** Reachable on the service's own network only; `expose`, a ClusterIP. */
  | 'internal'
  /** The number stands for `count` ports that were folded into one sighting. */
  | 'aggregated'
  /** The port number is chosen at run time or holds an unresolved variable: `port` is 0. */
  | 'port-unknown'

export interface Sighting extends PortKey {
  readonly state: Observed
  readonly family: Family | null
  /** Last port where a sighting stands for a range (`8000-8100`); else equal to `port`. */
  readonly last: number
  readonly service: Service | null
  /** Every holder of the socket; more than one with SO_REUSEPORT or inherited descriptors. */
  readonly owners: readonly Process[]
  /** `project/service` or `namespace/kind/name`; null for a host's process. */
  readonly workload: string | null
  /** The container image that a manifest runs there, as it is written; left out where a source does not say. */
  readonly image?: string
  readonly flags: readonly SightingFlag[]
  /** How many sockets stand behind it; 1 unless aggregated or shared. */
  readonly count: number
  readonly span: Span | null
  /** What the source says beside, in its own words: `${DB_PORT}`, `targetPort web`, `open|filtered`. */
  readonly detail: string | null
}
