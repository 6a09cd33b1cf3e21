import type { PortView } from '../api/views.ts'
import type { Finding } from '../model/finding.ts'
import type { Reach } from '../model/reach.ts'
import type { PortRow } from '../registry/book.ts'

/** A row of the book as the API shows it. */
export function portView(
  row: PortRow,
  findings: readonly Finding[],
  extra: { detail?: string | null; at?: string | null; reach?: Reach | null } = {},
): PortView {
  const interval =
    row.since === null ? null : { ...row.since, claimedBy: 'collector' as const, provenWidth: null }
  return {
    id: row.id,
    record: row.record,
    service: row.service,
    host: row.host,
    place: row.place,
    workload: row.workload,
    transport: row.transport,
    address: row.address,
    device: row.device,
    family: row.family,
    port: row.port,
    lastPort: row.last,
    process: row.processes[0] ?? null,
    processes: [...row.processes],
    reach: extra.reach == null ? null : reachView(extra.reach),
    observed: row.observed,
    documented: row.documented,
    approval: row.approval,
    enforcement: row.enforcement,
    opened: row.observed === 'open' ? interval : null,
    closed: row.observed === 'closed' ? interval : null,
    flaps: row.flaps,
    flags: [...row.flags],
    sources: [...row.sources],
    system: row.system,
    owner: row.owner,
    environment: row.environment,
    purpose: row.purpose,
    detail: extra.detail ?? null,
    at: extra.at ?? null,
    findings: findings.map(findingView),
  }
}

function reachView(reach: Reach): PortView['reach'] {
  return {
    must: [...reach.must],
    may: [...reach.may],
    via: reach.via.map((via) => ({ ...via })),
    accessible: [...reach.accessible],
    level: { must: [...reach.level.must], may: [...reach.level.may] },
    reasons: reach.reasons.map((reason) => ({ ...reason })),
    paths: reach.paths.map((path) => ({ ...path, hops: path.hops.map((hop) => ({ ...hop })) })),
  }
}

export function findingView(finding: Finding): PortView['findings'][number] {
  return {
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    severity: finding.severity,
    status: finding.status,
    adopted: finding.adopted,
    text: finding.text,
    hint: finding.hint,
    cites: [...finding.cites],
    port: finding.port,
    record: finding.record,
    place: finding.place,
    since: finding.since,
    at: finding.at,
  }
}

/** What a report says of the reach that it does not have. */
export const REACH_NOTE =
  'reach is null where neither manifests nor the rules of the host itself say from where a port can be reached'
