import { z } from 'zod'
import { ENTRY_TYPES, type Entry, type EntryType, type Json, type JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import type { Voice } from '../model/voice.ts'

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
  /** Ports whose rows a freeze has the digest of. */
  readonly ports: readonly string[]
  /** Who said that it may end. Two different people release it. */
  readonly releases: readonly Release[]
  /** Index of the entry that released it. */
  readonly ended: number | null
}

export interface Release extends Voice {
  readonly at: Instant
  readonly index: number
}

/** An entry of type `hold` or `freeze`, and whose word it is as a release; null: nobody's that counts. */
export interface HoldEntry {
  readonly entry: Entry
  readonly voice: Voice | null
}

/** People that it takes to release a hold. */
export const RELEASERS = 2

/** `by` and `word` say what stands behind the name where no signature does; a statement names its speaker itself. */
export function placeBody(
  hold: Pick<Hold, 'name' | 'scope' | 'reason'> & { readonly by: string | null },
): JsonObject {
  const { name, scope, reason, by } = hold
  return { act: 'place', hold: name, scope: scopeBody(scope), reason, ...(by === null ? {} : { by }) }
}

export function releaseBody(of: { name: string; reason: string; by: string; word: string }): JsonObject {
  return { act: 'release', hold: of.name, reason: of.reason, by: of.by, word: of.word }
}

/** `entry` placed the hold: what was signed for one hold releases no later one of its name. */
export function signedReleaseBody(of: { name: string; reason: string; entry: number }): JsonObject {
  return { act: 'release', entry: of.entry, hold: of.name, reason: of.reason }
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

/** The body of a signed entry of type `hold`. Null unless it holds what docs/formats/ledger-hold-v1.md says, and no more. */
export function readSignedHold(body: JsonObject): SignedHold | null {
  return SignedHold.safeParse(body).data ?? null
}

/** Every hold that these entries placed, which are all of types `hold` and `freeze`, in order. */
export function holdsOf(entries: readonly HoldEntry[]): readonly Hold[] {
  const holds: Hold[] = []
  for (const { entry, voice } of entries) {
    // A population that was frozen for a sample keeps nothing from erasure.
    if (entry.body['what'] === 'population') continue
    const body = HoldBody.parse(entry.body)
    if (entry.type === 'freeze' || body.act === 'place') holds.push(placed(entry, body))
    else if (voice !== null) {
      // Two of one name stand only where a release stopped counting afterwards.
      const at = holds.findLastIndex(({ name, ended }) => name === body.hold && ended === null)
      const hold = holds[at]
      if (hold !== undefined && (body.entry ?? hold.index) === hold.index)
        holds[at] = released(hold, entry, voice)
    }
  }
  return holds
}

export function standingHolds(entries: readonly HoldEntry[]): readonly Hold[] {
  return holdsOf(entries).filter(({ ended }) => ended === null)
}

/** Whether this person has said already that the hold may end: by the same pseudonym, or with the same key. */
export function hasSaid({ releases }: Hold, voice: Voice): boolean {
  return counting(releases, voice).some(
    ({ by, key }) => by === voice.by || (key !== null && key === voice.key),
  )
}

/** Bare words that did not end it before keys were enrolled for it count for nothing beside a signature. */
export function counting(releases: readonly Release[], { key }: Voice): readonly Release[] {
  return key === null ? releases : releases.filter((release) => release.key !== null)
}

function placed({ type, index, at, by: signer }: Entry, body: HoldBody): Hold {
  return {
    name: body.hold,
    kind: type === 'freeze' ? 'freeze' : 'hold',
    scope: body.scope,
    reason: body.reason,
    by: signer ?? body.by ?? '',
    at,
    index,
    ports: body.state?.ports ?? [],
    releases: [],
    ended: null,
  }
}

function released(hold: Hold, { index, at }: Entry, voice: Voice): Hold {
  if (hasSaid(hold, voice)) return hold
  const releases = [...counting(hold.releases, voice), { ...voice, at, index }]
  return { ...hold, releases, ended: releases.length >= RELEASERS ? index : null }
}

/** Whether a scope speaks of an entry. A place is meant by its id and by any of its names. */
export function covers(scope: Scope, entry: Pick<Entry, 'type' | 'by' | 'body'>): boolean {
  const { places, documents, types, by } = scope
  if (types !== undefined && !types.includes(entry.type)) return false
  if (by !== undefined && !isIn(by, entry.by ?? entry.body['by'])) return false
  if (documents !== undefined && !isIn(documents, documentOf(entry.body))) return false
  return places === undefined || placesOf(entry.body).some((place) => places.includes(place))
}

/** A port's page with what the book knows of its place and its record. */
export interface HeldPort {
  readonly place: string
  readonly placeNames: readonly string[]
  /** Port, System and Place documents that speak of it. */
  readonly documents: readonly { readonly kind: string; readonly name: string; readonly declaredBy: string }[]
}

/** Whether a scope speaks of any entry that a port's page rests on: sightings, coverage, documents. */
export function coversPort(scope: Scope, { place, placeNames, documents }: HeldPort): boolean {
  const here = { id: place, names: placeNames }
  const entries: Pick<Entry, 'type' | 'by' | 'body'>[] = [
    { type: 'sighting', by: null, body: { place: here } },
    { type: 'coverage', by: null, body: { places: [here] } },
    ...documents.map(({ kind, name, declaredBy }) => ({
      type: 'declaration' as const,
      by: null,
      // A System stands at no place; a Port names its own by `at`.
      body: { kind, name, by: declaredBy, ...(kind === 'System' ? {} : { place: here }) },
    })),
  ]
  return entries.some((entry) => covers(scope, entry))
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

const texts = z.array(z.string())
const HoldName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)
const ScopeBody = z.strictObject({
  places: texts.optional(),
  documents: texts.optional(),
  types: z.array(z.enum(ENTRY_TYPES)).optional(),
  by: texts.optional(),
})

const HoldBody = z.object({
  act: z.string().optional(),
  hold: z.string(),
  entry: z.int().optional(),
  scope: z.object(ScopeBody.shape).default({}),
  /** It may hold what identifies a person, and be erased: then it is empty. */
  reason: z.string().default(''),
  by: z.string().optional(),
  state: z.object({ ports: texts }).optional(),
})
type HoldBody = z.infer<typeof HoldBody>

const reason = z.string().min(1).max(2000)
const SignedHold = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('place'), hold: HoldName, scope: ScopeBody, reason }),
  z.strictObject({ act: z.literal('release'), hold: HoldName, entry: z.int().min(0), reason }),
])
export type SignedHold = z.infer<typeof SignedHold>
