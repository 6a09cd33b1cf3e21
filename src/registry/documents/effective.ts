import { canonicalAddress } from '../../lib/ip.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import { ANY_ADDRESS } from '../../model/port.ts'
import type { PlaceClaim, PlaceKind } from '../../model/source.ts'
import type { DocumentRow } from '../book.ts'
import type { DeclaredBinding, DeclaredRecord } from '../record.ts'
import { portRange } from './binding.ts'
import { documentDigest } from './ledger-body.ts'
import type { Spec } from './schemas.ts'
import { pathText } from './path.ts'
import { todoPaths, todos } from './todos.ts'

/**
 * A Port document with what it inherits from its System, as matching and drift read it. What a file says and the
 * book does not hold yet has no moment of declaration.
 */
export function declaredRecord(
  port: BookDocument | DocumentRow,
  system: BookDocument | null,
): DeclaredRecord {
  const spec = port.spec as Spec<'Port'>
  const facts = inherited(port, system) as Spec<'Port'>
  const { name: place, kind: placeKind } = placeOf(port)
  return {
    name: port.name,
    place,
    placeKind,
    workload: workloadOf(spec.at),
    bindings: spec.bindings.map(bindingOf),
    service: spec.service ?? null,
    owner: facts.owner ?? null,
    system: spec.system ?? null,
    environment: facts.environment ?? null,
    purpose: spec.purpose ?? null,
    runs: runsOf(spec.runs),
    todos: openTodos(port, system),
    at: port.position === null ? null : `${port.position.file}:${port.position.line}`,
    ...heldIn(port),
  }
}

/** What the document leaves open, and what it inherits as open: a System without an owner leaves its ports without one. */
function openTodos(port: BookDocument, system: BookDocument | null): readonly string[] {
  const own = todos(port).map(({ path }) => path)
  if (system === null) return own
  const all = todoPaths(inherited(port, system)).map(pathText)
  const from = all.filter((path) => !own.includes(path))
  return [...own, ...from.map((path) => `${path} of System ${system.name}`)]
}

/**
 * The facts of a Port: its System's, with its own over them. Sets of fields are laid over each other field by field,
 * so that a Port that corrects one of them does not lose the rest; a list replaces a list.
 */
export function inherited(port: BookDocument, system: BookDocument | null): JsonObject {
  // A System's title and description speak of the System, not of the port.
  const { title: _title, description: _description, ...shared } = system?.spec ?? {}
  return overlay(shared, port.spec)
}

/** How the document of a Port or Place names the place that it speaks of. */
export function placeOf({ kind, name, spec }: BookDocument): PlaceClaim {
  if (kind === 'Port') return claimed((spec as Spec<'Port'>).at)
  if (kind !== 'Place') throw new Error(`a document of kind ${kind} names no place`)
  const place = spec as Spec<'Place'>
  return {
    kind: place.kind ?? 'host',
    name,
    identity: place.identity ?? null,
    names: place.names ?? [],
    addresses: (place.addresses ?? []).map((address) => canonicalAddress(address) ?? address),
    realm: place.realm ?? realmOf(place.kind ?? 'host', name),
  }
}

type At = Spec<'Port'>['at']

function claimed({ host, kubernetes, compose, aws, gateway }: At): PlaceClaim {
  if (host !== undefined) return named('host', host)
  if (kubernetes !== undefined) return named('kubernetes', `${kubernetes.cluster}/${kubernetes.namespace}`)
  if (compose !== undefined) return named('compose', compose.project)
  if (aws !== undefined) return named('aws', `${aws.account}/${aws.region}`)
  if (gateway !== undefined) return named('gateway', gateway.name)
  throw new Error('a checked Port names a place')
}

function named(kind: PlaceKind, name: string): PlaceClaim {
  return { kind, name, identity: null, names: [], addresses: [], realm: realmOf(kind, name) }
}

/** Compose networks are the project's own; every other address is of the one realm until a document says more. */
function realmOf(kind: PlaceKind, name: string): string {
  return kind === 'compose' ? `compose/${name}` : 'default'
}

function workloadOf({ workload, kubernetes, compose, aws, gateway }: At): string | null {
  if (kubernetes !== undefined) return `${kubernetes.namespace}/${kubernetes.workload}`
  if (compose !== undefined) return `${compose.project}/${compose.service}`
  return workload ?? aws?.resource ?? gateway?.route ?? null
}

function bindingOf({ transport, port, address, device }: Spec<'Port'>['bindings'][number]): DeclaredBinding {
  const { first, last } = portRange(port)
  const text = address === undefined ? ANY_ADDRESS : (canonicalAddress(address) ?? address)
  return { transport: transport ?? 'tcp', first, last, address: text, device: device ?? null }
}

function runsOf(runs: Spec<'Port'>['runs']): DeclaredRecord['runs'] {
  if (runs === undefined) return null
  const { process, path, unit, image } = runs
  return { process: process ?? null, path: path ?? null, unit: unit ?? null, image: image ?? null }
}

function heldIn(
  port: BookDocument | DocumentRow,
): Pick<DeclaredRecord, 'declaredAt' | 'fromIndex' | 'digest'> {
  if ('digest' in port)
    return { declaredAt: port.firstDeclaredAt, fromIndex: port.fromIndex, digest: port.digest }
  return { declaredAt: null, fromIndex: 0, digest: documentDigest(port) }
}

function overlay(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const under = below[key]
    merged[key] = isObject(under) && isObject(value) ? overlay(under, value) : value
  }
  return merged
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
