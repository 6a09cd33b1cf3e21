import type { EventFeed } from '../api/desk.ts'
import type { LedgerEvent } from '../api/views.ts'

const REMEMBERED = 1_000

/**
 * The ledger's news of this process: the last thousand are kept for those who come back. What was written before the
 * ledger had `size` entries is not remembered.
 */
export function eventFeed(size: number): EventFeed & { readonly tell: (event: LedgerEvent) => void } {
  const listeners = new Set<(event: LedgerEvent) => void>()
  const events: LedgerEvent[] = []
  let forgotten = size
  return {
    tell(event) {
      events.push(event)
      if (events.length > REMEMBERED) forgotten = events.shift()?.size ?? forgotten
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    since: (size) => (size < forgotten ? null : events.filter((event) => event.size > size)),
  }
}
