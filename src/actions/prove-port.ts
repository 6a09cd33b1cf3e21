import type { Actor, Output, Parsed } from '../api/operations.ts'
import { bracketOf, type Bracket } from '../evidence/bracket.ts'
import { portAnswer } from '../evidence/port-answer.ts'
import {
  bodyOf,
  changesIn,
  portOf,
  said,
  textOrNull,
  type Period,
  type PortEvidence,
  type Told,
} from '../evidence/port-evidence.ts'
import { portPage } from '../evidence/port-words.ts'
import type { StoredTimestamp } from '../ledger/anchor-rows.ts'
import type { StoredCheckpoint } from '../ledger/store.ts'
import type { Entry, Json, JsonObject } from '../model/entry.ts'
import type { DocumentKind } from '../model/document.ts'
import type { Instant, Observed } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { PortRow, SightingRow } from '../registry/book.ts'
import { holdsOf as holdsIn } from '../registry/hold.ts'
import type { StoreReads } from './environment.ts'
import {
  entryUnder,
  packHead,
  packOf,
  periodOf,
  requireDisclosure,
  restingOn,
  seenAround,
  stampNumber,
  type Maker,
  type PackHead,
} from './evidence-pack.ts'
import { findPort } from './find-port.ts'
import { holdsOver } from './port-holds.ts'
import { historyOf, openingAt, outsideSources } from './port-opening.ts'
import { holdEntries } from './preservation.ts'

/** An evidence pack that answers one question about one port. */
export async function provePort(
  maker: Maker,
  input: Parsed<'provePort'>,
  actor: Actor,
): Promise<Output<'provePort'>> {
  if (input.disclose) requireDisclosure(actor)
  const { env } = maker
  const { read } = env.store
  const head = await packHead(maker)
  const row = await findPort(read, input.port)
  const asked = { at: input.at ?? null, period: periodOf(input), now: env.now() }
  const gathering: Gathering = { read, head, row, asked, disclose: input.disclose, entries: new Map() }
  const { evidence, checkpoints, stamps } = await gather(gathering)
  const text = input.question ?? questionText(row, asked)
  const files = await packOf(maker, head, {
    at: asked.now,
    question: {
      at: asked.at,
      kind: 'port',
      period: asked.period === null ? null : { ...asked.period },
      port: row.id,
      record: row.record,
      text,
    },
    answer: portAnswer(evidence),
    population: null,
    page: portPage(evidence, text),
    entries: gathering.entries.keys(),
    checkpoints,
    stamps,
    disclose: input.disclose,
  })
  return { origin: head.origin, size: head.size, files }
}

interface Gathering {
  readonly read: StoreReads
  readonly head: PackHead
  readonly row: PortRow
  readonly asked: PortEvidence['asked']
  readonly disclose: boolean
  /** Every entry that the answer rests on. */
  readonly entries: Map<number, Entry>
}

/** Changes of one port, and coverage entries, that a pack has room for. */
const MOST_TOLD = 600
const MOST_COVERAGE = 600

interface Gathered {
  readonly evidence: PortEvidence
  readonly checkpoints: readonly StoredCheckpoint[]
  readonly stamps: readonly StoredTimestamp[]
}

async function gather(gathering: Gathering): Promise<Gathered> {
  const { read, head, row, asked } = gathering
  const history = await historyOf(read, row, head.size, lastMoment(asked))
  const outside = await outsideSources(read, row.place)
  const opening = await toldOf(gathering, openingAt(history, lastMoment(asked), outside))
  const { bracket, checkpoints, stamps } = await vouchedFor(gathering, opening)
  const told = []
  const probes = []
  for (const seen of coveredBy(history, asked)) {
    const one = await toldOf(gathering, seen)
    if (one === null) continue
    if (outside.has(seen.source) && seen.sighting.state !== 'open') probes.push(one)
    else told.push(one)
  }
  const coverage = await coverageOf(gathering, opening)
  const declaration = await versionAt(gathering, 'Port', row.record)
  const system = await versionAt(gathering, 'System', row.system)
  const holds = await holdsOf(gathering)
  return {
    evidence: {
      origin: head.origin,
      port: row.id,
      place: row.place,
      record: row.record,
      asked,
      observed: await observedAt(gathering, history),
      opening,
      bracket,
      stampNumber: ({ size, name }) => stampNumber(stamps, { size, authority: name }),
      declaration,
      system,
      told: told.sort(byIndex),
      probes: probes.sort(byIndex),
      coverage: coverage.entries,
      coverageLeftOut: coverage.leftOut,
      holds,
      erasures: await erasuresOf(gathering),
    },
    checkpoints,
    stamps,
  }
}

/** What others prove of when the opening was logged, and what of it the pack has to hold. */
async function vouchedFor(
  gathering: Gathering,
  opening: Told | null,
): Promise<Omit<Gathered, 'evidence'> & { readonly bracket: Bracket }> {
  if (opening === null) return { bracket: { notBefore: null, notAfter: null }, checkpoints: [], stamps: [] }
  const { read, head } = gathering
  const { index } = opening.entry
  const around = await seenAround(read, head, index)
  const bracket = bracketOf(index, around.seen)
  if (bracket.notBefore?.by === 'anchor') await entryOf(gathering, bracket.notBefore.index)
  return { bracket, ...(await restingOn(read, index, around, bracket)) }
}

/** All changes in the period and what held when it began; without a period the last ones up to the moment. */
function coveredBy(
  history: readonly SightingRow[],
  { period }: PortEvidence['asked'],
): readonly SightingRow[] {
  if (period === null) return history.slice(-MOST_TOLD)
  const within = history.filter(({ since }) => since.notAfter >= period.from)
  const before = Map.groupBy(
    history.filter(({ since }) => since.notAfter < period.from),
    ({ source, key }) => `${source}\n${key}`,
  )
  const held = [...before.values()].flatMap((rows) => rows.at(-1) ?? [])
  if (held.length + within.length <= MOST_TOLD) return [...held, ...within]
  throw new Refusal(
    'bad-input',
    `the port changed ${within.length} times in the period; a pack takes ${MOST_TOLD}`,
    {
      hint: 'ask for a shorter period',
    },
  )
}

async function toldOf(gathering: Gathering, row: SightingRow | null): Promise<Told | null> {
  if (row === null) return null
  const entry = await entryOf(gathering, row.fromIndex)
  const port = `${row.place}/${row.key}`
  return changesIn(entry).find((told) => portOf(told) === port) ?? null
}

/** As the page of the book said at that moment: all sources weighed together. */
async function observedAt(gathering: Gathering, history: readonly SightingRow[]): Promise<Observed> {
  const { read, row, asked } = gathering
  if (asked.at === null && asked.period === null) return row.observed
  const moment = lastMoment(asked)
  for (const page of (await read.portHistory(row.id)).toReversed()) {
    if ((await timeOf(gathering, page.fromIndex)) > moment) continue
    if (page.toIndex === null || (await timeOf(gathering, page.toIndex)) > moment) return page.observed
    break
  }
  // A closed port that nobody declares has no page; that every source saw it close is what tells it from an unknown one.
  const last = Map.groupBy(history, ({ source, key }) => `${source}\n${key}`).values()
  const closed = [...last].map((rows) => rows.at(-1)?.sighting.state === 'closed')
  return closed.length > 0 && closed.every(Boolean) ? 'closed' : 'unknown'
}

async function versionAt(
  gathering: Gathering,
  kind: DocumentKind,
  name: string | null,
): Promise<Entry | null> {
  if (name === null) return null
  const { read, head, asked } = gathering
  const moment = lastMoment(asked)
  const versions = (await read.documentHistory(kind, name)).filter(
    ({ declaredAt, fromIndex }) => declaredAt <= moment && fromIndex < head.size,
  )
  const last = versions.at(-1)
  if (last === undefined) return null
  if (last.toIndex !== null && (await timeOf(gathering, last.toIndex)) <= moment) return null
  return entryOf(gathering, last.fromIndex)
}

/** Coverage of the period; else around the opening and the moment, with the entries that say how the clock stood. */
async function coverageOf(
  gathering: Gathering,
  opening: Told | null,
): Promise<{ readonly entries: readonly Entry[]; readonly leftOut: number }> {
  const { read, head, row, asked } = gathering
  const windows: Period[] = []
  if (opening !== null) {
    const since = sinceOf(opening)
    windows.push({ from: shifted(since.from, -COVERAGE_MS), until: shifted(since.until, COVERAGE_MS) })
  }
  windows.push(asked.period ?? { from: shifted(lastMoment(asked), -COVERAGE_MS), until: lastMoment(asked) })
  const indexes = new Set<number>()
  for (const { from, until } of windows)
    for (const { index } of await read.coverage({ place: row.place, from, until }))
      if (index < head.size) indexes.add(index)
  const all = [...indexes].sort((a, b) => a - b)
  const half = MOST_COVERAGE / 2
  const shown = all.length <= MOST_COVERAGE ? all : [...all.slice(0, half), ...all.slice(-half)]
  const entries = []
  for (const index of shown) entries.push(await entryOf(gathering, index))
  return { entries, leftOut: all.length - shown.length }
}

/** A source reports its coverage every hour. */
const COVERAGE_MS = 2 * 3_600_000

/** Holds and freezes over the port, with every entry that speaks of one by its name; those that ended too. */
async function holdsOf(gathering: Gathering): Promise<PortEvidence['holds']> {
  const { read, head, row } = gathering
  const entries = await holdEntries(read, head.size)
  const found = await holdsOver(read, row, holdsIn(entries))
  const names = new Set(found.map(({ name }) => name))
  for (const { entry } of entries)
    if (names.has(said(entry.body['hold']))) await entryOf(gathering, entry.index)
  const told = []
  for (const { index, releases, ended } of found)
    told.push({
      entry: await entryOf(gathering, index),
      releases: releases.map((release) => release.index),
      stands: ended === null,
    })
  return told
}

/** What erased, or was to erase, values of an entry that the answer rests on. */
async function erasuresOf(gathering: Gathering): Promise<readonly Entry[]> {
  const { read, head, entries } = gathering
  const resting = new Set(entries.keys())
  const found: Entry[] = []
  for (const stored of await read.entries({ from: 0, limit: MOST_ERASURES, types: ['erasure'] })) {
    if (stored.index >= head.size) break
    const entry = await entryUnder(read, head, stored.index, gathering.disclose)
    if (entriesNamed(entry).some((index) => resting.has(index)))
      found.push(await entryOf(gathering, entry.index))
  }
  return found
}

const MOST_ERASURES = 10_000

function entriesNamed({ body }: Entry): readonly number[] {
  const { entries: deferred, targets } = body
  if (Array.isArray(deferred)) return deferred.map(Number)
  return Array.isArray(targets) ? targets.map((target: Json) => Number((target as JsonObject)['entry'])) : []
}

async function entryOf({ read, head, entries, disclose }: Gathering, index: number): Promise<Entry> {
  const known = entries.get(index)
  if (known !== undefined) return known
  const entry = await entryUnder(read, head, index, disclose)
  entries.set(index, entry)
  return entry
}

async function timeOf({ read }: Gathering, index: number): Promise<Instant> {
  return (await read.entry(index))?.at ?? ''
}

function sinceOf(told: Told): Period {
  const { not_before: before, not_after: after } = bodyOf(told)
  return { from: textOrNull(before) ?? said(after), until: said(after) }
}

/** Up to when the question asks. */
function lastMoment({ at, period, now }: PortEvidence['asked']): Instant {
  return at ?? period?.until ?? now
}

function questionText(row: PortRow, { at, period }: PortEvidence['asked']): string {
  if (at !== null) return `What does the log prove of ${row.id} at ${at}?`
  if (period !== null)
    return `What does the log prove of ${row.id} from ${period.from} until ${period.until}?`
  return `What does the log prove of ${row.id}?`
}

function shifted(at: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(at) + milliseconds).toISOString()
}

function byIndex(a: Told, b: Told): number {
  return a.entry.index - b.entry.index || a.change - b.change
}
