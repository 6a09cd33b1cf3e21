import type { JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { OBSERVING_KINDS, type PlaceReading, type Source } from '../model/source.ts'
import { boundedAbsence } from '../registry/absent.ts'
import { claimToBody } from '../registry/claim-body.ts'
import { coverageBody } from '../registry/coverage.ts'

/** What is known of a scan before its hosts are recorded. */
export interface Head {
  readonly source: Source
  readonly at: Instant
  readonly complete: boolean
  readonly notes: readonly string[]
}

/** What was seen at a place, and the place's id in the book. */
export interface Joined {
  readonly id: string
  readonly here: PlaceReading
}

/** What an entry holds at most, so that it fits a leaf: places by number and bytes, and notes by number and length. */
const MOST_PLACES = 60
const PLACES_BUDGET = 10 * 1024
const MOST_NOTES = 12
const LONGEST_NOTE = 200

/** Coverage entries name many places at once, those for which an absence proves the same. */
export function coverageBodies(head: Head, joined: readonly Joined[]): JsonObject[] {
  const alike = Map.groupBy(joined, ({ here }) => JSON.stringify([isOwn(here), unaddressed(here)]))
  return [...alike.values()].flatMap(inParts).map((places) => coverageOf(head, places))
}

function coverageOf(head: Head, places: readonly [Joined, ...Joined[]]): JsonObject {
  const [{ here }] = places
  // A manifest says what would be opened; nobody has looked at the place yet.
  const observed = head.complete && OBSERVING_KINDS.includes(head.source.kind)
  return coverageBody({
    source: head.source,
    state: 'once',
    places: places.map(({ id, here }) => ({ ...here.place, id })),
    from: head.at,
    until: head.at,
    passes: 1,
    completePasses: observed ? 1 : 0,
    lastComplete: observed ? head.at : null,
    intervalMs: null,
    gaps: [],
    absent: boundedAbsence(unaddressed(here)),
    ownAddress: isOwn(here),
    collector: null,
    configuration: null,
    notes: head.notes.slice(0, MOST_NOTES).map((note) => note.slice(0, LONGEST_NOTE)),
  })
}

function inParts(places: readonly Joined[]): readonly (readonly [Joined, ...Joined[]])[] {
  const parts: [Joined, ...Joined[]][] = []
  let room = 0
  for (const place of places) {
    const cost = Buffer.byteLength(JSON.stringify([place.id, claimToBody(place.here.place)]))
    const part = parts.at(-1)
    if (part === undefined || part.length === MOST_PLACES || cost > room) {
      parts.push([place])
      room = PLACES_BUDGET
    } else part.push(place)
    room -= cost
  }
  return parts
}

/** A scan's hosts were each looked at by their own address: said once, many of them share an entry. */
function isOwn({ place, absent }: PlaceReading): boolean {
  const [own] = place.addresses
  return absent.length > 0 && absent.every(({ addresses }) => addresses?.length === 1 && addresses[0] === own)
}

function unaddressed(here: PlaceReading): PlaceReading['absent'] {
  return isOwn(here) ? here.absent.map((region) => ({ ...region, addresses: null })) : here.absent
}
