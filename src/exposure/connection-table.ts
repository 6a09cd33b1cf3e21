import {
  connectionText,
  EVERY_CONNECTION,
  intersectConnections,
  NO_CONNECTION,
  subtractConnections,
  uniteConnections,
} from './connection-set.ts'
import type { ConnectionSet } from './connection-set.ts'

/** Number of a set in its table. */
export type ConnectionId = number

export const NONE: ConnectionId = 0
export const ALL: ConnectionId = 1

/**
 * Connection sets by number: a cluster of a million pairs has a few hundred different ones, so that each operation
 * is done once for two sets and looked up from then on.
 */
export class ConnectionTable {
  readonly #sets: ConnectionSet[] = []
  readonly #ids = new Map<string, ConnectionId>()
  readonly #united = new Map<number, ConnectionId>()
  readonly #shared = new Map<number, ConnectionId>()
  readonly #left = new Map<number, ConnectionId>()

  constructor() {
    this.idOf(NO_CONNECTION)
    this.idOf(EVERY_CONNECTION)
  }

  idOf(set: ConnectionSet): ConnectionId {
    const text = connectionText(set)
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    this.#ids.set(text, this.#sets.length)
    return this.#sets.push(set) - 1
  }

  setOf(id: ConnectionId): ConnectionSet {
    return this.#sets[id] ?? NO_CONNECTION
  }

  unite(a: ConnectionId, b: ConnectionId): ConnectionId {
    if (a === b || b === NONE || a === ALL) return a
    if (a === NONE || b === ALL) return b
    return this.#once(this.#united, Math.min(a, b), Math.max(a, b), uniteConnections)
  }

  intersect(a: ConnectionId, b: ConnectionId): ConnectionId {
    if (a === b || a === NONE || b === ALL) return a
    if (b === NONE || a === ALL) return b
    return this.#once(this.#shared, Math.min(a, b), Math.max(a, b), intersectConnections)
  }

  subtract(a: ConnectionId, b: ConnectionId): ConnectionId {
    if (a === NONE || b === NONE) return a
    if (a === b || b === ALL) return NONE
    return this.#once(this.#left, a, b, subtractConnections)
  }

  #once(
    memo: Map<number, ConnectionId>,
    a: ConnectionId,
    b: ConnectionId,
    work: (a: ConnectionSet, b: ConnectionSet) => ConnectionSet,
  ): ConnectionId {
    const key = a * MOST_SETS + b
    const known = memo.get(key)
    if (known !== undefined) return known
    const made = this.idOf(work(this.setOf(a), this.setOf(b)))
    memo.set(key, made)
    return made
  }
}

/** Two numbers below it make one that is exact. */
const MOST_SETS = 2 ** 26
