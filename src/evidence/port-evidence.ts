import type { Entry, Json, JsonObject } from '../model/entry.ts'
import { portId, type Instant, type Observed, type PortId } from '../model/port.ts'
import type { Bracket } from './bracket.ts'

/** What the log holds of one port, gathered for one question. Entries are in ascending order of their index. */
export interface PortEvidence {
  readonly origin: string
  /** The page of the book. */
  readonly port: PortId
  readonly place: string
  readonly record: string | null
  /** What the question asks of: a moment, a stretch of time, or the present. */
  readonly asked: { readonly at: Instant | null; readonly period: Period | null; readonly now: Instant }
  /** As the sources say for the moment. */
  readonly observed: Observed
  /** The opening that the answer is about: the one that the moment falls into, else the last before it. */
  readonly opening: Told | null
  /** The entries around it that others vouch for. */
  readonly bracket: Bracket
  /** `<size>.<n>` of a timestamp in the pack. */
  readonly stampNumber: (stamp: { readonly size: number; readonly name: string }) => string
  /** The Port document, and its System's, as declared at the moment. */
  readonly declaration: Entry | null
  readonly system: Entry | null
  /** Every change of the port that the question covers. */
  readonly told: readonly Told[]
  /** Sightings of sources that look from elsewhere and did not see it open. */
  readonly probes: readonly Told[]
  readonly coverage: readonly Entry[]
  /** Coverage entries of the period that the pack has no room for. */
  readonly coverageLeftOut: number
  /** Holds and freezes over the port, with those that ended. */
  readonly holds: readonly ToldHold[]
  /** Erasures, made or waiting, of values in these entries. */
  readonly erasures: readonly Entry[]
}

export interface ToldHold {
  /** That placed it. */
  readonly entry: Entry
  /** Indexes of the entries that count as a word that it may end. */
  readonly releases: readonly number[]
  readonly stands: boolean
}

/** `from` is included, `until` is not. */
export interface Period {
  readonly from: Instant
  readonly until: Instant
}

/** One change within a `sighting` entry. */
export interface Told {
  readonly entry: Entry
  readonly change: number
}

/** The port that a change speaks of. */
export function portOf({ entry, change }: Told): PortId {
  const { net, address, device, port, transport } = bodyOf({ entry, change })
  return portId(said(objectAt(entry.body, 'place')['id']), {
    net: said(net),
    address: textOrNull(address),
    device: textOrNull(device),
    port: Number(port),
    transport: transport === 'udp' || transport === 'sctp' ? transport : 'tcp',
  })
}

/** The members of a change; defaults are absent (docs/formats/sighting-v1). */
export function bodyOf({ entry, change }: Told): JsonObject {
  const changes = entry.body['changes']
  const body = Array.isArray(changes) ? (changes as readonly Json[])[change] : undefined
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as JsonObject) : {}
}

/** Every change of a `sighting` entry. */
export function changesIn(entry: Entry): readonly Told[] {
  const changes = entry.body['changes']
  return Array.isArray(changes) ? changes.map((_, change) => ({ entry, change })) : []
}

export function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function textOrNull(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

/** Text and numbers as they are; what an entry does not say, or withholds, is empty. */
export function said(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : ''
}
