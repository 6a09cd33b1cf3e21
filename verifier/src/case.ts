import type { Checkpoint, Cosignature } from './checkpoint.ts'
import type { Checks } from './checks.ts'
import type { Json } from './jcs.ts'
import type { Key } from './key.ts'
import type { Leaf } from './leaf.ts'
import type { Pack } from './pack.ts'
import type { Registry } from './registry.ts'
import type { Trust } from './trust.ts'

/** What the checks found so far. Each check adds what it is named after; what failed is not there. */
export interface Case {
  readonly checks: Checks
  readonly pack: Pack
  readonly origin: string
  readonly trust: Trust | null
  readonly head: Head | null
  /** Entries that are in the head, by index. */
  readonly leaves: ReadonlyMap<number, Leaf>
  readonly registry: Registry | null
  /** Keys of the log that are trusted, or follow from such. */
  readonly logKeys: readonly Key[]
}

export interface Head {
  readonly checkpoint: Checkpoint
  readonly bytes: Uint8Array
}

/** A checkpoint that a key of the log signed and that is consistent with the head. */
export interface Seen {
  readonly checkpoint: Checkpoint
  readonly cosignatures: readonly Cosignature[]
}

/** A head of the log as somebody shows it. Two of one size that differ are a fork. */
export interface ForkedHead {
  readonly source: string
  readonly size: number
  /** Base64. */
  readonly root: string
  /** The signed note, where there is one. */
  readonly note: string | null
}

export interface Stamp {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly time: number
}

/** What a citation or a time proof may lead to. */
export interface Found extends Case {
  /** Disclosed values by index and pointer into the body. */
  readonly opened: ReadonlyMap<number, ReadonlyMap<string, Json>>
  readonly seen: ReadonlyMap<number, Seen>
  /** Timestamps that lead to a root, by `<size>.<n>`. */
  readonly stamps: ReadonlyMap<string, Stamp>
}
