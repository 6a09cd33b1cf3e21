import type { Json, JsonObject } from '../model/entry.ts'
import {
  FAMILIES,
  OBSERVED,
  portKeyText,
  TRANSPORTS,
  type Instant,
  type Process,
  type Service,
} from '../model/port.ts'
import {
  PLACE_KINDS,
  SOURCE_KINDS,
  type PlaceClaim,
  type Sighting,
  type SightingFlag,
  type Source,
} from '../model/source.ts'
import { claimToBody } from './claim-body.ts'
import type { SightingChange } from './pass.ts'

/** What a `sighting` entry says: one pass of one source at one place, or a part of one. */
export interface SightingEntry {
  /** The place's id in the book, and how the source named it. */
  readonly place: string
  readonly claim: PlaceClaim
  readonly source: Source
  readonly pass: {
    readonly at: Instant
    readonly complete: boolean
    readonly previousComplete: Instant | null
  }
  readonly changes: readonly SightingChange[]
}

/** A leaf is at most 32 KiB; salted commitments take the place of what identifies a person, and they are longer. */
const LEAF_BUDGET = 24 * 1024
const COMMITMENT = 100

/**
 * The changes of a pass as bodies that each fit a leaf. Members that are null, empty or the default (`last` equal to
 * `port`, `count` 1) are left out.
 */
export function sightingBodies(entry: SightingEntry): readonly JsonObject[] {
  const head = headOf(entry)
  const room = LEAF_BUDGET - sizeOf(head)
  const bodies: JsonObject[] = []
  let changes: JsonObject[] = []
  let size = 0
  for (const change of entry.changes) {
    const encoded = changeToBody(change)
    const cost = sizeOf(encoded) + 1 + change.sighting.owners.length * 2 * COMMITMENT
    if (size + cost > room && changes.length > 0) {
      bodies.push({ ...head, changes })
      changes = []
      size = 0
    }
    changes.push(encoded)
    size += cost
  }
  return changes.length === 0 ? bodies : [...bodies, { ...head, changes }]
}

/** Reads a body back. Values that were erased or withheld are null. */
export function sightingFromBody(body: JsonObject): SightingEntry {
  const place = object(body['place'])
  const source = object(body['source'])
  const pass = object(body['pass'])
  return {
    place: required(place['id']),
    claim: {
      kind: PLACE_KINDS.find((kind) => kind === place['kind']) ?? 'host',
      name: required(place['name']),
      identity: text(place['identity']),
      names: texts(place['names']),
      addresses: texts(place['addresses']),
      realm: required(place['realm']),
    },
    source: {
      name: required(source['name']),
      kind: SOURCE_KINDS.find((kind) => kind === source['kind']) ?? 'linux-host',
      vantage: text(source['vantage']),
      digest: text(source['digest']),
    },
    pass: {
      at: required(pass['at']),
      complete: pass['complete'] === true,
      previousComplete: text(pass['previous_complete']),
    },
    changes: list(body['changes']).map(changeFromBody),
  }
}

function headOf(entry: SightingEntry): JsonObject {
  const { claim, source, pass } = entry
  return {
    place: { id: entry.place, ...claimToBody(claim) },
    source: { name: source.name, kind: source.kind, vantage: source.vantage, digest: source.digest },
    pass: { at: pass.at, complete: pass.complete, previous_complete: pass.previousComplete },
  }
}

function changeToBody(change: SightingChange): JsonObject {
  const { sighting, since, flaps } = change
  return told({
    kind: change.kind,
    net: sighting.net,
    address: sighting.address,
    device: sighting.device,
    port: sighting.port,
    transport: sighting.transport,
    last: sighting.last === sighting.port ? null : sighting.last,
    state: sighting.state,
    not_before: since.notBefore,
    not_after: since.notAfter,
    family: sighting.family,
    service: sighting.service && { name: sighting.service.name, by: sighting.service.by },
    owners: sighting.owners.map((owner) => told({ ...owner })),
    workload: sighting.workload,
    image: sighting.image ?? null,
    flags: sighting.flags,
    count: sighting.count === 1 ? null : sighting.count,
    span: sighting.span && told({ file: sighting.span.file, line: sighting.span.line }),
    detail: sighting.detail,
    flaps: flaps && { count: flaps.count, first: flaps.first, last: flaps.last },
  })
}

function changeFromBody(body: JsonObject): SightingChange {
  const port = Number(body['port'])
  const span = object(body['span'])
  const image = text(body['image'])
  const sighting: Sighting = {
    net: required(body['net']),
    address: text(body['address']),
    device: text(body['device']),
    port,
    transport: TRANSPORTS.find((each) => each === body['transport']) ?? 'tcp',
    state: OBSERVED.find((each) => each === body['state']) ?? 'unknown',
    family: FAMILIES.find((each) => each === body['family']) ?? null,
    last: integer(body['last']) ?? port,
    service: serviceFrom(object(body['service'])),
    owners: list(body['owners']).map(ownerFrom),
    workload: text(body['workload']),
    ...(image === null ? {} : { image }),
    flags: texts(body['flags']) as readonly SightingFlag[],
    count: integer(body['count']) ?? 1,
    span: span['file'] === undefined ? null : { file: required(span['file']), line: integer(span['line']) },
    detail: text(body['detail']),
  }
  return {
    kind: (['opened', 'closed', 'changed'] as const).find((each) => each === body['kind']) ?? 'unknown',
    key: portKeyText(sighting),
    sighting,
    since: { notBefore: text(body['not_before']), notAfter: required(body['not_after']) },
    flaps: flapsFrom(object(body['flaps'])),
  }
}

function serviceFrom(body: JsonObject): Service | null {
  if (body['name'] === undefined) return null
  const by = (['declared', 'probed'] as const).find((each) => each === body['by']) ?? 'guess'
  return { name: required(body['name']), by }
}

function ownerFrom(body: JsonObject): Process {
  return {
    pid: integer(body['pid']),
    name: text(body['name']),
    path: text(body['path']),
    user: text(body['user']),
    unit: text(body['unit']),
    container: text(body['container']),
  }
}

function flapsFrom(body: JsonObject): SightingChange['flaps'] {
  const count = integer(body['count'])
  return count === null ? null : { count, first: required(body['first']), last: required(body['last']) }
}

function told(members: Record<string, Json>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  )
}

function sizeOf(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {}
}

function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : []
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

/** Our own log holds what we wrote: anything else is a bug or damage, and must not be folded. */
function required(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError('a sighting entry lacks a member that every one has')
  return value
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

function integer(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}
