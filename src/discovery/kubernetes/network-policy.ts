import { namespaceNamed } from '../../model/cluster.ts'
import type { PolicyFacts, PolicyPeer, PolicyPort, PolicyRule } from '../../model/cluster.ts'
import { clip, items, members, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { EVERYTHING, labelSelector } from './label-selector.ts'
import type { KubernetesObject } from './objects.ts'
import { at } from './objects.ts'
import { addressPeer, namedPort, portRange } from './policy-parts.ts'
import { transportOf } from './service.ts'

/** https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
export function networkPolicyFacts({ root, namespace, kind, name }: KubernetesObject): PolicyFacts {
  const spec = at(root, 'spec')
  const types = items(at(spec, 'policyTypes')).map((one) => text(one))
  // Where nothing is written: Ingress always, Egress where there is an egress section.
  const of = (type: string, rules: YamlNode | null) =>
    types.length > 0 ? types.includes(type) : type === 'Ingress' || rules !== null
  const [ingress, egress] = [at(spec, 'ingress'), at(spec, 'egress')]
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    tier: 'namespace',
    priority: 0,
    subject: { namespaces: namespaceNamed(namespace), pods: labelSelector(at(spec, 'podSelector')) },
    ingress: of('Ingress', ingress) ? items(ingress).map((rule) => ruleOf(rule, 'from', namespace)) : null,
    egress: of('Egress', egress) ? items(egress).map((rule) => ruleOf(rule, 'to', namespace)) : null,
  }
}

/** An empty or missing list of peers is anybody, of ports every port. */
function ruleOf(rule: YamlNode, side: 'from' | 'to', namespace: string): PolicyRule {
  const peers = items(at(rule, side)).map((peer) => peerOf(peer, namespace))
  const ports = items(at(rule, 'ports')).map(portOf)
  return {
    name: null,
    action: 'allow',
    peers: peers.length === 0 ? null : peers,
    ports: ports.length === 0 ? null : ports,
    span: spanOf(rule),
  }
}

const PEER_FIELDS: ReadonlySet<string> = new Set(['podSelector', 'namespaceSelector', 'ipBlock'])

function peerOf(of: YamlNode, namespace: string): PolicyPeer {
  const keys = members(of).map(([key]) => key)
  if (keys.length === 0 || !keys.every((key) => PEER_FIELDS.has(key))) {
    return { peer: 'unknown', text: clip(keys.join(', ')), outside: false }
  }
  const block = at(of, 'ipBlock')
  if (block !== null) return addressPeer([at(block, 'cidr')], items(at(block, 'except')), false)
  const namespaces = at(of, 'namespaceSelector')
  return {
    peer: 'pods',
    namespaces: namespaces === null ? namespaceNamed(namespace) : labelSelector(namespaces),
    pods: at(of, 'podSelector') === null ? EVERYTHING : labelSelector(at(of, 'podSelector')),
  }
}

function portOf(of: YamlNode): PolicyPort {
  const transport = transportOf(at(of, 'protocol'))
  const port = at(of, 'port')
  if (port === null) return { port: 'range', transport, first: 1, last: 65_535 }
  return /^\d+$/.test(text(port) ?? '')
    ? portRange(transport, port, at(of, 'endPort'))
    : namedPort(transport, text(port) ?? '')
}
