import { portKeyText, type Instant } from '../model/port.ts'
import type { Sighting } from '../model/source.ts'

/** When each socket that may be a client's was first seen; plain JSON, bounded by what is open. */
export type ClientState = Readonly<Record<string, Instant>>

export const NO_CLIENTS: ClientState = {}

/** A client's socket lives for a question; a service's stays. */
const SETTLED_AFTER_MS = 60_000

/**
 * Keeps sockets that may be a client's apart until they have stayed for a minute: recorded at once, each question
 * that a resolver asks would be an opening and a closing on the ledger. `known` are already on record.
 */
export function settleClients(
  state: ClientState,
  sightings: readonly Sighting[],
  known: ReadonlySet<string>,
  now: Instant,
): {
  readonly state: ClientState
  readonly settled: readonly Sighting[]
  readonly young: readonly Sighting[]
} {
  const seen = new Map<string, Instant>()
  const settled: Sighting[] = []
  const young: Sighting[] = []
  for (const sighting of sightings) {
    const key = portKeyText(sighting)
    if (!isClient(sighting) || known.has(key)) {
      settled.push(sighting)
      continue
    }
    const since = Object.hasOwn(state, key) ? (state[key] ?? now) : now
    seen.set(key, since)
    const stays = Date.parse(now) - Date.parse(since) >= SETTLED_AFTER_MS
    ;(stays ? settled : young).push(sighting)
  }
  return { state: Object.fromEntries(seen), settled, young }
}

function isClient(sighting: Sighting): boolean {
  return sighting.flags.includes('may-be-client') && !sighting.flags.includes('aggregated')
}
