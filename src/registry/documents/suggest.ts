import { TODO } from '../../model/document.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import type { Process } from '../../model/port.ts'
import type { PlaceClaim } from '../../model/source.ts'
import type { PortRow } from '../book.ts'
import { namesOneMachine } from '../address.ts'

/** What a suggestion reads of a port. */
export type PortFacts = Pick<
  PortRow,
  | 'place'
  | 'host'
  | 'workload'
  | 'net'
  | 'transport'
  | 'address'
  | 'device'
  | 'port'
  | 'last'
  | 'service'
  | 'processes'
  | 'flags'
  | 'observed'
>

/** A Port document that would declare a port as it was seen: what is known filled in, the rest TODO. */
export function suggestPort(port: PortFacts): BookDocument {
  return portDocument([port], stem(port), null)
}

/**
 * First documents for a place: the place, one System, and a Port for each listener (sockets of one process on one
 * number are one record). What may be a client is left out, and `notes` say so.
 */
export function initialDocuments(reading: {
  readonly place: PlaceClaim
  readonly ports: readonly PortFacts[]
}): {
  readonly documents: readonly BookDocument[]
  readonly notes: readonly string[]
} {
  const system = slug(reading.place.name)
  const listeners = reading.ports.filter((port) => port.observed !== 'closed' && isDeclarable(port))
  const names = new Set<string>()
  const ports = grouped(listeners).map((group) => portDocument(group, unused(group[0], names), system))
  return {
    documents: [placeDocument(reading.place), document('System', system, { owner: TODO }), ...ports],
    notes: leftOut(reading.ports),
  }
}

type Group = readonly [PortFacts, ...PortFacts[]]

function portDocument(group: Group, name: string, system: string | null): BookDocument {
  const [first] = group
  const { service } = first
  const runs = { process: onlyOne(group, 'name'), unit: onlyOne(group, 'unit') }
  return document('Port', name, {
    system,
    // A guess from the number is no knowledge; whoever edits the file decides.
    service: service === null || service.by === 'guess' || !SERVICE.test(service.name) ? null : service.name,
    at: atOf(first),
    bindings: bindingsOf(group),
    purpose: TODO,
    justification: { why: TODO, ifClosed: TODO },
    runs: runs.process === null && runs.unit === null ? null : withoutNulls(runs),
  })
}

const SERVICE = /^[a-z0-9][a-z0-9._+-]{0,62}$/

function placeDocument({ kind, name, identity, names, addresses, realm }: PlaceClaim): BookDocument {
  const own = slug(name)
  const others = [...new Set([name, ...names])].filter((each) => each !== own && WORD.test(each))
  // Addresses change; they are needed only where nothing better tells the machine from others.
  const join = identity === null ? addresses.filter(namesOneMachine) : []
  return document('Place', own, {
    kind,
    identity,
    names: others.length === 0 ? null : others,
    addresses: join.length === 0 ? null : join,
    realm: realm === 'default' || realm === `compose/${name}` ? null : realm,
  })
}

function document(kind: BookDocument['kind'], name: string, spec: JsonObject): BookDocument {
  return { kind, name, spec: withoutNulls(spec), position: null }
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
}

function atOf({ host, place, workload, net, processes }: PortFacts): JsonObject {
  const [one = '', two = '', three = ''] = (workload ?? '').split('/')
  if (host === null && three !== '') {
    const cluster = place.endsWith(`/${one}`) ? place.slice(0, -one.length - 1) : place
    return { kubernetes: { cluster, namespace: one, workload: `${two}/${three}` } }
  }
  if (host === null && two !== '') return { compose: { project: one, service: two } }
  return withoutNulls({ host: host ?? place, workload: net === 'net:1' ? null : holderOf(net, processes) })
}

/** What a record calls a network namespace that is not the host's: its container by 12 digits, its unit, or its label. */
function holderOf(net: string, processes: readonly Process[]): string {
  const container = processes.find((process) => process.container !== null)?.container
  return container?.slice(0, 12) ?? processes.find((process) => process.unit !== null)?.unit ?? net
}

function bindingsOf(group: Group): Json {
  const written = group.map(({ transport, port, last, address, device }) => ({
    transport,
    port: port === last ? port : `${port}-${last}`,
    address: address === '*' ? null : address,
    device,
  }))
  const everywhere = written.map((binding) => {
    const other = binding.address === '0.0.0.0' ? '::' : binding.address === '::' ? '0.0.0.0' : undefined
    const paired = written.some((each) => each.address === other && sameSocket(each, binding))
    return withoutNulls(paired ? { ...binding, address: null } : binding)
  })
  return [...new Map(everywhere.map((binding) => [JSON.stringify(binding), binding])).values()]
}

type Written = { readonly transport: string; readonly port: string | number; readonly device: string | null }

function sameSocket(a: Written, b: Written): boolean {
  return a.transport === b.transport && a.port === b.port && a.device === b.device
}

/** The one value that all owners share, where there is one that can be written down. */
function onlyOne(group: Group, field: 'name' | 'unit'): string | null {
  const values = new Set(group.flatMap(({ processes }) => processes.map((process) => process[field])))
  const [value = null] = values
  return values.size === 1 && value !== null && WORD.test(value) ? value : null
}

const WORD = /^[^\s\p{C}]{1,253}$/u

function grouped(ports: readonly PortFacts[]): readonly Group[] {
  const groups = new Map<string, [PortFacts, ...PortFacts[]]>()
  for (const port of ports) {
    const owners = port.processes.map(({ name, unit, container }) => JSON.stringify([name, unit, container]))
    const key = JSON.stringify([port.net, port.port, port.last, port.workload, [...new Set(owners)].sort()])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [port])
    else group.push(port)
  }
  return [...groups.values()]
}

function isDeclarable({ flags, port }: PortFacts): boolean {
  return port > 0 && !flags.includes('may-be-client')
}

function leftOut(ports: readonly PortFacts[]): readonly string[] {
  const clients = ports.filter(({ flags }) => flags.includes('may-be-client')).length
  const unknown = ports.filter(({ port }) => port === 0).length
  return [
    ...(clients === 0 ? [] : [`Left out: ${clients} UDP in the ephemeral range that may be clients.`]),
    ...(unknown === 0
      ? []
      : [`Left out: ${unknown} whose port number is chosen at run time or by a variable.`]),
  ]
}

/** Names are unique in a whole book, so that the same service on two hosts needs two. */
function stem({ place, workload, service, processes, transport, port }: PortFacts): string {
  const where = slug(workload?.split('/').at(-1) ?? place.split('.')[0] ?? place).slice(0, 30)
  const what = slug(service?.name ?? processes[0]?.name ?? transport).slice(0, 20)
  return `${where}.${what}-${port}`
}

function unused(port: PortFacts, taken: Set<string>): string {
  const wish = stem(port)
  let name = wish
  for (let n = 2; taken.has(name); n++) name = `${wish}-${n}`
  taken.add(name)
  return name
}

/** The nearest name that a document may have. */
function slug(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')
  return (
    plain
      .replace(/^[.-]+/, '')
      .slice(0, 63)
      .replace(/[.-]+$/, '') || 'unnamed'
  )
}
