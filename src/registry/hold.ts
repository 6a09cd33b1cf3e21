import { z } from 'zod'
import { ENTRY_TYPES, type Entry, type EntryType, type Json, type JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'

/** What must be kept, and until when: entries of types `hold` and `freeze`, docs/formats/ledger-hold-v1.md. */

/** Entries that a hold or a retention document speaks of: those to which all that is named applies. Nothing named is all. */
export interface Scope {
  /** Ids or names of places. */
  readonly places?: readonly string[] | undefined
  /** `Kind/name`. */
  readonly documents?: readonly string[] | undefined
  readonly types?: readonly EntryType[] | undefined
  /** Pseudonyms of who decided or declared. */
  readonly by?: readonly string[] | undefined
}

export interface Hold {
  readonly name: string
  /** `freeze`: placed by the machine. */
  readonly kind: 'hold' | 'freeze'
  readonly scope: Scope
  readonly reason: string
  readonly by: string
  readonly at: Instant
  readonly index: number
  /** Who said that it may end. Two different people release it. */
  readonly releases: readonly { readonly by: string; readonly at: Instant; readonly index: number }[]
}

/** People that it takes to release a hold. */
export const RELEASERS = 2

export function placeBody(hold: Pick<Hold, 'name' | 'scope' | 'reason' | 'by'>): JsonObject {
  return { act: 'place', hold: hold.name, scope: scopeBody(hold.scope), reason: hold.reason, by: hold.by }
}

/** `word`: what stands behind the name, as long as no signature does. */
export function releaseBody(of: { name: string; reason: string; by: string; word: string }): JsonObject {
  return { act: 'release', hold: of.name, reason: of.reason, by: of.by, word: of.word }
}

/** What the machine preserved: how much of the log there was, and a digest of what the book said. */
export function freezeBody(
  hold: Pick<Hold, 'name' | 'scope' | 'reason' | 'by'>,
  state: { readonly size: number; readonly ports: readonly string[]; readonly digest: string },
): JsonObject {
  return {
    hold: hold.name,
    scope: scopeBody(hold.scope),
    reason: hold.reason,
    by: hold.by,
    state: { size: state.size, ports: state.ports, sha256: state.digest },
  }
}

/** Holds that stand after these entries, which are all of types `hold` and `freeze`, in order. */
export function standingHolds(entries: readonly Entry[]): readonly Hold[] {
  const holds = new Map<string, Hold>()
  for (const entry of entries) {
    // A population that was frozen for a sample keeps nothing from erasure.
    if (entry.body['what'] === 'population') continue
    const body = HoldBody.parse(entry.body)
    const { index, at } = entry
    const standing = holds.get(body.hold)
    if (entry.type === 'freeze' || body.act === 'place') {
      const kind = entry.type === 'freeze' ? 'freeze' : 'hold'
      const { hold: name, scope, reason, by } = body
      if (standing === undefined) holds.set(name, { name, kind, scope, reason, by, at, index, releases: [] })
    } else if (standing !== undefined && standing.releases.every(({ by }) => by !== body.by)) {
      const releases = [...standing.releases, { by: body.by, at, index }]
      if (releases.length >= RELEASERS) holds.delete(body.hold)
      else holds.set(body.hold, { ...standing, releases })
    }
  }
  return [...holds.values()]
}

/** Whether a scope speaks of an entry. A place is meant by its id and by any of its names. */
export function covers(scope: Scope, entry: Pick<Entry, 'type' | 'body'>): boolean {
  const { places, documents, types, by } = scope
  if (types !== undefined && !types.includes(entry.type)) return false
  if (by !== undefined && !isIn(by, entry.body['by'])) return false
  if (documents !== undefined && !isIn(documents, documentOf(entry.body))) return false
  return places === undefined || placesOf(entry.body).some((place) => places.includes(place))
}

function isIn(list: readonly string[], value: Json | undefined): boolean {
  return typeof value === 'string' && list.includes(value)
}

function documentOf({ kind, name }: JsonObject): string | undefined {
  return typeof kind === 'string' && typeof name === 'string' ? `${kind}/${name}` : undefined
}

/** Sightings name one place, coverage several; a Port document names it by the members of `at`, a Place is one. */
function placesOf(body: JsonObject): readonly string[] {
  const { place, places, spec, kind, name } = body
  const named = [place, ...(Array.isArray(places) ? (places as readonly Json[]) : [])].flatMap(placeNames)
  const at = member(member(spec, 'at'), 'host')
  const declared = [kind === 'Place' ? name : undefined, at]
  return [...named, ...declared].filter((text) => typeof text === 'string')
}

function placeNames(place: Json | undefined): (Json | undefined)[] {
  const names = member(place, 'names')
  return [member(place, 'id'), member(place, 'name'), ...(Array.isArray(names) ? (names as Json[]) : [])]
}

function member(value: Json | undefined, key: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}

function scopeBody({ places, documents, types, by }: Scope): JsonObject {
  return JSON.parse(JSON.stringify({ places, documents, types, by })) as JsonObject
}

const texts = z.array(z.string()).optional()
const HoldBody = z.object({
  act: z.string().optional(),
  hold: z.string(),
  scope: z
    .object({ places: texts, documents: texts, types: z.array(z.enum(ENTRY_TYPES)).optional(), by: texts })
    .default({}),
  /** It may hold what identifies a person, and be erased: then it is empty. */
  reason: z.string().default(''),
  by: z.string(),
})
