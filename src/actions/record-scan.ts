import type { Output, Parsed } from '../api/operations.ts'
import type { SourceView } from '../api/views.ts'
import type { FoundStream } from '../discovery/found.ts'
import { readNmap } from '../discovery/nmap.ts'
import { withServiceNames, withServiceNamesAt } from '../discovery/services.ts'
import { draftId } from '../ledger/log.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { OBSERVING_KINDS, type PlaceReading, type Reading, type Source } from '../model/source.ts'
import { coverageBody } from '../registry/coverage.ts'
import { joinPlace } from '../registry/join.ts'
import { comparePass, type SightingChange } from '../registry/pass.ts'
import { sightingBodies } from '../registry/sighting-body.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment, StoreReads } from './environment.ts'
import { fileCounts, readFiles, provesNothing, scanOptions, scanSource } from './read-files.ts'
import { sourceView } from './scan.ts'

type Recorded = NonNullable<Output<'recordScan'>['recorded']>

/** Places of one wish: a large scan is recorded so many hosts at a time, each time atomically. */
const WISH = 256

/** Reads files of this machine, or the host itself, and writes what they say to the book. */
export async function recordScan(
  env: Environment,
  book: Book,
  input: Parsed<'recordScan'>,
): Promise<Output<'recordScan'>> {
  const recording = new Recording(env, book)
  if (input.paths.length === 0) {
    if (env.host === null)
      throw new Refusal('unsupported', 'this system cannot be observed', { hint: 'name a file to scan' })
    await recording.whole(withServiceNames(await env.host.read()))
    return recording.report({ read: 0, unrecognised: [], passedOver: [], unreadable: [] })
  }
  const found = await readFiles(env.files, input.paths, input)
  for (const { source, at } of found.readings) refuseFuture(source, at, env.now())
  for (const reading of found.readings) await recording.whole(withServiceNames(reading))
  for (const scan of found.scans) await recording.stream(scan, scanOptions(scan.path, input))
  return recording.report(fileCounts(found))
}

function changedMeanwhile(path: string): Refusal {
  return new Refusal('conflict', `${path} was changed while it was being recorded`, {
    hint: 'wait until the scan has ended, then record it again: what was recorded is compared with it then',
  })
}

/** Clocks differ by minutes; a scan from further ahead would shadow every honest one until its time has come. */
const MOST_AHEAD_MS = 10 * 60_000

function refuseFuture({ name }: Source, at: Instant | null, now: Instant): void {
  if (at === null || Date.parse(at) - Date.parse(now) <= MOST_AHEAD_MS) return
  throw new Refusal('source-invalid', `${name} says that it was made at ${at}, and it is ${now}`, {
    hint: "check the scanning machine's clock, then scan again",
  })
}

/** What is known of a scan before its hosts are recorded. */
interface Head {
  readonly source: Source
  readonly at: Instant
  readonly complete: boolean
  readonly notes: readonly string[]
}

class Recording {
  readonly #env: Environment
  readonly #book: Book
  readonly #sources: SourceView[] = []
  readonly #recorded = { places: 0, opened: 0, closed: 0, changed: 0, entries: 0 }
  #pending: PlaceReading[] = []

  constructor(env: Environment, book: Book) {
    this.#env = env
    this.#book = book
  }

  async whole(reading: Reading): Promise<void> {
    const head = {
      source: reading.source,
      at: reading.at ?? this.#env.now(),
      complete: reading.complete,
      notes: reading.notes,
    }
    for (const place of reading.places) await this.#add(head, place)
    await this.#flush(head)
    this.#sources.push(sourceView(reading))
  }

  /**
   * Twice through the file: whether a scan ended in order stands at its end, and before that is known nothing may
   * be taken for closed. Memory holds one wish of hosts, however large the scan.
   */
  async stream(scan: FoundStream, options: { name: string; vantage: string }): Promise<void> {
    const first = scan.open()
    const summary = await readNmap(first.chunks, options, () => undefined)
    const head: Head = {
      source: scanSource(summary, first.digest()),
      at: summary.at ?? this.#env.now(),
      complete: summary.complete,
      notes: summary.notes,
    }
    refuseFuture(head.source, head.at, this.#env.now())
    const second = scan.open()
    await readNmap(second.chunks, options, async (place) => this.#add(head, withServiceNamesAt(place)))
    await this.#flush(head)
    if (second.digest() !== head.source.digest) throw changedMeanwhile(scan.path)
    this.#sources.push(sourceView({ ...summary, source: head.source, places: [] }))
  }

  report(files: Output<'recordScan'>['files']): Output<'recordScan'> {
    const recorded: Recorded = { ...this.#recorded }
    return { version: 1, at: this.#env.now(), sources: this.#sources, ports: [], recorded, files }
  }

  async #add(head: Head, place: PlaceReading): Promise<void> {
    this.#pending.push(head.complete ? place : provesNothing(place))
    if (this.#pending.length >= WISH) await this.#flush(head)
  }

  async #flush(head: Head): Promise<void> {
    const places = this.#pending
    if (places.length === 0) return
    this.#pending = []
    let changes: readonly SightingChange[] = []
    const { indexes } = await this.#book.append(async (tx) => {
      const bodies: JsonObject[] = []
      const joined = []
      const all: SightingChange[] = []
      for (const here of places) {
        const joining = joinPlace(here.place, await tx.placesLike(here.place))
        const id = joining.kind === 'existing' ? joining.place.id : joining.id
        const changed = await changesAt(tx, id, head, here)
        all.push(...changed)
        joined.push({ id, here })
        bodies.push(
          ...sightingBodies({
            place: id,
            claim: here.place,
            source: head.source,
            pass: { at: head.at, complete: head.complete, previousComplete: null },
            changes: changed,
          }),
        )
      }
      changes = all
      return draftsOf(this.#env, [...bodies, ...coverageBodies(head, joined)], head.at)
    })
    this.#recorded.places += places.length
    this.#recorded.entries += indexes.length
    for (const change of changes)
      this.#recorded[change.kind === 'opened' ? 'opened' : change.kind === 'closed' ? 'closed' : 'changed']++
  }
}

async function changesAt(
  tx: StoreReads,
  place: string,
  head: Head,
  here: PlaceReading,
): Promise<readonly SightingChange[]> {
  const before = (await tx.sources(place)).find((row) => row.source === head.source.name)
  // The past does not change the present: of an older scan only its coverage is written.
  if (before !== undefined && head.at < before.lastPass) return []
  return comparePass({
    previous: await tx.sightings(place, head.source.name),
    reading: here,
    at: head.at,
    complete: head.complete,
    lastComplete: before?.lastComplete ?? null,
    lastAbsent: before?.absent ?? [],
  })
}

interface Joined {
  readonly id: string
  readonly here: PlaceReading
}

/** Coverage entries name many places at once, those for which an absence proves the same. */
const COVERED = 60

function coverageBodies(head: Head, joined: readonly Joined[]): JsonObject[] {
  const alike = Map.groupBy(joined, ({ here }) => JSON.stringify([isOwn(here), unaddressed(here)]))
  return [...alike.values()]
    .flatMap((places) => inParts(places, COVERED))
    .map((places) => coverageOf(head, places))
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
    absent: unaddressed(here),
    ownAddress: isOwn(here),
    collector: null,
    notes: head.notes.slice(0, 20),
  })
}

function inParts<T>(items: readonly T[], size: number): (readonly [T, ...T[]])[] {
  const parts: (readonly [T, ...T[]])[] = []
  for (let start = 0; start < items.length; start += size) {
    const [first, ...others] = items.slice(start, start + size)
    if (first !== undefined) parts.push([first, ...others])
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

function draftsOf(env: Environment, bodies: readonly JsonObject[], at: Instant): Draft[] {
  return bodies.map((body, n) =>
    entryDraft({
      id: draftId(env.random),
      type: 'changes' in body ? 'sighting' : 'coverage',
      at,
      body,
      more: n < bodies.length - 1,
    }),
  )
}
