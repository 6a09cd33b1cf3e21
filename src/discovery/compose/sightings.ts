import { ANY_ADDRESS } from '../../model/port.ts'
import type { Family } from '../../model/port.ts'
import type { Sighting, SightingFlag } from '../../model/source.ts'
import { printable } from '../printable.ts'
import { lengthOf } from './port-entry.ts'
import type { PortEntry } from './port-entry.ts'
import type { ServiceFacts } from './service.ts'

/** The host's own network namespace, where Docker publishes. */
const HOST_NET = 'net:1'

/** How many sightings a service will make; asked first, since they are more than memory holds in a hostile file. */
export function sightingCount({ ports, expose, networkMode }: ServiceFacts): number {
  const targets = [...expose.entries, ...(networkMode === 'host' ? ports.entries : [])].map(
    ({ target }) => target,
  )
  const published = networkMode === 'host' ? [] : ports.entries.map((entry) => entry.published)
  return [...targets, ...published].reduce((sum, range) => sum + (range === null ? 1 : lengthOf(range)), 0)
}

/** What one service would have listen. A manifest observes nothing, so every state is `unknown`. */
export function* serviceSightings(
  workload: string,
  service: string,
  facts: ServiceFacts,
): Generator<Sighting> {
  const image = facts.image === null || facts.image === '' ? {} : { image: printable(facts.image) }
  const shared = { workload: printable(workload), profile: profileRemark(facts.profiles), image }
  const onHost = facts.networkMode === 'host'
  for (const entry of facts.ports.entries) {
    yield* onHost ? hostNetworkPorts(entry, shared) : publishedPorts(entry, shared)
  }
  for (const entry of facts.expose.entries) {
    yield* onHost
      ? hostNetworkPorts(entry, shared)
      : exposedPorts(entry, ownNet(service, facts.networkMode), shared)
  }
}

/** Sentences about a service whose ports this file does not tell. */
export function serviceNotes(service: string, facts: ServiceFacts): readonly string[] {
  const mode = facts.networkMode
  const publishes = facts.ports.entries.length > 0
  if (mode === 'host')
    return [`${service} uses the host's network: it listens wherever its processes do, published or not`]
  if (mode === 'none') return [`${service} has no network (network_mode none): nothing reaches its ports`]
  if (mode === null || !/^(service|container):/.test(mode)) return []
  const refused = publishes ? '; Docker refuses to publish ports of such a service' : ''
  return [`${service} shares the network of ${mode}${refused}`]
}

interface Shared {
  readonly workload: string
  readonly profile: readonly string[]
  readonly image: Pick<Sighting, 'image'>
}

function profileRemark(profiles: readonly string[]): readonly string[] {
  return profiles.length === 0 ? [] : [`profile ${profiles.join(', ')}`]
}

function ownNet(service: string, mode: string | null): string {
  const [, joined] = /^(?:service|container):(.*)$/s.exec(mode ?? '') ?? []
  return `net:${printable(joined ?? service)}`
}

function* publishedPorts(entry: PortEntry, shared: Shared): Generator<Sighting> {
  const where = { net: HOST_NET, address: entry.address }
  const { published, target } = entry
  if (published === null) yield unknownPort(entry, where, shared)
  else {
    for (let port = published.first; port <= published.last; port++) {
      const container = target === null ? [] : [`container port ${target.first + port - published.first}`]
      yield sighting(entry, where, port, [], [...container, ...entry.remarks], shared)
    }
  }
}

/** Under `network_mode: host` the container port is the host's; what is published is discarded. */
function* hostNetworkPorts(entry: PortEntry, shared: Shared): Generator<Sighting> {
  const where = { net: HOST_NET, address: null }
  yield* targetPorts(entry, where, [], ['network_mode host', ...entry.remarks], shared)
}

function* exposedPorts(entry: PortEntry, net: string, shared: Shared): Generator<Sighting> {
  yield* targetPorts(entry, { net, address: null }, ['internal'], ['expose', ...entry.remarks], shared)
}

interface Where {
  readonly net: string
  readonly address: string | null
}

function* targetPorts(
  entry: PortEntry,
  where: Where,
  flags: readonly SightingFlag[],
  remarks: readonly string[],
  shared: Shared,
): Generator<Sighting> {
  const { target } = entry
  if (target === null) yield sighting(entry, where, 0, [...flags, 'port-unknown'], remarks, shared)
  else
    for (let port = target.first; port <= target.last; port++)
      yield sighting(entry, where, port, flags, remarks, shared)
}

/**
 * A port chosen at run time; one sighting stands for all of a range of container ports. Ports without a number are
 * told apart by what they lead to.
 */
function unknownPort(entry: PortEntry, where: Where, shared: Shared): Sighting {
  const { target } = entry
  const count = target === null ? 1 : lengthOf(target)
  const flags: SightingFlag[] = count > 1 ? ['port-unknown', 'aggregated'] : ['port-unknown']
  const numbers = target === null ? '' : count > 1 ? `s ${target.first}-${target.last}` : ` ${target.first}`
  const container = target === null ? [] : [`container port${numbers}`]
  const service = shared.workload.slice(shared.workload.indexOf('/') + 1)
  const apart = {
    ...where,
    net: `net:published.${service}.${target?.first ?? `line-${entry.span.line ?? 0}`}`,
  }
  return { ...sighting(entry, apart, 0, flags, [...container, ...entry.remarks], shared), count }
}

function sighting(
  entry: PortEntry,
  where: Where,
  port: number,
  flags: readonly SightingFlag[],
  remarks: readonly string[],
  shared: Shared,
): Sighting {
  const detail = [...remarks, ...shared.profile].join('; ')
  return {
    net: where.net,
    address: where.address,
    device: null,
    port,
    last: port,
    transport: entry.transport,
    state: 'unknown',
    family: familyOf(where.address),
    service: null,
    owners: [],
    workload: shared.workload,
    ...shared.image,
    flags,
    count: 1,
    span: entry.span,
    detail: detail === '' ? null : printable(detail),
  }
}

function familyOf(address: string | null): Family | null {
  if (address === null) return null
  return address === ANY_ADDRESS ? 'dual' : address.includes(':') ? 'ipv6' : 'ipv4'
}
