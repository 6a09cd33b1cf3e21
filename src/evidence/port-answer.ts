import type { Entry, Json, JsonObject } from '../model/entry.ts'
import { timeProof, widthOf } from './bracket.ts'
import { cite, citeType } from './citation.ts'
import { bodyOf, objectAt, portOf, textOrNull, type PortEvidence, type Told } from './port-evidence.ts'

/** `answer.json` of a port: evidence-pack-v1.md, "Answer". Whatever rests on an entry is a citation of it. */
export function portAnswer(evidence: PortEvidence): JsonObject {
  return {
    // Decisions and grants have no entries yet: nothing is approved.
    authority: [],
    collectors: collectorsOf(evidence),
    coverage: evidence.coverage.map(coverageOf),
    coverage_left_out: evidence.coverageLeftOut,
    holds: evidence.holds.map(({ entry, releases, stands }) => ({
      hold: cite(entry, '/body/hold'),
      releases,
      stands,
    })),
    interval: intervalOf(evidence),
    observed: evidence.observed,
    port: evidence.port,
    probes: evidence.probes.map(sightingOf),
    record: recordOf(evidence),
    retention: [...evidence.holds.map(({ entry }) => entry), ...evidence.erasures].map((entry) => ({
      at: cite(entry, '/at'),
      entry: citeType(entry),
    })),
    sightings: evidence.told.map(sightingOf),
  }
}

function intervalOf({ opening, bracket, declaration, coverage, stampNumber }: PortEvidence): Json {
  if (opening === null) return null
  const { entry } = opening
  const claimed = bodyOf(opening)
  const notBefore = textOrNull(claimed['not_before'])
  const notAfter = textOrNull(claimed['not_after'])
  const prove = (end: PortEvidence['bracket']['notBefore']): Json => timeProof(end, stampNumber)
  return {
    authorised: declaration === null ? null : citeType(declaration),
    claimed: {
      clock: clockOf(coverage, entry),
      not_after: cite(entry, pointerTo(opening, 'not_after')),
      not_before: notBefore === null ? null : cite(entry, pointerTo(opening, 'not_before')),
    },
    logged: entry.index,
    port: portOf(opening),
    proven: { not_after: prove(bracket.notAfter), not_before: prove(bracket.notBefore) },
    width: {
      claimed: widthOf(notBefore, notAfter),
      proven: widthOf(bracket.notBefore?.at, bracket.notAfter?.at),
    },
  }
}

/** What the collector that saw the opening said of its clock: in the first of its coverage entries from then on. */
function clockOf(coverage: readonly Entry[], sighting: Entry): Json {
  const source = sourceOf(sighting)
  const beat = coverage.find((entry) => sourceOf(entry) === source && entry.index >= sighting.index)
  return beat === undefined ? null : cite(beat, '/body/collector/clock')
}

/** Each source once, as the first of its entries in the pack describes it. */
function collectorsOf({ coverage, told }: PortEvidence): Json[] {
  const first = new Map<string, Entry>()
  for (const entry of [...coverage, ...told.map(({ entry }) => entry)])
    if (!first.has(sourceOf(entry))) first.set(sourceOf(entry), entry)
  return [...first.values()].map((entry) => ({
    collector: cite(entry, '/body/collector'),
    configuration: cite(entry, '/body/configuration/document'),
    configuration_sha256: cite(entry, '/body/configuration/sha256'),
    kind: cite(entry, '/body/source/kind'),
    name: cite(entry, '/body/source/name'),
    vantage: cite(entry, '/body/source/vantage'),
  }))
}

function coverageOf(entry: Entry): Json {
  return {
    complete_passes: cite(entry, '/body/complete_passes'),
    entry: citeType(entry),
    gaps: cite(entry, '/body/gaps'),
    passes: cite(entry, '/body/passes'),
    source: cite(entry, '/body/source/name'),
    span: cite(entry, '/body/span'),
  }
}

function sightingOf(told: Told): Json {
  const member = (name: string) => cite(told.entry, pointerTo(told, name))
  return {
    entry: citeType(told.entry),
    held_by: member('owners/0/name'),
    kind: member('kind'),
    not_after: member('not_after'),
    not_before: member('not_before'),
    port: portOf(told),
    source: cite(told.entry, '/body/source/name'),
    state: member('state'),
  }
}

function recordOf({ declaration, system }: PortEvidence): Json {
  if (declaration === null) return null
  const own = (name: string) => cite(declaration, `/body/spec/${name}`)
  const shared = (name: string) => own(name) ?? (system === null ? null : cite(system, `/body/spec/${name}`))
  return {
    declared_at: cite(declaration, '/at'),
    declared_by: cite(declaration, '/body/by'),
    entry: citeType(declaration),
    if_closed: own('justification/if_closed'),
    name: cite(declaration, '/body/name'),
    owner: shared('owner'),
    purpose: own('purpose'),
    review_by: own('review_by'),
    system: own('system'),
    why: own('justification/why'),
  }
}

function sourceOf(entry: Entry): string {
  return textOrNull(objectAt(entry.body, 'source')['name']) ?? ''
}

function pointerTo({ change }: Told, name: string): string {
  return `/body/changes/${change}/${name}`
}
