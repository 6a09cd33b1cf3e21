import type { Process } from '../model/port.ts'
import { OBSERVING_KINDS } from '../model/source.ts'
import { absenceProof, type AbsenceProof } from './absence-proof.ts'
import type { FindingRow, PlaceRow, SightingRow, SourceRow } from './book.ts'
import { clashesAmong } from './duplicate.ts'
import { byFingerprint, driftFinding, type Drift } from './finding.ts'
import { mayBeImage } from './image.ts'
import { isClone, rivalsOf } from './join.ts'
import { claimPageId, matchPorts, SEEN, type Claim, type Matching } from './match.ts'
import { mergeSightings, type Basis, type ObservedPort } from './merge.ts'
import type { DeclaredRecord } from './record.ts'
import { addressText, bindingText, holdersText, plain, portText, shellWord, sinceText } from './wording.ts'

/** All that the book holds of one place. */
export interface PlaceFacts {
  readonly place: PlaceRow
  readonly sightings: readonly SightingRow[]
  readonly sources: readonly SourceRow[]
  /** Records at this place. */
  readonly records: readonly DeclaredRecord[]
  /** Other places that share a name or an address with this one. */
  readonly others?: readonly PlaceRow[]
  readonly basis?: Basis
  /** Ledger index from which the results hold. */
  readonly index: number
}

/** A place with its ports merged and matched; the drift rules and the rows of the book read the same view. */
export interface PlaceView extends Required<PlaceFacts> {
  readonly matching: Matching
}

export function viewPlace(facts: PlaceFacts): PlaceView {
  const basis = facts.basis ?? 'book'
  const ports = mergeSightings(facts.sightings, facts.sources, basis)
  return { ...facts, basis, others: facts.others ?? [], matching: matchPorts(ports, facts.records) }
}

/** Where the place and its records differ, sorted by fingerprint. `drift.collector-silent` depends on the clock and is apart. */
export function driftOf(facts: PlaceFacts): readonly FindingRow[] {
  return driftIn(viewPlace(facts))
}

export function driftIn(view: PlaceView): readonly FindingRow[] {
  const drifts: Drift[] = []
  driftOfPlace(view, drifts)
  driftOfPorts(view, drifts)
  driftOfClaims(view, drifts)
  driftOfRecords(view, drifts)
  return drifts.map((drift) => driftFinding(drift, view.index)).sort(byFingerprint)
}

function driftOfPlace({ place, others }: PlaceView, drifts: Drift[]): void {
  const rivals = rivalsOf(place, others)
  if (rivals.length === 0) return
  const about = { rule: 'drift.ambiguous-place', subject: place.id, place: place.id } as const
  const copied = rivals.filter((rival) => isClone(rival, place))
  if (copied.length > 0) {
    drifts.push({
      ...about,
      text: `${plain(place.id)} and ${namesOf(copied)} report one machine identity, and were observed as different machines at one time; they are kept as places of their own.`,
      hint: `give the copy a machine id of its own (systemd-machine-id-setup, after /etc/machine-id was emptied) and start Portreeve there again; or write a Place document that names it, and run: portreeve declare PATH`,
    })
    return
  }
  drifts.push({
    ...about,
    text: `${plain(place.id)} shares a name or an address with ${namesOf(rivals)}; it is kept as a place of its own, since nothing on record says which it is.`,
    hint: `write a Place document that names it, or gives each place its identity, and run: portreeve declare PATH`,
  })
}

function namesOf(places: readonly PlaceRow[]): string {
  return places.map(({ id }) => plain(id)).join(', ')
}

function driftOfPorts({ place, matching, sources }: PlaceView, drifts: Drift[]): void {
  const manifests = new Set(
    sources.filter(({ kind }) => !OBSERVING_KINDS.includes(kind)).map(({ source }) => source),
  )
  const { ports, claims, claimOf, wider } = matching
  for (const [i, port] of ports.entries()) {
    if (port.observed !== 'open') continue
    const claim = claims[claimOf[i]!]
    if (claim === undefined) {
      const { flags } = port.lead.sighting
      if (flags.length === 0 || !flags.includes('port-unknown'))
        drifts.push(undeclared(place.id, port, manifests))
      continue
    }
    if (wider[i] === 1) drifts.push(widerThanDeclared(place.id, port, claim))
    const { record } = claim
    if (record.runs !== null && runsAnother(record.runs, port))
      drifts.push(processChanged(place.id, port, record))
    else if (record.runs?.image != null) {
      const row = port.rows.find(({ sighting }) => isAnotherImage(record.runs?.image ?? '', sighting.image))
      if (row !== undefined) drifts.push(imageChanged(place.id, port, record, row))
    }
    if (record.declaredAt !== null && port.since !== null && port.since.notAfter < record.declaredAt) {
      drifts.push(openedBefore(place.id, port, record, record.declaredAt))
    }
  }
}

function undeclared(place: string, port: ObservedPort, manifests: ReadonlySet<string>): Drift {
  const { sighting, key } = port.lead
  const id = `${place}/${key}`
  const client = sighting.flags.length > 0 && sighting.flags.includes('may-be-client')
  const many =
    sighting.count > 1 && sighting.flags.includes('aggregated') ? `${sighting.count} sockets: ` : ''
  return {
    rule: 'drift.undeclared',
    subject: id,
    severity: client ? 'info' : sighting.flags.includes('internal') ? 'low' : 'high',
    port: id,
    place,
    since: port.since?.notAfter ?? null,
    at: spanText(port),
    text: manifests.has(port.lead.source)
      ? `${portText(place, sighting)} is opened by ${plain(port.lead.source)} and no record declares it.`
      : `${many}${portText(place, sighting)} is open and no record declares it${client ? '; it may be the socket of a client' : ''}. Opened by ${holdersText(sighting.owners)} ${sinceText(port.since)}.`,
    hint: `declare it: portreeve show ${shellWord(id)} prints a document to start from; then portreeve declare PATH`,
  }
}

function widerThanDeclared(place: string, port: ObservedPort, { record, binding }: Claim): Drift {
  const { sighting, key } = port.lead
  return {
    ...about('drift.wider-than-declared', place, key, record),
    since: port.since?.notAfter ?? null,
    text: `${portText(place, sighting)} is open; ${plain(record.name)} declares ${addressText(binding.address, binding.device)} only. Seen so ${sinceText(port.since)}.`,
    hint: `bind the service to ${addressText(binding.address, binding.device)}, or declare what it listens on: portreeve declare PATH`,
  }
}

function processChanged(place: string, port: ObservedPort, record: DeclaredRecord): Drift {
  const { sighting, key } = port.lead
  const declared = Object.entries(record.runs ?? {}).flatMap(([field, value]) =>
    value === null ? [] : `${field} ${plain(value)}`,
  )
  return {
    ...about('drift.process-changed', place, key, record),
    text: `${portText(place, sighting)} is held by ${holdersText(sighting.owners)}; ${plain(record.name)} declares ${declared.join(', ')}.`,
    hint: `see what changed: portreeve show ${shellWord(`${place}/${key}`)}; if it is meant, amend runs and run: portreeve declare PATH`,
  }
}

function imageChanged(place: string, port: ObservedPort, record: DeclaredRecord, row: SightingRow): Drift {
  const { sighting, key } = port.lead
  const { image = '', span } = row.sighting
  const said = span === null ? row.source : span.line === null ? span.file : `${span.file}:${span.line}`
  return {
    ...about('drift.process-changed', place, key, record),
    text: `${portText(place, sighting)} runs image ${plain(image)} by ${plain(said)}; ${plain(record.name)} declares image ${plain(record.runs?.image ?? '')}.`,
    hint: `see what changed; if it is meant, amend runs and run: portreeve declare PATH`,
  }
}

function openedBefore(place: string, port: ObservedPort, record: DeclaredRecord, declaredAt: string): Drift {
  const { sighting, key } = port.lead
  return {
    ...about('drift.opened-before-declared', place, key, record),
    since: port.since?.notAfter ?? null,
    text: `${portText(place, sighting)} was open before it was declared: opened ${sinceText(port.since)}, ${plain(record.name)} declared ${declaredAt}.`,
    hint: `see its history: portreeve show ${shellWord(record.name)}`,
  }
}

function driftOfClaims(view: PlaceView, drifts: Drift[]): void {
  const { claims, seen } = view.matching
  for (const [i, claim] of claims.entries()) {
    if (seen[i]! > SEEN.closed) continue
    const proof = absenceProof(view, claim, seen[i]!)
    if (proof !== null)
      drifts.push({
        ...unseen(view.place.id, claim, proof),
        port: claimPageId(view.place.id, view.matching, i),
      })
  }
  for (const { claim, with: other } of clashesAmong(claims)) {
    drifts.push(duplicate(view.place.id, claim, other), duplicate(view.place.id, other, claim))
  }
}

function unseen(place: string, { record, binding }: Claim, proof: AbsenceProof): Drift {
  return {
    ...ofRecord('drift.unseen', place, record, bindingText(binding)),
    since: proof.since?.notAfter ?? null,
    text: `${plain(record.name)} declares ${plain(place)} ${bindingText(binding)}; the complete pass of ${plain(proof.source)} at ${proof.at} did not see it open.`,
    hint: `start the service, or withdraw the binding from the document and run: portreeve declare PATH`,
  }
}

function duplicate(place: string, { record, binding }: Claim, other: Claim): Drift {
  return {
    ...ofRecord('drift.duplicate-claim', place, record, `${bindingText(binding)}\n${other.record.name}`),
    text: `${plain(record.name)} and ${plain(other.record.name)}${other.record.at === null ? '' : ` (${plain(other.record.at)})`} both declare ${plain(place)} ${bindingText(binding)}.`,
    hint: `take the binding out of one of the two documents and run: portreeve declare PATH`,
  }
}

function driftOfRecords({ place, records }: PlaceView, drifts: Drift[]): void {
  for (const record of records) {
    if (record.todos.length > 0) drifts.push(documentTodo(place.id, record))
    else if (record.owner === null) drifts.push(ownerMissing(place.id, record))
  }
}

function documentTodo(place: string, record: DeclaredRecord): Drift {
  const more = record.todos.length > 5 ? ` and ${record.todos.length - 5} more` : ''
  return {
    ...ofRecord('drift.document-todo', place, record, ''),
    text: `${plain(record.name)} still holds TODO in ${record.todos.slice(0, 5).map(plain).join(', ')}${more}.`,
    hint: `write what only a person knows${record.at === null ? '' : ` at ${plain(record.at)}`} and run: portreeve declare PATH`,
  }
}

function ownerMissing(place: string, record: DeclaredRecord): Drift {
  return {
    ...ofRecord('drift.owner-missing', place, record, ''),
    text: `${plain(record.name)} names no owner, and neither does its system.`,
    hint: `add owner to the Port or its System document and run: portreeve declare PATH`,
  }
}

function about(rule: Drift['rule'], place: string, key: string, record: DeclaredRecord) {
  const id = `${place}/${key}`
  return { rule, subject: `${id}\n${record.name}`, port: id, place, record: record.name, at: record.at }
}

function ofRecord(rule: Drift['rule'], place: string, record: DeclaredRecord, matter: string) {
  return { rule, subject: [place, record.name, matter].join('\n'), place, record: record.name, at: record.at }
}

function spanText(port: ObservedPort): string | null {
  const { span } = port.lead.sighting
  if (span === null) return null
  return span.line === null ? span.file : `${span.file}:${span.line}`
}

/** Any holder that differs counts: a foreign process can share a port by SO_REUSEPORT. What is not known does not. */
function runsAnother(runs: NonNullable<DeclaredRecord['runs']>, port: ObservedPort): boolean {
  const { owners } = port.lead.sighting
  // systemd keeps the socket of a socket-activated service open beside the service itself.
  const holders = owners.length > 1 ? owners.filter((owner) => owner.pid !== 1) : owners
  return holders.some((owner) => differs(runs, owner))
}

function differs(runs: NonNullable<DeclaredRecord['runs']>, owner: Process): boolean {
  return (
    isAnother(runs.process, owner.name) ||
    isAnother(runs.path, owner.path) ||
    isAnother(runs.unit, owner.unit)
  )
}

function isAnotherImage(declared: string, seen: string | undefined): boolean {
  return seen !== undefined && !mayBeImage(declared, seen)
}

function isAnother(declared: string | null, seen: string | null): boolean {
  return declared !== null && seen !== null && declared !== seen
}
