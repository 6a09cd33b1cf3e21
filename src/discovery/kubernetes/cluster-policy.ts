import type { PodSelection, PolicyFacts, PolicyPeer, PolicyPort, PolicyRule } from '../../model/cluster.ts'
import { TRANSPORTS } from '../../model/port.ts'
import { clip, fault, items, member, members, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { EVERYTHING, labelSelector } from './label-selector.ts'
import type { KubernetesObject } from './objects.ts'
import { at } from './objects.ts'
import { addressPeer, namedPort, portRange } from './policy-parts.ts'
import { transportOf } from './service.ts'

/**
 * AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), and the ClusterNetworkPolicy that replaces both
 * (v1alpha2, NPEP-285): https://network-policy-api.sigs.k8s.io/api-overview/
 */
export function clusterPolicyFacts({ root, kind, name }: KubernetesObject): PolicyFacts {
  const spec = at(root, 'spec')
  const rules = (section: string, side: 'from' | 'to') =>
    at(spec, section) === null ? null : items(at(spec, section)).map((rule) => ruleOf(rule, side))
  return {
    namespace: '',
    kind,
    name,
    span: spanOf(root),
    tier: tierOf(kind, at(spec, 'tier')),
    priority: priorityOf(kind, spec),
    subject: subjectOf(at(spec, 'subject')),
    ingress: rules('ingress', 'from'),
    egress: rules('egress', 'to'),
  }
}

function tierOf(kind: string, of: YamlNode | null): PolicyFacts['tier'] {
  if (kind === 'AdminNetworkPolicy') return 'admin'
  if (kind === 'BaselineAdminNetworkPolicy') return 'baseline'
  const written = text(of)
  if (of !== null && written !== 'Admin' && written !== 'Baseline')
    fault(of, `"${(written ?? '').slice(0, 40)}" is not a tier`, 'Admin or Baseline')
  return written === 'Baseline' ? 'baseline' : 'admin'
}

/** The one BaselineAdminNetworkPolicy stands behind every ClusterNetworkPolicy of the tier. */
const BEHIND_ALL = 1001

function priorityOf(kind: string, spec: YamlNode | null): number {
  if (kind === 'BaselineAdminNetworkPolicy') return BEHIND_ALL
  const of = at(spec, 'priority')
  const written = text(of) ?? '0'
  if (!/^\d{1,4}$/.test(written) || Number(written) > 1000) {
    if (of !== null) fault(of, `"${written.slice(0, 40)}" is not a priority`, 'a priority is 0 to 1000')
    return 0
  }
  return Number(written)
}

/** Exactly one of the two is written. None, or another: nobody knows whom it means. */
function subjectOf(subject: YamlNode | null): PodSelection {
  return (
    podsIn(subject) ?? {
      namespaces: [{ operator: 'unknown', text: subject === null ? 'no subject' : keysOf(subject) }],
      pods: EVERYTHING,
    }
  )
}

/** `namespaces` is a selector of them, `pods` a pair of selectors. */
function podsIn(of: YamlNode | null): PodSelection | null {
  const namespaces = present(of, 'namespaces')
  if (namespaces !== null) return { namespaces: labelSelector(namespaces), pods: EVERYTHING }
  const pods = present(of, 'pods')
  if (pods === null) return null
  return {
    namespaces: labelSelector(at(pods, 'namespaceSelector')),
    pods: labelSelector(at(pods, 'podSelector')),
  }
}

function ruleOf(rule: YamlNode, side: 'from' | 'to'): PolicyRule {
  const ports = [...items(at(rule, 'ports')).map(portOf), ...items(at(rule, 'protocols')).flatMap(protocolOf)]
  return {
    name: text(at(rule, 'name')),
    action: actionOf(at(rule, 'action'), rule),
    // A list of peers is required here: an empty one means nobody, unlike in a NetworkPolicy.
    peers: items(at(rule, side)).map(peerOf),
    ports: ports.length === 0 ? null : ports,
    span: spanOf(rule),
  }
}

function actionOf(of: YamlNode | null, rule: YamlNode): PolicyRule['action'] {
  const written = text(of) ?? ''
  if (written === 'Allow' || written === 'Accept') return 'allow'
  if (written === 'Deny') return 'deny'
  if (written === 'Pass') return 'pass'
  fault(of ?? rule, `"${written.slice(0, 40)}" is not an action`, 'Allow (Accept), Deny or Pass')
  return 'deny'
}

function peerOf(of: YamlNode): PolicyPeer {
  const pods = podsIn(of)
  if (pods !== null) return { peer: 'pods', ...pods }
  const networks = at(of, 'networks')
  if (networks !== null) return addressPeer(items(networks), [], true)
  const nodes = present(of, 'nodes')
  if (nodes !== null) return { peer: 'nodes', nodes: labelSelector(nodes) }
  const names = items(at(of, 'domainNames')).map((one) => text(one) ?? '')
  return names.length > 0
    ? { peer: 'unknown', text: clip(names.join(', ')), outside: true }
    : { peer: 'unknown', text: keysOf(of), outside: false }
}

function portOf(of: YamlNode): PolicyPort {
  const number = at(of, 'portNumber')
  if (number !== null) return portRange(transportOf(at(number, 'protocol')), at(number, 'port'), null)
  const range = at(of, 'portRange')
  if (range !== null)
    return portRange(transportOf(at(range, 'protocol')), at(range, 'start'), at(range, 'end'))
  const name = text(at(of, 'namedPort'))
  return name === null ? { port: 'unknown', text: keysOf(of) } : namedPort(null, name)
}

/** `protocols` of a ClusterNetworkPolicy. */
function protocolOf(of: YamlNode): readonly PolicyPort[] {
  const name = text(at(of, 'destinationNamedPort'))
  if (name !== null) return [namedPort(null, name)]
  const transport = TRANSPORTS.find((one) => present(of, one) !== null)
  if (transport === undefined) return [{ port: 'unknown', text: keysOf(of) }]
  const port = at(of, transport, 'destinationPort')
  if (port === null) return [{ port: 'range', transport, first: 1, last: 65_535 }]
  const range = at(port, 'range')
  return [
    range === null
      ? portRange(transport, at(port, 'number'), null)
      : portRange(transport, at(range, 'start'), at(range, 'end')),
  ]
}

/** `member`, of which an empty mapping is a value. */
function present(of: YamlNode | null, key: string): YamlNode | null {
  return of === null ? null : member(of, key)
}

function keysOf(of: YamlNode): string {
  return clip(
    members(of)
      .map(([key]) => key)
      .join(', ') || 'nothing',
  )
}
