import { createHash } from 'node:crypto'
import type { PlaceReading, Reading } from '../../model/source.ts'
import { printable } from '../printable.ts'
import { sightingBudget } from '../sighting-budget.ts'
import { gatewayOpenings, ingressOpenings, routesByGateway } from './entrance-sightings.ts'
import type { ClusterFacts } from '../../model/cluster.ts'
import { manifestFacts } from './manifest.ts'
import { indexWorkloads } from './selectors.ts'
import type { WorkloadIndex } from './selectors.ts'
import { serviceNote, serviceOpenings } from './service-sightings.ts'
import { sightingOf } from './sighting.ts'
import type { Opening } from './sighting.ts'
import { workloadNote, workloadOpenings } from './workload-sightings.ts'

export interface KubernetesFile {
  readonly name: string
  readonly text: string
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string
}

/** A file whose facts were read; kept apart from joining, so that one broken file of a folder costs only itself. */
export interface ReadManifest {
  readonly name: string
  readonly digest: string
  readonly facts: ClusterFacts
}

/**
 * What the objects of some manifests would have listen: Services, Ingresses, Gateways, pods of every workload kind.
 * Files are read as they are; kustomize and Helm are not run.
 *
 * @throws Refusal `source-invalid` with file, line and column; `source-too-large` for more ports than 262,144.
 */
export function readKubernetes(files: readonly KubernetesFile[]): Reading {
  const manifests = files.map(readManifest)
  return joinManifests(files[0]?.name ?? 'manifests', manifests)
}

/** @throws Refusal as `readKubernetes`. */
export function readManifest({ name, text, digest }: KubernetesFile): ReadManifest {
  return { name, digest, facts: manifestFacts(name, text) }
}

/**
 * One reading of several manifests. A named target port is looked up among their own pods first, then among those
 * of `beside`: all that the same scan has read, indexed once by `indexManifests`.
 *
 * @param cluster how people call the cluster; manifests do not say.
 */
export function joinManifests(
  source: string,
  manifests: readonly ReadManifest[],
  beside: WorkloadIndex = new Map(),
  cluster = 'cluster',
): Reading {
  const facts = manifests.map((manifest) => manifest.facts)
  return {
    source: { name: source, kind: 'kubernetes', vantage: null, digest: digestOf(manifests) },
    at: null,
    complete: true,
    places: placesOf(source, openingsOf(facts, beside), cluster),
    notes: notesOf(facts).map(printable),
  }
}

export function indexManifests(manifests: readonly ReadManifest[]): WorkloadIndex {
  return indexWorkloads(manifests.map((manifest) => manifest.facts))
}

function digestOf(manifests: readonly ReadManifest[]): string {
  const [first, ...more] = manifests
  if (first !== undefined && more.length === 0) return first.digest
  const all = manifests.map(({ name, digest }) => `${digest}  ${name}\n`).join('')
  return `sha256:${createHash('sha256').update(all).digest('hex')}`
}

function placesOf(source: string, openings: Iterable<Opening>, cluster: string): readonly PlaceReading[] {
  const spend = sightingBudget(source)
  const byNamespace = new Map<string, Opening[]>()
  for (const opening of openings) {
    spend(1)
    const listed = byNamespace.get(opening.of.namespace)
    if (listed === undefined) byNamespace.set(opening.of.namespace, [opening])
    else listed.push(opening)
  }
  return [...byNamespace]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, openings]) => placeOf(printable(cluster), printable(namespace), openings))
}

function placeOf(cluster: string, namespace: string, openings: readonly Opening[]): PlaceReading {
  const name = `${cluster}/${namespace}`
  const realm = `kubernetes/${cluster}`
  return {
    place: { kind: 'kubernetes', name, identity: null, names: [name], addresses: [], realm },
    sightings: openings.map(sightingOf),
    absent: [],
  }
}

function* openingsOf(facts: readonly ClusterFacts[], beside: WorkloadIndex): Generator<Opening> {
  const indexes = [indexWorkloads(facts), beside]
  const routes = routesByGateway(facts.flatMap((one) => one.routes))
  for (const one of facts) {
    for (const service of one.services) yield* serviceOpenings(service, indexes)
    for (const workload of one.workloads) yield* workloadOpenings(workload)
    for (const ingress of one.ingresses) yield* ingressOpenings(ingress)
    for (const gateway of one.gateways) {
      yield* gatewayOpenings(gateway, routes.get(`${gateway.namespace}/${gateway.name}`) ?? [])
    }
  }
}

const MOST_KINDS = 20

function notesOf(facts: readonly ClusterFacts[]): readonly string[] {
  const notes = facts.flatMap(({ services, workloads }) => [
    ...services.map(serviceNote),
    ...workloads.map(workloadNote),
  ])
  return [...notes.filter((note) => note !== null), ...passedOverNote(facts)]
}

function passedOverNote(facts: readonly ClusterFacts[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { passedOver } of facts) {
    for (const [kind, count] of passedOver) counts.set(kind, (counts.get(kind) ?? 0) + count)
  }
  if (counts.size === 0) return []
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${kind} ${count}`)
  const more = kinds.length > MOST_KINDS ? ` and ${kinds.length - MOST_KINDS} more kinds` : ''
  return [`objects of kinds that are not read: ${kinds.slice(0, MOST_KINDS).join(', ')}${more}`]
}
