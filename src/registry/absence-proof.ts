import type { Instant } from '../model/port.ts'
import { OBSERVING_KINDS, type Sighting } from '../model/source.ts'
import { provesAbsence } from './absent.ts'
import { fitOf } from './address.ts'
import type { Opening, SightingRow, SourceRow } from './book.ts'
import { SEEN, type Claim } from './match.ts'

/** The pass that would have seen a declared port, and did not. */
export interface AbsenceProof {
  readonly source: string
  readonly at: Instant
  readonly since: Opening | null
}

/**
 * What proves that nothing of a claim is open: a complete pass over the whole of it, or a source's word that it is
 * closed; the latest of them. Null: nobody looked.
 * @param seen the claim's value in `Matching.seen`
 */
export function absenceProof(
  place: { readonly sources: readonly SourceRow[]; readonly sightings: readonly SightingRow[] },
  claim: Claim,
  seen: number,
): AbsenceProof | null {
  const passes = place.sources.flatMap((source) => passProof(source, claim) ?? [])
  const words = seen === SEEN.closed ? place.sightings.flatMap((row) => wordProof(row, claim) ?? []) : []
  const [latest] = [...passes, ...words].toSorted((a, b) => (orderOf(a) > orderOf(b) ? -1 : 1))
  return latest === undefined ? null : { ...latest, since: words.toSorted(closedLast)[0]?.since ?? null }
}

function passProof(source: SourceRow, { record, binding }: Claim): AbsenceProof | null {
  if (source.lastComplete === null || !OBSERVING_KINDS.includes(source.kind)) return null
  const sought = {
    // Where a workload's namespace is not known, only a pass over every namespace proves anything.
    net: record.workload === null && record.placeKind === 'host' ? 'net:1' : '*',
    transport: binding.transport,
    port: binding.first,
    last: binding.last,
    address: binding.address,
  }
  if (!provesAbsence(source.absent, sought)) return null
  return { source: source.source, at: source.lastComplete, since: null }
}

function wordProof(row: SightingRow, { binding }: Claim): AbsenceProof | null {
  const { sighting } = row
  if (sighting.state !== 'closed' || !covers(binding, sighting)) return null
  return { source: row.source, at: row.since.notAfter, since: row.since }
}

function covers(binding: Claim['binding'], sighting: Sighting): boolean {
  const whole = sighting.port <= binding.first && binding.last <= sighting.last
  return whole && sighting.transport === binding.transport && fitOf(binding, sighting, false) !== null
}

function orderOf(proof: AbsenceProof): string {
  return `${proof.at} ${proof.source}`
}

function closedLast(a: AbsenceProof, b: AbsenceProof): number {
  return orderOf(a) > orderOf(b) ? -1 : 1
}
