import type { Output, Parsed } from '../api/operations.ts'
import type { SourceView } from '../api/views.ts'
import type { FoundStream } from '../discovery/found.ts'
import { readNmap, type ScanSummary } from '../discovery/nmap.ts'
import { withServiceNames, withServiceNamesAt } from '../discovery/services.ts'
import { draftId } from '../ledger/log.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { PlaceReading, Reading, Source } from '../model/source.ts'
import { comparePass, type SightingChange } from '../registry/pass.ts'
import { sightingBodies } from '../registry/sighting-body.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment, StoreReads } from './environment.ts'
import { joinObserved } from './join-observed.ts'
import { fileCounts, provesNothing, readFiles, readScans, scanOptions, scanSource } from './read-files.ts'
import { coverageBodies, type Head, type Joined } from './scan-coverage.ts'
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
  for (const reading of found.readings) refuseUnfit(reading.source, reading.at, reading.places, env.now())
  const scans = await readScans(found.scans, (scan) => checkScan(env, scan, input))
  // Everything has been read and checked: a command that is refused has changed nothing.
  for (const reading of found.readings) await recording.whole(withServiceNames(reading))
  for (const scan of scans.read) await recording.stream(scan)
  return recording.report(fileCounts(found, scans))
}

/** A scan that was read once and not refused: what is recorded is what was checked. */
interface CheckedScan {
  readonly scan: FoundStream
  readonly options: { readonly name: string; readonly vantage: string }
  /** Bytes. A scan that still grows is recorded up to here. */
  readonly size: number
  readonly summary: ScanSummary
  readonly head: Head
}

/**
 * The first of two readings. Whether a scan ended in order stands at its end, and before that is known nothing may
 * be taken for closed; nor may a part of it be written while the rest may yet be refused. A copy to record from
 * would spare the second reading and cost the disk as much as the scan.
 */
async function checkScan(
  env: Environment,
  scan: FoundStream,
  input: Parsed<'recordScan'>,
): Promise<CheckedScan> {
  const options = scanOptions(scan.path, input)
  const { chunks, digest, size } = scan.open()
  const summary = await readNmap(chunks, options, () => undefined)
  const source = scanSource(summary, digest())
  refuseUnfit(source, summary.at, [], env.now())
  const { at, complete, notes } = summary
  return { scan, options, size: size(), summary, head: { source, at: at ?? env.now(), complete, notes } }
}

function changedMeanwhile(path: string): Refusal {
  return new Refusal('conflict', `${path} was written anew while it was being recorded`, {
    hint: 'wait until the scan has ended, then record it again: what was recorded is compared with it then',
  })
}

/** Clocks differ by minutes; a scan from further ahead would shadow every honest one until its time has come. */
const MOST_AHEAD_MS = 10 * 60_000
/** Bytes of a name as JSON: above what a host, a project, a cluster's namespace or a path has. */
const LONGEST_NAME = 1_024

/** What could not be written to the ledger, or would do harm there. */
function refuseUnfit(
  source: Source,
  at: Instant | null,
  places: readonly PlaceReading[],
  now: Instant,
): void {
  const names = places.flatMap(({ place, sightings }) => [
    place.name,
    ...sightings.flatMap(({ net, device }) => [net, device ?? '']),
  ])
  const long = [source.name, source.vantage ?? '', ...names].find((name) => bytesOf(name) > LONGEST_NAME)
  if (long !== undefined) {
    const said = `${source.name.slice(0, 200)} holds a name of ${bytesOf(long)} bytes: ${long.slice(0, 40)}…`
    throw new Refusal('source-invalid', said, {
      hint: `names of up to ${LONGEST_NAME} bytes are recorded: shorten it, or leave the file out`,
    })
  }
  if (at === null || Date.parse(at) - Date.parse(now) <= MOST_AHEAD_MS) return
  throw new Refusal('source-invalid', `${source.name} says that it was made at ${at}, and it is ${now}`, {
    hint: "check the scanning machine's clock, then scan again",
  })
}

function bytesOf(name: string): number {
  return Buffer.byteLength(JSON.stringify(name)) - 2
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

  /** Memory holds one wish of hosts, however large the scan. */
  async stream({ scan, options, size, summary, head }: CheckedScan): Promise<void> {
    const { chunks, digest } = scan.open(size)
    await readNmap(chunks, options, async (place) => this.#add(head, withServiceNamesAt(place)))
    await this.#flush(head)
    if (digest() !== head.source.digest) throw changedMeanwhile(scan.path)
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
      const joined: Joined[] = []
      const all: SightingChange[] = []
      for (const here of places) {
        const id = await joinObserved(tx, here.place, { now: head.at, since: null })
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
