import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type {
  LabelSelector,
  PodSelection,
  PolicyFacts,
  PolicyRule,
  WorkloadFacts,
} from '../../src/model/cluster.ts'
import { NAMESPACE_NAME_LABEL } from '../../src/model/cluster.ts'
import { clusterReach } from '../../src/exposure/cluster-reach.ts'
import { coversConnections, hasConnection } from '../../src/exposure/connection-set.ts'
import { connectivityOf } from '../../src/exposure/connectivity.ts'
import type { Connectivity } from '../../src/exposure/connectivity.ts'
import { zonesOf } from '../../src/exposure/zones.ts'
import {
  denying,
  factsOf,
  namespaceLabels,
  policies,
  PORTS,
  withUnknowns,
  workloads,
} from '../support/random-cluster.ts'

type Labels = ReadonlyMap<string, string>
type Spaces = readonly [Labels, Labels]

describe('who may connect to whom', () => {
  test('is what asking every policy about every pair, port by port, would answer', () => {
    fc.assert(
      fc.property(workloads, policies, namespaceLabels, (pods, governed, spaces) => {
        const connectivity = connectivityOf([factsOf(pods, governed, spaces)])
        for (const { from, to, must, may } of pairs(connectivity)) {
          expect(must).toEqual(may)
          for (const port of PORTS)
            for (const transport of ['tcp', 'udp'] as const) {
              const [a, b] = [podAt(pods, connectivity, from), podAt(pods, connectivity, to)]
              const asked = { port, transport }
              const open =
                naive(governed, 'egress', a, b, asked, spaces) &&
                naive(governed, 'ingress', b, a, asked, spaces)
              expect(
                hasConnection(must, transport, port),
                `${a.name} to ${b.name} ${transport} ${port}`,
              ).toBe(open)
            }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is never more for a policy that only denies', () => {
    fc.assert(
      fc.property(workloads, policies, denying, namespaceLabels, (pods, governed, one, spaces) => {
        const before = pairs(connectivityOf([factsOf(pods, governed, spaces)]))
        const after = pairs(connectivityOf([factsOf(pods, [...governed, one], spaces)]))
        for (const [n, { may, must }] of after.entries()) {
          expect(coversConnections(before[n]!.may, may)).toBe(true)
          expect(coversConnections(before[n]!.must, must)).toBe(true)
        }
      }),
    )
  })

  test('does not depend on the order of the files, nor of what stands in them', () => {
    fc.assert(
      fc.property(workloads, policies, namespaceLabels, (pods, governed, spaces) => {
        const whole = connectivityOf([factsOf(pods, governed, spaces)])
        const parts = [
          factsOf(pods.toReversed(), [], spaces),
          factsOf([], governed.toReversed(), spaces),
        ].toReversed()
        expect(pairs(connectivityOf(parts)).map(textOf)).toEqual(pairs(whole).map(textOf))
      }),
    )
  })

  test('is the same brought up to date as worked out anew, whatever policy changed', () => {
    fc.assert(
      fc.property(workloads, policies, policies, namespaceLabels, (pods, first, second, spaces) => {
        const before = factsOf(pods, first, spaces)
        const after = {
          ...before,
          policies: [...first.slice(1), ...second.map((one) => ({ ...one, name: `q${one.name}` }))],
        }
        const start = connectivityOf([before])
        // Rows are worked out when they are asked for; all of them, so that there is something to take over.
        pairs(start)
        const updated = connectivityOf([after], 'assumed', start)
        expect(pairs(updated).map(textOf)).toEqual(pairs(connectivityOf([after])).map(textOf))
      }),
    )
  })

  test('lies between what is proved and what is possible where something is unknown', () => {
    fc.assert(
      fc.property(
        workloads,
        policies,
        namespaceLabels,
        fc.nat({ max: 2 }),
        (pods, governed, spaces, salt) => {
          const known = pairs(connectivityOf([factsOf(pods, governed, spaces)]))
          const blurred = pairs(connectivityOf([factsOf(pods, withUnknowns(governed, salt), spaces)]))
          for (const [n, { must, may }] of blurred.entries()) {
            expect(coversConnections(may, must)).toBe(true)
            // Whatever the unknown turns out to be: `may` holds it, and `must` promised no more than it.
            expect(coversConnections(may, known[n]!.may)).toBe(true)
            expect(coversConnections(known[n]!.must, must)).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('a zone that can only perhaps has a reason for it, and one that surely can is possible too', () => {
  fc.assert(
    fc.property(workloads, policies, namespaceLabels, fc.nat({ max: 2 }), (pods, governed, spaces, salt) => {
      const connectivity = connectivityOf([factsOf(pods, withUnknowns(governed, salt), spaces)])
      const reachOf = clusterReach(connectivity, zonesOf([]))
      for (const { namespace, kind, name } of pods) {
        const found = reachOf({
          workload: `${namespace}/${kind}/${name}`,
          net: 'net:deployment',
          address: null,
          transport: 'tcp',
          port: 80,
        })
        const { must = [], may = [], reasons = [], accessible = [] } = found ?? {}
        const because = reasons.filter(({ code }) => !code.includes('assumed'))
        expect(must.every((zone) => may.includes(zone))).toBe(true)
        expect(may.every((zone) => accessible.includes(zone))).toBe(true)
        expect(must.length < may.length).toBe(must.length < may.length && because.length > 0)
      }
    }),
    { numRuns: 200 },
  )
})

test('two policies of one priority are in no order: what one allows and the other denies is possible, not proved', () => {
  const [pod] = fc.sample(workloads, { numRuns: 1, seed: 1 })
  const both = (a: PolicyRule['action'], b: PolicyRule['action']) =>
    pairs(connectivityOf([factsOf(pod!, [policy('a', a), policy('b', b)], [new Map(), new Map()])])).map(
      ({ must, may }) => [hasConnection(must, 'tcp', 80), hasConnection(may, 'tcp', 80)],
    )[0]
  expect(both('allow', 'deny')).toEqual([false, true])
  expect(both('deny', 'allow')).toEqual([false, true])
  expect(both('deny', 'deny')).toEqual([false, false])
  expect(both('allow', 'pass')).toEqual([true, true])
})

function ruleFor(action: PolicyRule['action']): PolicyRule {
  return { name: null, action, peers: null, ports: null, span: { file: 'f', line: 1 } }
}

function policy(name: string, action: PolicyRule['action']): PolicyFacts {
  return {
    namespace: '',
    kind: 'ClusterNetworkPolicy',
    name,
    span: { file: 'f', line: 1 },
    tier: 'admin',
    priority: 7,
    subject: { namespaces: [], pods: [] },
    ingress: [ruleFor(action)],
    egress: null,
  }
}

function pairs(connectivity: Connectivity) {
  const { peers, table, between, cluster } = connectivity
  return cluster.workloads.flatMap((_, from) =>
    cluster.workloads.map((_, to) => {
      const bounds = between(peers.ofWorkload[from]!, peers.ofWorkload[to]!)
      return { from, to, must: table.setOf(bounds.must), may: table.setOf(bounds.may) }
    }),
  )
}

function textOf({ from, to, must, may }: ReturnType<typeof pairs>[number]): string {
  return JSON.stringify([from, to, must, may])
}

/** The engine sorts workloads; the names say which is which. */
function podAt(pods: readonly WorkloadFacts[], { cluster }: Connectivity, index: number): WorkloadFacts {
  return pods.find(({ name }) => name === cluster.workloads[index]!.name)!
}

/** One packet, one end, straight from the API's description; shares nothing with the engine. */
function naive(
  governed: readonly PolicyFacts[],
  direction: 'ingress' | 'egress',
  subject: WorkloadFacts,
  other: WorkloadFacts,
  packet: { readonly port: number; readonly transport: 'tcp' | 'udp' },
  spaces: Spaces,
): boolean {
  const mine = governed.filter(
    (policy) => policy[direction] !== null && selects(policy.subject, subject, spaces),
  )
  const target = direction === 'ingress' ? subject : other
  const matching = (policy: PolicyFacts) =>
    (policy[direction] ?? []).filter(
      (rule) =>
        (rule.peers === null ||
          rule.peers.some((peer) => peer.peer === 'pods' && selects(peer, other, spaces))) &&
        (rule.ports === null ||
          rule.ports.some((port) =>
            port.port === 'range'
              ? port.transport === packet.transport && port.first <= packet.port && packet.port <= port.last
              : port.port === 'named' &&
                packet.transport === 'tcp' &&
                target.ports.some((one) => one.name === port.name && one.port === packet.port),
          )),
    )
  const tier = (name: string) =>
    mine.filter((policy) => policy.tier === name).toSorted((a, b) => a.priority - b.priority)
  const first = (name: string) => tier(name).flatMap(matching)[0]?.action ?? 'pass'
  const admin = first('admin')
  if (admin !== 'pass') return admin === 'allow'
  const isolating = tier('namespace')
  if (isolating.length > 0) return isolating.some((policy) => matching(policy).length > 0)
  return first('baseline') !== 'deny'
}

function selects({ namespaces, pods }: PodSelection, pod: WorkloadFacts, [one, two]: Spaces): boolean {
  const labels = pod.namespace === 'one' ? one : two
  return (
    holds(namespaces, new Map([...labels, [NAMESPACE_NAME_LABEL, pod.namespace]])) && holds(pods, pod.labels)
  )
}

function holds(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((one) => {
    if (one.operator === 'unknown') return false
    const value = labels.get(one.key)
    if (one.operator === 'Exists') return value !== undefined
    if (one.operator === 'DoesNotExist') return value === undefined
    const listed = value !== undefined && one.values.includes(value)
    return one.operator === 'In' ? listed : !listed
  })
}
