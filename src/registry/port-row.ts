import { atLeast, type Severity } from '../model/finding.ts'
import { ANY_ADDRESS, type Service, type ServiceBy } from '../model/port.ts'
import { absenceProof } from './absence-proof.ts'
import type { FindingRow, PortRow } from './book.ts'
import type { PlaceView } from './drift.ts'
import { claimPageId, SEEN, type Claim } from './match.ts'
import type { ObservedPort } from './merge.ts'
import type { DeclaredRecord } from './record.ts'

/**
 * The pages of one place that hold now, sorted by id: each port that is open or unknown, and each declared binding
 * of which neither is known. A closed port that nobody declares has left the present; its history stays.
 */
export function rowsOf(view: PlaceView, findings: readonly FindingRow[]): readonly PortRow[] {
  const { ports, claims, claimOf, seen } = view.matching
  const marks = marksOf(findings)
  const rows = new Map<string, PortRow>()
  for (const [i, port] of ports.entries()) {
    const claim = claims[claimOf[i]!]
    if (port.observed !== 'closed') add(rows, seenRow(view, port, claim?.record ?? null, marks))
  }
  for (const [i, claim] of claims.entries()) {
    if (seen[i]! <= SEEN.closed) add(rows, unseenRow(view, claim, i, marks))
  }
  return [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

interface Mark {
  readonly rules: string[]
  severity: Severity
}

/** Rules and their gravest severity, by port, and by record where a finding is about the record as a whole. */
interface Marks {
  readonly ports: ReadonlyMap<string, Mark>
  readonly records: ReadonlyMap<string, Mark>
}

function marksOf(findings: readonly FindingRow[]): Marks {
  const ports = new Map<string, Mark>()
  const records = new Map<string, Mark>()
  for (const finding of findings) {
    if (finding.port !== null) mark(ports, finding.port, finding)
    else if (finding.record !== null) mark(records, finding.record, finding)
  }
  return { ports, records }
}

function mark(marks: Map<string, Mark>, subject: string, { rule, severity }: FindingRow): void {
  const known = marks.get(subject)
  if (known === undefined) {
    marks.set(subject, { rules: [rule], severity })
    return
  }
  known.rules.push(rule)
  if (atLeast(severity, known.severity)) known.severity = severity
}

/** Two records may declare the same binding; the page is that of the first by name, the clash is a finding. */
function add(rows: Map<string, PortRow>, row: PortRow): void {
  const other = rows.get(row.id)
  if (other === undefined || (row.record ?? '') < (other.record ?? '')) rows.set(row.id, row)
}

function seenRow(view: PlaceView, port: ObservedPort, record: DeclaredRecord | null, marks: Marks): PortRow {
  const { sighting, key, source } = port.lead
  const alone = port.rows.length === 1
  return page(view, `${view.place.id}/${key}`, record, marks, {
    workload: sighting.workload ?? record?.workload ?? null,
    net: sighting.net,
    transport: sighting.transport,
    address: sighting.address,
    device: sighting.device,
    family: sighting.family,
    port: sighting.port,
    last: sighting.last,
    service: serviceOf(port, record),
    processes: port.rows.find((row) => row.sighting.owners.length > 0)?.sighting.owners ?? [],
    observed: port.observed,
    since: port.since,
    flaps: port.rows.find((row) => row.flaps !== null)?.flaps ?? null,
    flags: alone ? sighting.flags : sortedUnion(port.rows.flatMap((row) => row.sighting.flags)),
    sources: alone ? [source] : sortedUnion(port.rows.map((row) => row.source)),
  })
}

/** A declared binding of which nothing is open: under the id it was last seen by, where that is one port. */
function unseenRow(view: PlaceView, claim: Claim, at: number, marks: Marks): PortRow {
  const { record, binding } = claim
  const closed = view.matching.closed.get(at) ?? null
  if (closed !== null && binding.first === binding.last) return seenRow(view, closed, record, marks)
  const proof = absenceProof(view, claim, view.matching.seen[at]!)
  return page(view, claimPageId(view.place.id, view.matching, at), record, marks, {
    workload: record.workload,
    net: record.workload ?? 'net:1',
    transport: binding.transport,
    address: binding.address,
    device: binding.device,
    family: binding.address === ANY_ADDRESS ? 'dual' : binding.address.includes(':') ? 'ipv6' : 'ipv4',
    port: binding.first,
    last: binding.last,
    service: record.service === null ? null : { name: record.service, by: 'declared' },
    processes: [],
    observed: proof === null ? 'unknown' : 'closed',
    since: closed?.since ?? null,
    flaps: null,
    flags: [],
    sources: [],
  })
}

type Facts = Pick<
  PortRow,
  | 'workload'
  | 'net'
  | 'transport'
  | 'address'
  | 'device'
  | 'family'
  | 'port'
  | 'last'
  | 'service'
  | 'processes'
  | 'observed'
  | 'since'
  | 'flaps'
  | 'flags'
  | 'sources'
>

/** Written out: spreading three objects into each of a million rows takes twice as long as all the rest. */
function page(
  { place, index }: PlaceView,
  id: string,
  record: DeclaredRecord | null,
  marks: Marks,
  facts: Facts,
): PortRow {
  const own = marks.ports.get(id)
  const whole = record === null ? undefined : marks.records.get(record.name)
  return {
    id,
    place: place.id,
    host: place.kind === 'host' ? place.id : null,
    workload: facts.workload,
    net: facts.net,
    transport: facts.transport,
    address: facts.address,
    device: facts.device,
    family: facts.family,
    port: facts.port,
    last: facts.last,
    service: facts.service,
    processes: facts.processes,
    record: record?.name ?? null,
    system: record?.system ?? null,
    owner: record?.owner ?? null,
    environment: record?.environment ?? null,
    purpose: record?.purpose ?? null,
    observed: facts.observed,
    documented: record === null ? 'none' : record.todos.length > 0 ? 'draft' : 'documented',
    // Review and enforcement have no entries yet: nothing is approved, and nothing is enforced.
    approval: 'none',
    enforcement: 'none',
    since: facts.since,
    flaps: facts.flaps,
    flags: facts.flags,
    sources: facts.sources,
    rules: own || whole ? sortedUnion([...(own?.rules ?? []), ...(whole?.rules ?? [])]) : [],
    severity: graver(own?.severity ?? null, whole?.severity ?? null),
    fromIndex: index,
    toIndex: null,
  }
}

function graver(one: Severity | null, other: Severity | null): Severity | null {
  if (one === null || other === null) return one ?? other
  return atLeast(one, other) ? one : other
}

/** A document knows best, an answer on the wire comes next, the number alone is a guess. */
function serviceOf(port: ObservedPort, record: DeclaredRecord | null): Service | null {
  if (record !== null && record.service !== null) return { name: record.service, by: 'declared' }
  const told = (by: ServiceBy) =>
    port.rows.find((row) => row.sighting.service?.by === by)?.sighting.service ?? null
  return port.rows.length === 1
    ? port.lead.sighting.service
    : (told('declared') ?? told('probed') ?? told('guess'))
}

function sortedUnion<T extends string>(values: readonly T[]): readonly T[] {
  return [...new Set(values)].sort()
}
