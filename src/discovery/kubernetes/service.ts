import { TRANSPORTS } from '../../model/port.ts'
import type { Transport } from '../../model/port.ts'
import { canonicalAddress } from '../../lib/ip.ts'
import { fault, items, spanOf, text } from '../yaml/nodes.ts'
import { INTERNAL_BALANCERS } from './internal-balancers.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import type { ServiceFacts, ServicePort, ServiceType } from '../../model/cluster.ts'
import type { KubernetesObject } from './objects.ts'
import { at, portNumber, requiredPort, textsOf } from './objects.ts'

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export function serviceFacts({ root, namespace, kind, name }: KubernetesObject): ServiceFacts {
  const spec = at(root, 'spec')
  const clusterIP = text(at(spec, 'clusterIP'))
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    type: typeOf(at(spec, 'type')),
    headless: clusterIP === 'None',
    externalName: text(at(spec, 'externalName')),
    clusterAddresses: addressesIn([clusterIP, ...textList(at(spec, 'clusterIPs'))]),
    externalAddresses: addressesIn(textList(at(spec, 'externalIPs'))),
    balancerAddresses: balancerAddresses(root, spec),
    families: textList(at(spec, 'ipFamilies')),
    allocatesNodePorts: text(at(spec, 'allocateLoadBalancerNodePorts')) !== 'false',
    keepsSource: text(at(spec, 'externalTrafficPolicy')) === 'Local',
    sourceRanges: textList(at(spec, 'loadBalancerSourceRanges')),
    internalBalancer: internalBalancer(textsOf(at(root, 'metadata', 'annotations'))),
    selector: textsOf(at(spec, 'selector')),
    ports: items(at(spec, 'ports')).flatMap(portOf),
  }
}

/** `protocol` of a Service or container port; TCP where it is not written. */
export function transportOf(of: YamlNode | null): Transport {
  const written = text(of) ?? 'TCP'
  const known = TRANSPORTS.find((transport) => transport === written.toLowerCase())
  if (of !== null && known === undefined) fault(of, `"${written.slice(0, 40)}" is not TCP, UDP or SCTP`)
  return known ?? 'tcp'
}

/** Addresses already assigned: `status` of an object read back from a cluster. */
export function assignedAddresses(root: YamlNode): readonly string[] {
  return addressesIn(items(at(root, 'status', 'loadBalancer', 'ingress')).map((one) => text(at(one, 'ip'))))
}

export function textList(of: YamlNode | null): readonly string[] {
  return items(of).map((item) => text(item) ?? '')
}

export function addressesIn(texts: readonly (string | null)[]): readonly string[] {
  const canonical = texts.map((one) => (one === null ? null : canonicalAddress(one)))
  return [...new Set(canonical.filter((one) => one !== null))]
}

const TYPES: readonly ServiceType[] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']

function typeOf(of: YamlNode | null): ServiceType {
  const written = text(of) ?? 'ClusterIP'
  const known = TYPES.find((type) => type === written)
  if (of !== null && known === undefined)
    fault(of, `"${written.slice(0, 40)}" is not a type of Service`, TYPES.join(', '))
  return known ?? 'ClusterIP'
}

function balancerAddresses(root: YamlNode, spec: YamlNode | null): readonly string[] {
  const assigned = assignedAddresses(root)
  return assigned.length > 0 ? assigned : addressesIn([text(at(spec, 'loadBalancerIP'))])
}

function internalBalancer(annotations: ReadonlyMap<string, string>): string | null {
  const asked = INTERNAL_BALANCERS.find(({ key, values }) => values.includes(annotations.get(key) ?? ''))
  return asked === undefined ? null : `${asked.key}=${annotations.get(asked.key)}`
}

function portOf(of: YamlNode): readonly ServicePort[] {
  const port = requiredPort(of, 'port')
  if (port === null) return []
  const target = text(at(of, 'targetPort'))
  return [
    {
      name: text(at(of, 'name')),
      port,
      // 0 is how the API writes "not chosen yet".
      nodePort: text(at(of, 'nodePort')) === '0' ? null : portNumber(at(of, 'nodePort')),
      target:
        target === null ? port : /^\d+$/.test(target) ? (portNumber(at(of, 'targetPort')) ?? port) : target,
      transport: transportOf(at(of, 'protocol')),
      appProtocol: text(at(of, 'appProtocol')),
      span: spanOf(of),
    },
  ]
}
