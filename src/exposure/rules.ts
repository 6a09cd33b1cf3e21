import { connectionsOf } from './connection-set.ts'
import { ALL, NONE } from './connection-table.ts'
import type { ConnectionId, ConnectionTable } from './connection-table.ts'
import type { PolicyFacts, PolicyPort, PolicyRule } from '../model/cluster.ts'
import { TRANSPORTS } from '../model/port.ts'
import type { Cluster } from './cluster.ts'
import type { NamedPorts, Peer } from './peers.ts'
import type { PeerSet, Selector } from './selection.ts'

export type Direction = 'ingress' | 'egress'

/** A policy whose selectors were looked up. */
export interface Policy {
  /** Never given twice, over all that was taken over. */
  readonly id: number
  readonly facts: PolicyFacts
  readonly subject: PeerSet
  readonly ingress: readonly Rule[] | null
  readonly egress: readonly Rule[] | null
}

export interface Rule {
  readonly facts: PolicyRule
  readonly peers: PeerSet
  /** True where the ports mean something else for each pod. */
  readonly named: boolean
  /** What the rule covers towards one destination. */
  readonly ports: (destination: Peer) => Bounds
}

/** `must` is part of `may`. */
export interface Bounds {
  readonly must: ConnectionId
  readonly may: ConnectionId
}

/** @param before policies whose facts are these same objects are taken over */
export function policiesOf(
  cluster: Cluster,
  selector: Selector,
  table: ConnectionTable,
  before: readonly Policy[] = [],
): readonly Policy[] {
  const known = new Map(before.map((policy) => [policy.facts, policy]))
  let next = before.reduce((most, { id }) => Math.max(most, id + 1), 0)
  const ruleOf = (facts: PolicyRule): Rule => {
    const fixed = fixedPorts(facts.ports, table)
    return {
      facts,
      peers: selector.peers(facts.peers),
      named: fixed === null,
      ports: fixed === null ? (to) => namedBounds(facts.ports ?? [], to, table) : () => fixed,
    }
  }
  return cluster.policies.map(
    (facts) =>
      known.get(facts) ?? {
        id: next++,
        facts,
        subject: selector.pods(facts.subject),
        ingress: facts.ingress?.map(ruleOf) ?? null,
        egress: facts.egress?.map(ruleOf) ?? null,
      },
  )
}

/** Null where a port is meant by name, so that it depends on the destination. */
function fixedPorts(ports: readonly PolicyPort[] | null, table: ConnectionTable): Bounds | null {
  if (ports === null) return { must: ALL, may: ALL }
  if (ports.some(({ port }) => port === 'named')) return null
  return unite(
    ports.map((port) => portBounds(port, [], true, table)),
    table,
  )
}

function namedBounds(ports: readonly PolicyPort[], to: Peer, table: ConnectionTable): Bounds {
  const named = to.peer === 'pods' ? to.namedPorts : []
  // What ports a pod that is not here would give that name, nobody knows; an address has no names.
  const known = to.peer === 'pods' || to.peer === 'addresses'
  return unite(
    ports.map((port) => portBounds(port, named, known, table)),
    table,
  )
}

function portBounds(port: PolicyPort, named: NamedPorts, known: boolean, table: ConnectionTable): Bounds {
  if (port.port === 'unknown') return { must: NONE, may: ALL }
  if (port.port === 'range') {
    return exactly(table.idOf(connectionsOf(port.transport, [port.first, port.last + 1])))
  }
  const transports = port.transport === null ? TRANSPORTS : [port.transport]
  if (!known) {
    const every = transports.map((transport) => table.idOf(connectionsOf(transport, [1, 65_536])))
    return { must: NONE, may: every.reduce((a, b) => table.unite(a, b), NONE) }
  }
  return unite(
    named
      .filter(({ name, transport }) => name === port.name && transports.includes(transport))
      .map((one) => exactly(table.idOf(connectionsOf(one.transport, [one.port, one.port + 1])))),
    table,
  )
}

function exactly(id: ConnectionId): Bounds {
  return { must: id, may: id }
}

function unite(all: readonly Bounds[], table: ConnectionTable): Bounds {
  return all.reduce(
    (a, b) => ({ must: table.unite(a.must, b.must), may: table.unite(a.may, b.may) }),
    exactly(NONE),
  )
}
