import type { Instant, Transport } from '../model/port.ts'
import type { PlaceKind } from '../model/source.ts'

/** One (transport, range, address) that a record covers. */
export interface DeclaredBinding {
  readonly transport: Transport
  readonly first: number
  readonly last: number
  /** `*` any address of both families, `0.0.0.0` any IPv4, `::` any IPv6, or one address. */
  readonly address: string
  /** Null: whatever device. */
  readonly device: string | null
}

/** A Port document with what it inherits, as matching and drift read it. */
export interface DeclaredRecord {
  /** Unique among Port documents. */
  readonly name: string
  readonly place: string
  readonly placeKind: PlaceKind
  /**
   * `project/service`, `namespace/kind/name` or a part of one that ends with the name; at a host a systemd unit or a container id (12
   * digits or more) whose own network namespace the record speaks of, or that namespace's label. Null: the host
   * itself.
   */
  readonly workload: string | null
  readonly bindings: readonly DeclaredBinding[]
  readonly service: string | null
  readonly owner: string | null
  readonly system: string | null
  readonly environment: string | null
  readonly purpose: string | null
  /** What should hold the socket; null where the document does not say. */
  readonly runs: {
    readonly process: string | null
    readonly path: string | null
    readonly unit: string | null
    readonly image: string | null
  } | null
  /** Paths of the fields that still hold TODO. */
  readonly todos: readonly string[]
  /** `file:line`, null when it was made by the console. */
  readonly at: string | null
  /** When the record was first declared into the book; null for a document that is only in a file. */
  readonly declaredAt: Instant | null
  readonly fromIndex: number
  readonly digest: string
}
