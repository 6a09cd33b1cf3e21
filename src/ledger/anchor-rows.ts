import type { Instant } from '../model/port.ts'
import type { CheckpointQuery } from './store.ts'

/** What others vouch for, beside the log in the store: it belongs to a checkpoint and to no entry. */
export interface AnchorReads {
  /** The largest checkpoint that this key cosigned, 0 for none. */
  cosignedSize(cosigner: { readonly name: string; readonly keyId: string }): Promise<number>
  /** Tokens over checkpoints of `size >= from`, smallest first; descending, of `size <= from`, largest first. */
  timestamps(query: CheckpointQuery): Promise<readonly StoredTimestamp[]>
  /** The one over the largest checkpoint that this authority stamped. */
  lastTimestamp(authority: string): Promise<StoredTimestamp | null>
  /** Tokens whose digest is not in the log yet. */
  unanchored(): Promise<readonly StoredTimestamp[]>
  /** How each witness and authority fared last, by its name. */
  anchorStates(kind: AnchorKind): Promise<ReadonlyMap<string, AnchorState>>
}

export interface AnchorWrites extends AnchorReads {
  /** One that is there already stays: the earlier time says more. */
  saveCosignature(size: number, cosignature: StoredCosignature): Promise<void>
  /** One over the same checkpoint by the same authority stays. */
  saveTimestamp(timestamp: StoredTimestamp): Promise<void>
  /** The entry that holds the digest of the token. */
  markAnchored(of: Pick<StoredTimestamp, 'size' | 'authority'>, index: number): Promise<void>
  saveAnchorState(kind: AnchorKind, name: string, state: AnchorState): Promise<void>
}

export type AnchorKind = 'witness' | 'authority' | 'repository'

export interface StoredCosignature {
  readonly name: string
  readonly keyId: string
  /** The note's signature line, its newline included. */
  readonly line: string
}

/** An RFC 3161 token over a checkpoint. */
export interface StoredTimestamp {
  readonly size: number
  /** As the configuration calls it. */
  readonly authority: string
  /** The time of the stamp. */
  readonly at: Instant
  /** The note whose bytes were stamped, signatures included; cosignatures may have come since. */
  readonly note: string
  /** TimeStampResp, DER, as it came. */
  readonly token: Uint8Array
  /** From the signer to the root, PEM. */
  readonly chain: string
  /** Index of the anchor entry; null: none yet. */
  readonly anchored: number | null
}

export interface AnchorState {
  /** Since when it is so. */
  readonly at: Instant
  /** `ok`: it answered as it should; else a word for what is wrong. */
  readonly state: string
  /** A sentence; null where all is well. */
  readonly detail: string | null
}
