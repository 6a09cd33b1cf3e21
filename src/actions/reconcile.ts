import type { PlaceClaim } from '../model/source.ts'
import type { DocumentRow, PlaceRow, PortRow } from '../registry/book.ts'
import { changedFindings, changedPorts } from '../registry/changed.ts'
import { declaredRecord, placeOf } from '../registry/documents/effective.ts'
import { joinPlace } from '../registry/join.ts'
import { reconcilePlace } from '../registry/reconcile.ts'
import type { StoreWrites } from './environment.ts'

/** Ledger indexes of a wish. */
export interface Span {
  readonly first: number
  readonly last: number
}

/** Port documents by the name of their place. */
export type PortsByPlace = ReadonlyMap<string, readonly DocumentRow[]>

/**
 * Computes the present ports and findings of some places anew and writes what differs.
 * @param written the Port documents that hold since this wish
 */
export async function reconcile(
  tx: StoreWrites,
  places: ReadonlySet<string>,
  wish: Span,
  written: PortsByPlace,
): Promise<void> {
  if (places.size === 0) return
  const systems = new Map<string, DocumentRow | null>()
  const recordsNamed = async (name: string) =>
    [...(await tx.recordsAt(name, wish.first)), ...(written.get(name) ?? [])].sort(byName)
  for (const id of places) {
    const place = await tx.place(id)
    if (place !== null) await reconcileOne({ tx, recordsNamed, systems, index: wish.last }, place)
  }
}

interface Reconciling {
  readonly tx: StoreWrites
  readonly index: number
  readonly recordsNamed: (place: string) => Promise<readonly DocumentRow[]>
  readonly systems: Map<string, DocumentRow | null>
}

async function reconcileOne(reconciling: Reconciling, place: PlaceRow): Promise<void> {
  const { tx, index, systems } = reconciling
  const before = await tx.portsAt(place.id)
  const records = await recordsAt(reconciling, place, before)
  const declared = []
  for (const record of records) {
    const system = systemName(record)
    declared.push(declaredRecord(record, system === null ? null : await systemNamed(tx, system, systems)))
  }
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
  await tx.addPorts(ports.add)
  await tx.putPorts(ports.put)
  const findings = changedFindings(await tx.findingsAt(place.id), now.findings)
  await tx.endFindings(findings.end, index)
  await tx.putFindings(findings.put)
}

/** Two places may share a name; a record speaks of the one that its claim joins, so no machine hides behind another's. */
async function recordsAt(
  { tx, recordsNamed }: Reconciling,
  place: PlaceRow,
  before: readonly PortRow[],
): Promise<DocumentRow[]> {
  const records = new Map<string, DocumentRow>()
  const held = new Set(before.map(({ record }) => record))
  for (const name of new Set([place.id, ...place.names])) {
    const named = (await recordsNamed(name)).filter((record) => placeOf(record).kind === place.kind)
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

function systemName({ spec }: DocumentRow): string | null {
  const name = spec['system']
  return typeof name === 'string' ? name : null
}

async function systemNamed(
  tx: StoreWrites,
  name: string,
  systems: Map<string, DocumentRow | null>,
): Promise<DocumentRow | null> {
  const known = systems.get(name)
  if (known !== undefined) return known
  const system = await tx.document('System', name)
  systems.set(name, system)
  return system
}

function byName(a: DocumentRow, b: DocumentRow): number {
  return a.name < b.name ? -1 : 1
}
