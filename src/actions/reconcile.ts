import type { PlaceClaim } from '../model/source.ts'
import type { DocumentRow, PlaceRow, PortRow } from '../registry/book.ts'
import { changedFindings, changedPorts } from '../registry/changed.ts'
import { declaredRecord, placeOf } from '../registry/documents/effective.ts'
import { joinPlace } from '../registry/join.ts'
import { reconcilePlace } from '../registry/reconcile.ts'
import type { StoreWrites } from './environment.ts'

/** Computes the present ports and findings of some places anew and writes what differs. */
export async function reconcile(tx: StoreWrites, places: ReadonlySet<string>, index: number): Promise<void> {
  if (places.size === 0) return
  const systems = new Map<string, DocumentRow | null>()
  for (const id of places) {
    const place = await tx.place(id)
    if (place !== null) await reconcileOne(tx, place, index, systems)
  }
}

async function reconcileOne(
  tx: StoreWrites,
  place: PlaceRow,
  index: number,
  systems: Map<string, DocumentRow | null>,
): Promise<void> {
  const before = await tx.portsAt(place.id)
  const records = await recordsAt(tx, place, before)
  const declared = []
  for (const record of records) declared.push(declaredRecord(record, await systemOf(tx, record, systems)))
  const now = reconcilePlace({
    place,
    sightings: await tx.sightings(place.id),
    sources: await tx.sources(place.id),
    records: declared,
    others: await tx.placesLike({ ...place, name: place.id }),
    index,
  })

  const ports = changedPorts(before, now.ports)
  await tx.endPorts(ports.end, index)
  await tx.putPorts(ports.put)
  const findings = changedFindings(await tx.findingsAt(place.id), now.findings)
  await tx.endFindings(findings.end, index)
  await tx.putFindings(findings.put)
}

/** Two places may share a name; a record speaks of the one that its claim joins, so no machine hides behind another's. */
async function recordsAt(
  tx: StoreWrites,
  place: PlaceRow,
  before: readonly PortRow[],
): Promise<DocumentRow[]> {
  const records = new Map<string, DocumentRow>()
  const held = new Set(before.map(({ record }) => record))
  for (const name of new Set([place.id, ...place.names])) {
    const named = (await tx.recordsAt(name)).filter((record) => placeOf(record).kind === place.kind)
    const [first] = named
    if (first === undefined) continue
    const joined = await placeJoined(tx, placeOf(first))
    // A name that became ambiguous later takes no record away from the place that has it.
    const holds = (name: string) => (joined === null ? held.has(name) : joined === place.id)
    for (const record of named) if (holds(record.name)) records.set(record.name, record)
  }
  return [...records.values()]
}

/** Null where the name alone does not say. */
async function placeJoined(tx: StoreWrites, claim: PlaceClaim): Promise<string | null> {
  const joined = joinPlace(claim, await tx.placesLike(claim))
  return joined.kind === 'existing' ? joined.place.id : null
}

async function systemOf(
  tx: StoreWrites,
  record: DocumentRow,
  systems: Map<string, DocumentRow | null>,
): Promise<DocumentRow | null> {
  const name = record.spec['system']
  if (typeof name !== 'string') return null
  const known = systems.get(name)
  if (known !== undefined) return known
  const system = await tx.document('System', name)
  systems.set(name, system)
  return system
}
