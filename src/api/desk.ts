import type { LedgerEvent, Session } from './views.ts'
import type { Actor, Desk } from './operations.ts'

/** A session and whom it speaks for. */
export interface SignedIn extends Omit<Session, 'capabilities'> {
  readonly actor: Actor
}

/**
 * What the server needs beside the operations: the secrets of sessions, which no operation's output may hold.
 * `openSession`, `showSession` and `closeSession` are answered by these three.
 */
export interface ServerDesk extends Desk {
  /** Spends a one-time link. Throws `Refusal` `link-spent`. */
  enter(link: string): Promise<{ readonly session: Session; readonly token: string }>
  /** Null: there is no such session, or it has ended. */
  sessionOf(token: string): Promise<SignedIn | null>
  leave(token: string): Promise<void>
}

/** The ledger's news. Listeners must not throw and must not wait. */
export interface EventFeed {
  subscribe(listener: (event: LedgerEvent) => void): () => void
  /** What came after the ledger had `size` entries, oldest first; null where that is no longer remembered. */
  since(size: number): readonly LedgerEvent[] | null
}

/** How the server fares, for `/readyz` and `/metrics`: numbers only, nothing that names anybody or anything. */
export interface ServerStatus {
  readonly store: 'answers' | 'silent'
  /** `off`: this host is not observed; `starting`: no pass has ended yet; `silent`: passes fail or are overdue. */
  readonly observer: 'off' | 'starting' | 'observing' | 'silent'
  readonly ledgerSize: number
  /** `damaged`: entries or tiles are not those that were signed; `forked`: the log was continued elsewhere. */
  readonly ledger: 'sound' | 'damaged' | 'forked'
  /** Of the values that identify persons: `lost` are those whose keys are not here although nobody erased them. */
  readonly sealed: { readonly values: number; readonly lost: number }
  /** Since the process started. */
  readonly scrubs: { readonly sound: number; readonly damaged: number }
  /** Ports of the book by state, `{ open: 41, closed: 7 }`. */
  readonly observed: Readonly<Record<string, number>>
  readonly documented: Readonly<Record<string, number>>
  /** Since the process started; `lastSeconds` is null before the first pass. */
  readonly passes: {
    readonly complete: number
    readonly partial: number
    readonly failed: number
    readonly lastSeconds: number | null
  }
}
