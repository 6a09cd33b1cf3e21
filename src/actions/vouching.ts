import type { AnchorKind, AnchorState } from '../ledger/anchor-rows.ts'
import type { SignedHead } from '../ledger/checkpoint.ts'
import type { Draft, EntryType } from '../model/entry.ts'
import type { Environment } from './environment.ts'
import { Stamping } from './stamping.ts'
import type { Tiles } from './tiles.ts'
import { Witnessing } from './witnessing.ts'

export interface VouchingNews {
  /** Once for each change of a witness' or an authority's state. */
  readonly anchor: (kind: AnchorKind, name: string, state: AnchorState) => void
  /** There is proof that this log was continued elsewhere. */
  readonly forked: (error: unknown) => void
  /** Writes the entry unless one of its id stands; its index. */
  readonly append: (draft: Draft) => Promise<number>
}

/** Everybody outside who is asked to vouch for a checkpoint, in the background. */
export class Vouching {
  readonly #witnessing: Witnessing
  readonly #stamping: Stamping

  constructor(env: Environment, tiles: Tiles, { anchor, forked, append }: VouchingNews) {
    this.#witnessing = new Witnessing(env, tiles, {
      changed: (name, state) => anchor('witness', name, state),
      forked,
    })
    this.#stamping = new Stamping(env, { changed: (name, state) => anchor('authority', name, state), append })
  }

  committed(types: readonly EntryType[]): void {
    this.#stamping.committed(types)
  }

  announce(head: SignedHead): void {
    this.#witnessing.announce(head)
    this.#stamping.announce(head)
  }

  /** What an earlier process left undone. */
  resume(): Promise<void> {
    return this.#stamping.resume()
  }

  /** Until everybody was asked once, at most so long. */
  async settle(milliseconds: number): Promise<void> {
    await Promise.all([this.#witnessing.settle(milliseconds), this.#stamping.settle(milliseconds)])
  }

  stop(): void {
    this.#witnessing.stop()
    this.#stamping.stop()
  }
}
