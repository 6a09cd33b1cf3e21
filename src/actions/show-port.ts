import type { Output, Parsed } from '../api/operations.ts'
import type { DocumentView, SightingView, TimelineEvent, WhyReport } from '../api/views.ts'
import { bindingText, timeText } from '../model/port.ts'
import type { Reach } from '../model/reach.ts'
import type { BookAt, DocumentRow, PortRow, SightingRow, SourceRow } from '../registry/book.ts'
import { openingText, portSentence, processText } from '../registry/sentence.ts'
import { momentOf } from './as-of.ts'
import type { Environment } from './environment.ts'
import { findPort } from './find-port.ts'
import { holdView } from './holds.ts'
import { findingsOf } from './list-ports.ts'
import { holdsOver } from './port-holds.ts'
import { sightingKeys, sightingsOf } from './port-keys.ts'
import { reachInBook } from './host-reach.ts'
import { portView } from './port-view.ts'
import { holdsNow } from './preservation.ts'

export async function showPort(env: Environment, input: Parsed<'showPort'>): Promise<Output<'showPort'>> {
  const { read, asOf } = await momentOf(env, input.at)
  const row = await findPort(read, input.port)
  const findings = await findingsOf(read, row)
  const record = row.record === null ? null : await read.document('Port', row.record)
  const system = row.system === null ? null : await read.document('System', row.system)
  const sources = await read.sources(row.place)
  const sightings = await sightingsOf(read, row)
  const reach = asOf === null ? (await reachInBook(env.host, read, [row]))(row) : null
  return {
    sentence: portSentence(row, findings, reach),
    asOf,
    port: portView(row, findings, { at: positionText(record), reach }),
    record: record === null ? null : documentView(record),
    system: system === null ? null : documentView(system),
    sightings: sightings.map((sighting) =>
      sightingView(sighting, sources, asOf === null ? env.pulse : new Map()),
    ),
    timeline: await timelineOf(read, row),
    holds: (await holdsOver(read, row, await holdsNow(env.store.read, asOf?.size))).map(holdView),
    suggestion: record === null && asOf === null ? await suggestionFor(row) : null,
  }
}

/** Loaded when it is needed: the writer of YAML is large, and most pages are of declared ports. */
async function suggestionFor(row: PortRow): Promise<string> {
  const { suggestPort } = await import('../registry/documents/suggest.ts')
  const { writeDocuments } = await import('../registry/documents/write.ts')
  return writeDocuments([suggestPort(row)])
}

/** For now: which record, which sightings, which rules. */
export async function whyPort(env: Environment, input: Parsed<'whyPort'>): Promise<WhyReport> {
  const { read, asOf } = await momentOf(env, input.at)
  const row = await findPort(read, input.port)
  const findings = await findingsOf(read, row)
  const record = row.record === null ? null : await read.document('Port', row.record)
  const sightings = await sightingsOf(read, row)
  const reach = asOf === null ? (await reachInBook(env.host, read, [row]))(row) : null
  return {
    sentence: portSentence(row, findings, reach),
    asOf,
    port: portView(row, findings, { at: positionText(record), reach }),
    steps: [
      {
        question: 'Which record declares it?',
        answer:
          record === null
            ? 'None.'
            : `${record.name}, declared ${timeText(record.declaredAt)}${record.position === null ? '' : ` from ${positionText(record)}`}.`,
        entries: record === null ? [] : [record.fromIndex],
      },
      {
        question: 'Who has seen it?',
        answer: sightings.length === 0 ? 'Nobody.' : sightings.map(sightingText).join(' '),
        entries: sightings.map((sighting) => sighting.fromIndex),
      },
      {
        question: 'Which rules find something?',
        answer:
          findings.length === 0
            ? 'None.'
            : findings.map((finding) => `${finding.rule} (${finding.severity}): ${finding.text}`).join(' '),
        entries: [],
      },
      {
        question: 'Who approved it?',
        answer: 'No decision in force on record: the book is in documenting mode.',
        entries: [],
      },
      { question: 'From where is it reachable?', answer: reachAnswer(reach), entries: [] },
      { question: 'What enforces that?', answer: 'No safeguard on record.', entries: [] },
    ],
  }
}

/** Proved and possible, each with the way of its farthest zone. */
function reachAnswer(reach: Reach | null): string {
  if (reach === null)
    return 'Not computed: neither manifests nor the rules of the host itself were read for it.'
  const possible = reach.may.filter((zone) => !reach.must.includes(zone))
  const ways = reach.paths.map(
    ({ from, hops }) =>
      `From ${from}: ${hops.map(({ at, rule, source }) => `${at}: ${rule}${source === null ? '' : ` (${source})`}`).join('; ')}.`,
  )
  return [
    `Surely from: ${reach.must.join(', ') || 'nowhere'}.`,
    ...(possible.length === 0 ? [] : [`Possibly from: ${possible.join(', ')}.`]),
    ...reach.reasons.map(({ text }) => `Because ${text}.`),
    ...ways,
  ].join(' ')
}

export function documentView(row: DocumentRow): DocumentView {
  return {
    kind: row.kind,
    name: row.name,
    spec: row.spec,
    digest: row.digest,
    declaredAt: row.declaredAt,
    fromIndex: row.fromIndex,
    toIndex: row.toIndex,
    at: positionText(row),
  }
}

export function positionText(row: DocumentRow | null): string | null {
  return row?.position == null ? null : `${row.position.file}:${row.position.line}`
}

async function timelineOf(read: BookAt, row: PortRow): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = []
  for (const key of await sightingKeys(read, row))
    events.push(...sightingEvents(await read.sightingHistory(row.place, key)))
  if (row.record !== null) events.push(...recordEvents(await read.documentHistory('Port', row.record)))
  return events.sort((a, b) => b.index - a.index)
}

function sightingEvents(history: readonly SightingRow[]): TimelineEvent[] {
  return history.map((row, n) => {
    const before = history[n - 1]
    const state = row.sighting.state
    const kind =
      row.flaps !== null
        ? 'flapped'
        : before?.sighting.state === state
          ? 'changed'
          : state === 'open'
            ? 'opened'
            : state === 'closed'
              ? 'closed'
              : 'unknown'
    return {
      at: row.since.notAfter,
      index: row.fromIndex,
      kind,
      text: eventText(row, kind),
      source: row.source,
    }
  })
}

function eventText(row: SightingRow, kind: TimelineEvent['kind']): string {
  const who = processText(row.sighting.owners[0] ?? null)
  if (kind === 'flapped' && row.flaps !== null)
    return `opened and closed ${row.flaps.count} times between ${timeText(row.flaps.first)} and ${timeText(row.flaps.last)}`
  if (kind === 'opened') return `${who}: ${openingText(row.since, 'open', 'closed')}`
  if (kind === 'closed') return openingText(row.since, 'closed', 'open')
  if (kind === 'changed') return `now held by ${who}`
  return `${row.source} cannot tell: ${row.sighting.detail ?? 'no answer'}`
}

function recordEvents(history: readonly DocumentRow[]): TimelineEvent[] {
  return history.flatMap((row, n) => {
    const event = { source: positionText(row) }
    const declared: TimelineEvent = {
      ...event,
      at: row.declaredAt,
      index: row.fromIndex,
      kind: n === 0 ? 'declared' : 'amended',
      text: `${row.name} ${n === 0 ? 'declared' : 'amended'} by ${row.declaredBy}`,
    }
    return [declared]
  })
}

function sightingView(
  row: SightingRow,
  sources: readonly SourceRow[],
  pulse: ReadonlyMap<string, string>,
): SightingView {
  const source = sources.find((candidate) => candidate.source === row.source)
  return {
    source: row.source,
    kind: source?.kind ?? 'documents',
    vantage: source?.vantage ?? null,
    state: row.sighting.state,
    since: row.since,
    lastPass: pulse.get(row.source) ?? source?.lastPass ?? null,
    index: row.fromIndex,
    at:
      row.sighting.span === null
        ? null
        : [row.sighting.span.file, row.sighting.span.line].filter((part) => part !== null).join(':'),
    detail: row.sighting.detail,
    text: sightingText(row),
  }
}

function sightingText(row: SightingRow): string {
  const since = openingText(row.since, row.sighting.state, row.sighting.state === 'open' ? 'closed' : 'open')
  return `${row.source} saw ${bindingText(row.sighting)} ${row.sighting.state}, held by ${processText(row.sighting.owners[0] ?? null)}; ${since}.`
}
