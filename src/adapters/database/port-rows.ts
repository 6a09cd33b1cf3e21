import { bodyText } from './body-text.ts'
import { SEVERITIES, type Severity } from '../../model/finding.ts'
import type { Documented, Observed, Transport } from '../../model/port.ts'
import type { PortRow } from '../../registry/book.ts'
import type { PortTable } from './tables.ts'

export function toPortTable(row: PortRow): PortTable {
  const { severity, rules } = row
  return {
    id: row.id,
    from_index: row.fromIndex,
    to_index: row.toIndex,
    place: row.place,
    owner: row.owner ?? '',
    system: row.system ?? '',
    record: row.record ?? '',
    observed: row.observed,
    documented: row.documented,
    transport: row.transport,
    port: row.port,
    since_at: row.since?.notAfter ?? '',
    severity: severity === null ? -1 : SEVERITIES.indexOf(severity),
    marks: severity === null && rules.length === 0 ? '[]' : JSON.stringify(marksOf(severity, rules)),
    search: searchText(row),
    body: bodyText(bodyOf(row)),
  }
}

/** What has no column. In order of the names, so that `bodyText` need not sort. */
function bodyOf(row: PortRow): Body {
  return {
    address: row.address,
    approval: row.approval,
    device: row.device,
    enforcement: row.enforcement,
    environment: row.environment,
    family: row.family,
    flags: row.flags,
    flaps: row.flaps,
    host: row.host,
    last: row.last,
    net: row.net,
    processes: row.processes,
    purpose: row.purpose,
    rules: row.rules,
    service: row.service,
    severity: row.severity,
    since: row.since,
    sources: row.sources,
    workload: row.workload,
  }
}

export function fromPortTable(row: PortTable): PortRow {
  return {
    id: row.id,
    place: row.place,
    fromIndex: row.from_index,
    toIndex: row.to_index,
    owner: orNull(row.owner),
    system: orNull(row.system),
    record: orNull(row.record),
    observed: row.observed as Observed,
    documented: row.documented as Documented,
    transport: row.transport as Transport,
    port: row.port,
    ...(JSON.parse(row.body) as Body),
  }
}

/** The mark of ports whose gravest finding is of this severity or above. No rule is named like it. */
export function severityMark(severity: Severity): string {
  return `${SEVERITY_MARK}${severity}`
}

export const SEVERITY_MARK = 'severity:'

/** Case folded, so that one text finds the other however either is written. */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('\0', '')
}

type Columns =
  | 'id'
  | 'place'
  | 'fromIndex'
  | 'toIndex'
  | 'owner'
  | 'system'
  | 'record'
  | 'observed'
  | 'documented'
  | 'transport'
  | 'port'
type Body = Omit<PortRow, Columns>

function marksOf(severity: Severity | null, rules: readonly string[]): readonly string[] {
  const severities = severity === null ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1)
  return [...new Set([...severities.map(severityMark), ...rules])]
}

function searchText({ id, record, service, processes, owner, system, purpose }: PortRow): string {
  const names = processes.map((process) => process.name)
  const lines = [id, record, service?.name ?? null, ...names, owner, system, purpose]
  return foldCase([...new Set(lines.filter((line) => line !== null))].join('\n'))
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}
