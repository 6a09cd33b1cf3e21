import type { HostNetwork } from '../model/host-network.ts'
import type { PlaceClaim, Reading } from '../model/source.ts'

/** What the collector knows of itself; goes into the coverage entry, where a court can ask for it. */
export interface CollectorState {
  /** `sha256:<hex>` over the collector's own code. */
  readonly build: string
  /** `root`, or what it runs as and therefore cannot see. */
  readonly privileges: string
  /** `synchronised`, `unsynchronised` or `unknown`, by the kernel's clock discipline (adjtimex). */
  readonly clock: string
  /** The known-answer test: a listener of our own was opened and seen, or why not. */
  readonly knownAnswer: string
  /** How it was set to look: what it asks, and what it could read when it began. Nothing that identifies a person. */
  readonly configuration: CollectorConfiguration
}

export type CollectorConfiguration = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** What decides where packets go on this host, as it was a moment ago. */
export interface HostNetworks {
  readonly place: PlaceClaim
  /** Empty where this system's is not read. */
  readonly networks: readonly HostNetwork[]
}

/** Reads what listens on this host, now. */
export interface HostReader {
  read(): Promise<Reading>
  /** Opens a listener on loopback, reads, and says whether it was seen. Run at each start. */
  prove(): Promise<CollectorState>
  /** May be some seconds old: it takes programs of the system to read. */
  networks(): Promise<HostNetworks>
}
