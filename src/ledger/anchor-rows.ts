import type { Instant } from '../model/port.ts'

/** What others vouch for, beside the log in the store: it belongs to a checkpoint and to no entry. */
export interface AnchorReads {
  /** The largest checkpoint that this key cosigned, 0 for none. */
  cosignedSize(cosigner: { readonly name: string; readonly keyId: string }): Promise<number>
  /** How each witness and authority fared last, by its name. */
  anchorStates(kind: AnchorKind): Promise<ReadonlyMap<string, AnchorState>>
}

export interface AnchorWrites extends AnchorReads {
  /** One that is there already stays: the earlier time says more. */
  saveCosignature(size: number, cosignature: StoredCosignature): Promise<void>
  saveAnchorState(kind: AnchorKind, name: string, state: AnchorState): Promise<void>
}

export type AnchorKind = 'witness' | 'authority' | 'repository'

export interface StoredCosignature {
  readonly name: string
  readonly keyId: string
  /** The note's signature line, its newline included. */
  readonly line: string
}

export interface AnchorState {
  /** Since when it is so. */
  readonly at: Instant
  /** `ok`: it answered as it should; else a word for what is wrong. */
  readonly state: string
  /** A sentence; null where all is well. */
  readonly detail: string | null
}
