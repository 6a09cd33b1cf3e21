import { bodyText } from './body-text.ts'
import { SEVERITIES, type Severity } from '../../model/finding.ts'
import type { PlaceClaim } from '../../model/source.ts'
import type { CoverageRow, FindingRow, PlaceRow, SightingRow, SourceRow } from '../../registry/book.ts'
import { isIpAddress } from '../../registry/address.ts'
import type { CoverageTable, FindingTable, PlaceTable, SightingTable, Tables } from './tables.ts'

export function toPlaceTable({ id, fromIndex, toIndex, ...rest }: PlaceRow): PlaceTable {
  return { id, from_index: fromIndex, to_index: toIndex, body: bodyText(rest) }
}

export function fromPlaceTable({ id, from_index, to_index, body }: PlaceTable): PlaceRow {
  const rest = JSON.parse(body) as Omit<PlaceRow, 'id' | 'fromIndex' | 'toIndex'>
  return { id, fromIndex: from_index, toIndex: to_index, ...rest }
}

/** What a place can have in common with a claim, as rows. An address means one place within a realm only. */
export function toPlaceTerms(place: PlaceRow): readonly Tables['place_term'][] {
  const found = terms({ ...place, name: place.id }, (name, label) =>
    label === name ? [] : [['label', label]],
  )
  return found.map((term) => ({ term, id: place.id }))
}

/** What a claim asks for: `db-1` also the hosts whose first label it is, `db-1.example.com` also the host `db-1`. */
export function wantedTerms(claim: PlaceClaim): readonly string[] {
  return terms(claim, (name, label) => [[label === name ? 'label' : 'name', label]])
}

/** Host names compare without case; two long names that share a label are two hosts, and do not find each other. */
function terms(claim: PlaceClaim, byLabel: (name: string, label: string) => string[][]): readonly string[] {
  const names = [claim.name, ...claim.names]
  const hosts = claim.kind === 'host' ? names.map((name) => name.toLowerCase()) : []
  const found = [
    ...[...names, ...hosts].map((name) => ['name', name]),
    ...hosts.filter((name) => !isIpAddress(name)).flatMap((name) => byLabel(name, firstLabel(name))),
    ...claim.addresses.map((address) => ['address', claim.realm, address]),
    ...(claim.identity === null ? [] : [['identity', claim.identity]]),
  ]
  return [...new Set(found.map((term) => JSON.stringify(term)))]
}

function firstLabel(name: string): string {
  return name.split('.', 1)[0] ?? name
}

export function toSourceTable({ place, source, ...rest }: SourceRow): Tables['source'] {
  return { place, source, body: bodyText(rest) }
}

export function fromSourceTable({ place, source, body }: Tables['source']): SourceRow {
  return { place, source, ...(JSON.parse(body) as Omit<SourceRow, 'place' | 'source'>) }
}

export function toSightingTable({
  place,
  source,
  key,
  fromIndex,
  toIndex,
  ...rest
}: SightingRow): SightingTable {
  return { place, source, key, from_index: fromIndex, to_index: toIndex, body: bodyText(rest) }
}

export function fromSightingTable({
  place,
  source,
  key,
  from_index,
  to_index,
  body,
}: SightingTable): SightingRow {
  const rest = JSON.parse(body) as Pick<SightingRow, 'sighting' | 'since' | 'flaps'>
  return { place, source, key, fromIndex: from_index, toIndex: to_index, ...rest }
}

export function toCoverageTable({ index, place, source, from, until, ...rest }: CoverageRow): CoverageTable {
  return { idx: index, place, source, from_at: from, until_at: until, body: bodyText(rest) }
}

export function fromCoverageTable({
  idx,
  place,
  source,
  from_at,
  until_at,
  body,
}: CoverageTable): CoverageRow {
  const rest = JSON.parse(body) as Omit<CoverageRow, 'index' | 'place' | 'source' | 'from' | 'until'>
  return { index: idx, place, source, from: from_at, until: until_at, ...rest }
}

export function toFindingTable(row: FindingRow): FindingTable {
  const { fingerprint, fromIndex, toIndex, severity, rule, port, record, place, ...rest } = row
  const held = { from_index: fromIndex, to_index: toIndex }
  return {
    fingerprint,
    ...held,
    gravity: gravityOf(severity),
    rule,
    port,
    record,
    place,
    body: bodyText(rest),
  }
}

export function fromFindingTable(row: FindingTable): FindingRow {
  const { fingerprint, from_index, to_index, gravity, rule, port, record, place, body } = row
  const rest = JSON.parse(body) as Pick<
    FindingRow,
    'status' | 'adopted' | 'text' | 'hint' | 'cites' | 'since' | 'at'
  >
  const subject = { port, record, place }
  return {
    fingerprint,
    fromIndex: from_index,
    toIndex: to_index,
    severity: severityOf(gravity),
    rule,
    ...subject,
    ...rest,
  }
}

export function gravityOf(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity)
}

export function severityOf(gravity: number): Severity {
  return SEVERITIES[SEVERITIES.length - 1 - gravity] ?? 'info'
}
