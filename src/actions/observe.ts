import { foldClients } from '../discovery/socket-sightings.ts'
import type { HostReader } from '../discovery/host-reader.ts'
import { draftId } from '../ledger/log.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import type { PlaceClaim, PlaceReading, Reading } from '../model/source.ts'
import type { SightingRow } from '../registry/book.ts'
import { boundedAbsence } from '../registry/absent.ts'
import { NO_CLIENTS, settleClients, type ClientState } from '../registry/clients.ts'
import { coverageBody, type CoverageBeat } from '../registry/coverage.ts'
import { isAnotherMachine } from '../registry/clones.ts'
import { asLastSeen, foldFlaps, NO_FLAPS, type FlapState } from '../registry/flaps.ts'
import { comparePass, type SightingChange } from '../registry/pass.ts'
import { sightingBodies } from '../registry/sighting-body.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import { joinObserved } from './join-observed.ts'
import { preserveWhereBlind } from './blind-collector.ts'
import type { Environment } from './environment.ts'

/** What one pass found, for the terminal, the metrics and the live view. */
export interface Pass {
  readonly at: Instant
  readonly source: string
  readonly milliseconds: number
  readonly complete: boolean
  readonly sockets: number
  readonly changes: number
}

const BEAT_MS = 3_600_000
/** A pass later than this many intervals leaves a gap: the machine slept, or the collector was starved. */
const GAP_INTERVALS = 3

/** What a coverage entry holds at most, so that it fits a leaf. */
const MOST_GAPS = 60
const MOST_NOTES = 12
const LONGEST_NOTE = 400

/** Observes this host for as long as it lives: passes, what they change, hourly beats, start and stop. */
export class Observer {
  readonly #env: Environment
  readonly #host: HostReader
  readonly #book: Book
  readonly #intervalMs: number
  #memory: Memory = NOTHING_YET
  #collector: CoverageBeat['collector'] = null
  #configuration: CoverageBeat['configuration'] = null
  /** When the first pass was made. */
  #since: Instant | null = null

  constructor(env: Environment, host: HostReader, book: Book, intervalMs: number) {
    this.#env = env
    this.#host = host
    this.#book = book
    this.#intervalMs = intervalMs
  }

  /** The known-answer test and the first pass; both go into the coverage entry that opens the span. */
  async start(): Promise<Pass> {
    const { build, privileges, clock, knownAnswer, configuration } = await this.#host.prove()
    this.#collector = { build, privileges, clock, known_answer: knownAnswer }
    this.#configuration = {
      ...configuration,
      beat_ms: BEAT_MS,
      gap_intervals: GAP_INTERVALS,
      interval_ms: this.#intervalMs,
      software: this.#book.software,
    }
    const pass = await this.pass()
    const place = this.#memory.span?.place.id
    if (place !== undefined)
      await preserveWhereBlind(this.#env, this.#book, { place, source: pass.source, knownAnswer })
    return pass
  }

  /** What a pass learned counts only when it is on record: after a failure the next one compares with what was before. */
  async pass(): Promise<Pass> {
    const before = this.#memory
    try {
      return await this.#look()
    } catch (error) {
      this.#memory = before
      throw error
    }
  }

  async #look(): Promise<Pass> {
    const began = performance.now()
    const at = this.#env.now()
    const reading = this.#trusted(await this.#host.read())
    const here = reading.places[0]
    if (here === undefined) throw new Error(`${reading.source.name} spoke of no place`)
    const { span } = this.#memory
    const place = span === null ? await this.#placeOf(here.place) : { ...here.place, id: span.place.id }
    const changes = await this.#changes(place, reading, here, at)
    const isDue = span === null || at >= span.nextBeat || at < span.until
    this.#advance(place, reading, here, at)
    const beat = isDue ? this.#beat('observing') : null
    if (changes.length > 0 || beat !== null) {
      if (span !== null && (await this.#isTaken(place, at))) return this.#moveOut()
      await this.#record(place, reading, at, span?.lastComplete ?? null, changes, beat)
    }
    this.#since ??= at
    return {
      at,
      source: reading.source.name,
      milliseconds: performance.now() - began,
      complete: reading.complete,
      sockets: here.sightings.length,
      changes: changes.length,
    }
  }

  /** A collector that did not see its own listener may have missed others: from its silence nothing follows. */
  #trusted(reading: Reading): Reading {
    if (String(this.#collector?.['known_answer']).startsWith('passed')) return reading
    const notes = [...reading.notes, 'the collector did not see its own listener at the start']
    return {
      ...reading,
      complete: false,
      notes,
      places: reading.places.map((place) => ({ ...place, absent: [] })),
    }
  }

  /** Says that observation ends on purpose, so that the silence afterwards is no finding. */
  async stop(): Promise<void> {
    if (this.#memory.span === null) return
    const beat = this.#beat('stopped')
    await this.#book.append(async () => this.#drafts([coverageBody(beat)], this.#env.now()))
    this.#memory = { ...this.#memory, span: null }
  }

  async #placeOf(claim: PlaceClaim): Promise<Place> {
    const moment = { now: this.#env.now(), since: this.#since }
    return { ...claim, id: await joinObserved(this.#env.store.read, claim, moment) }
  }

  /** A copy of this machine may have begun to report under the same identity: what either says would undo the other. */
  async #isTaken({ id, ...claim }: Place, now: Instant): Promise<boolean> {
    const sources = await this.#env.store.read.sources(id)
    return sources.some((source) => isAnotherMachine(source, claim, { now, since: this.#since }))
  }

  /** Begins again, at a place of its own. */
  async #moveOut(): Promise<Pass> {
    this.#memory = NOTHING_YET
    return this.#look()
  }

  async #changes(
    place: Place,
    reading: Reading,
    here: PlaceReading,
    at: Instant,
  ): Promise<readonly SightingChange[]> {
    const looked = lookOf(reading, here)
    const unchanged = looked !== null && looked === this.#memory.looked
    const waiting = Object.keys(this.#memory.clients).length > 0
    const compared = unchanged && !waiting ? [] : comparePass(await this.#passOf(place.id, reading, here, at))
    const { state, emit } = foldFlaps(this.#memory.flaps, compared, at)
    this.#memory = { ...this.#memory, flaps: state, looked }
    return emit
  }

  /** Sockets of clients that come and go are one sighting for each address; those that stay become ports. */
  #withoutPassingClients(onRecord: readonly SightingRow[], here: PlaceReading, at: Instant): PlaceReading {
    const known = new Set(onRecord.filter((row) => row.sighting.state === 'open').map((row) => row.key))
    const { state, settled, young } = settleClients(this.#memory.clients, here.sightings, known, at)
    this.#memory = { ...this.#memory, clients: state }
    const [many, others] = partition(settled, (sighting) => sighting.flags.includes('aggregated'))
    return { ...here, sightings: [...others, ...foldClients([...many, ...young])] }
  }

  /** After a restart the last complete pass, and what its silence proved, stand on the ledger. */
  async #passOf(place: string, reading: Reading, here: PlaceReading, at: Instant) {
    const { read } = this.#env.store
    const source = reading.source.name
    const before =
      this.#memory.span ?? (await read.sources(place)).find((row) => row.source === source) ?? null
    const onRecord = await read.sightings(place, source)
    return {
      previous: asLastSeen(onRecord, this.#memory.flaps),
      reading: this.#withoutPassingClients(onRecord, here, at),
      at,
      complete: reading.complete,
      lastComplete: before?.lastComplete ?? null,
      lastAbsent: before?.absent ?? [],
    }
  }

  #advance(place: Place, reading: Reading, here: PlaceReading, at: Instant): void {
    const span = this.#memory.span ?? newSpan(place, reading, at)
    const late = Date.parse(at) - Date.parse(span.until) > GAP_INTERVALS * this.#intervalMs
    const advanced: Span = {
      ...span,
      place,
      reading: { ...reading, places: [] },
      absent: here.absent,
      until: at,
      passes: span.passes + 1,
      completePasses: span.completePasses + (reading.complete ? 1 : 0),
      lastComplete: reading.complete ? at : span.lastComplete,
      gaps: late ? [...span.gaps, { from: span.until, until: at }] : span.gaps,
    }
    this.#memory = { ...this.#memory, span: advanced }
  }

  /** Closes the span into a beat and opens the next where it ended. */
  #beat(state: CoverageBeat['state']): CoverageBeat {
    const { span } = this.#memory
    if (span === null) throw new Error('no pass has been made yet')
    const next = {
      from: span.until,
      passes: 0,
      completePasses: 0,
      gaps: [],
      nextBeat: plus(span.until, BEAT_MS),
    }
    this.#memory = { ...this.#memory, span: { ...span, ...next } }
    return {
      source: span.reading.source,
      state,
      places: [span.place],
      from: span.from,
      until: span.until,
      passes: span.passes,
      completePasses: span.completePasses,
      lastComplete: span.lastComplete,
      intervalMs: this.#intervalMs,
      gaps: span.gaps.slice(-MOST_GAPS),
      absent: boundedAbsence(span.absent),
      ownAddress: false,
      collector: this.#collector,
      configuration: this.#configuration,
      notes: span.reading.notes.slice(0, MOST_NOTES).map((note) => note.slice(0, LONGEST_NOTE)),
    }
  }

  async #record(
    place: Place,
    reading: Reading,
    at: Instant,
    previousComplete: Instant | null,
    changes: readonly SightingChange[],
    beat: CoverageBeat | null,
  ): Promise<void> {
    const { id, ...claim } = place
    const pass = { at, complete: reading.complete, previousComplete }
    const sightings = sightingBodies({ place: id, claim, source: reading.source, pass, changes })
    const bodies = beat === null ? sightings : [...sightings, coverageBody(beat)]
    await this.#book.append(async () => this.#drafts(bodies, at))
  }

  #drafts(bodies: readonly JsonObject[], at: Instant): Draft[] {
    return bodies.map((body, n) =>
      entryDraft({
        id: draftId(this.#env.random),
        type: 'changes' in body ? 'sighting' : 'coverage',
        at,
        body,
        more: n < bodies.length - 1,
      }),
    )
  }
}

/** What is remembered from pass to pass; replaced as a whole, so that a failed pass can be taken back. */
interface Memory {
  readonly span: Span | null
  readonly flaps: FlapState
  readonly clients: ClientState
  /** Of the last reading that was compared; null where a reading cannot be told from another. */
  readonly looked: string | null
}

const NOTHING_YET: Memory = { span: null, flaps: NO_FLAPS, clients: NO_CLIENTS, looked: null }

/** Many sockets may be folded into one sighting: when one of them gives way to another, only the absence tells. */
function lookOf({ source, complete }: Reading, { absent }: PlaceReading): string | null {
  return source.digest === null ? null : JSON.stringify([source.digest, complete, absent])
}

type Place = PlaceClaim & { readonly id: string }

/** What has been seen since the last beat. */
interface Span {
  readonly place: Place
  readonly reading: Reading
  readonly absent: PlaceReading['absent']
  readonly from: Instant
  readonly until: Instant
  readonly nextBeat: Instant
  readonly passes: number
  readonly completePasses: number
  readonly lastComplete: Instant | null
  readonly gaps: CoverageBeat['gaps']
}

function newSpan(place: Place, reading: Reading, at: Instant): Span {
  return {
    place,
    reading,
    absent: [],
    from: at,
    until: at,
    nextBeat: plus(at, BEAT_MS),
    passes: 0,
    completePasses: 0,
    lastComplete: null,
    gaps: [],
  }
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

function plus(at: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(at) + milliseconds).toISOString()
}
