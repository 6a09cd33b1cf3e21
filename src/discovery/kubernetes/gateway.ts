import { items, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import type { Backend, GatewayFacts, Listener, ParentRef, RouteFacts } from '../../model/cluster.ts'
import type { KubernetesObject } from './objects.ts'
import { at, portNumber, requiredPort } from './objects.ts'
import { addressesIn, textList } from './service.ts'

/** Gateway API v1: https://gateway-api.sigs.k8s.io/reference/spec/ */
export function gatewayFacts({ root, namespace, kind, name }: KubernetesObject): GatewayFacts {
  const spec = at(root, 'spec')
  const addresses = [...items(at(spec, 'addresses')), ...items(at(root, 'status', 'addresses'))]
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    className: text(at(spec, 'gatewayClassName')),
    addresses: addressesIn(addresses.map((address) => text(at(address, 'value')))),
    listeners: items(at(spec, 'listeners')).flatMap(listenerOf),
  }
}

/** HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute: they attach to listeners alike. */
export function routeFacts({ root, namespace, kind, name }: KubernetesObject): RouteFacts {
  const spec = at(root, 'spec')
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    parents: items(at(spec, 'parentRefs')).flatMap((of) => parentOf(of, namespace)),
    hostnames: textList(at(spec, 'hostnames')),
    backends: items(at(spec, 'rules')).flatMap((rule) => items(at(rule, 'backendRefs')).map(backendOf)),
    targets: items(at(spec, 'rules')).flatMap((rule) =>
      items(at(rule, 'backendRefs')).flatMap((of) => targetOf(of, namespace)),
    ),
  }
}

function targetOf(of: YamlNode, namespace: string): readonly Backend[] {
  const service = text(at(of, 'name'))
  if (service === null || (text(at(of, 'kind')) ?? 'Service') !== 'Service') return []
  return [
    {
      namespace: text(at(of, 'namespace')) ?? namespace,
      service,
      port: portNumber(at(of, 'port')),
      by: 'port',
      span: spanOf(of),
    },
  ]
}

function listenerOf(of: YamlNode): readonly Listener[] {
  const port = requiredPort(of, 'port')
  if (port === null) return []
  return [
    {
      name: text(at(of, 'name')) ?? 'unnamed',
      port,
      protocol: text(at(of, 'protocol')) ?? 'unnamed protocol',
      hostname: text(at(of, 'hostname')),
      span: spanOf(of),
    },
  ]
}

function parentOf(of: YamlNode, namespace: string): readonly ParentRef[] {
  if ((text(at(of, 'kind')) ?? 'Gateway') !== 'Gateway') return []
  return [
    {
      namespace: text(at(of, 'namespace')) ?? namespace,
      name: text(at(of, 'name')) ?? '',
      section: text(at(of, 'sectionName')),
      port: portNumber(at(of, 'port')),
    },
  ]
}

function backendOf(of: YamlNode): string {
  const port = text(at(of, 'port'))
  return `${text(at(of, 'kind')) ?? 'Service'} ${text(at(of, 'name')) ?? 'unnamed'}${port === null ? '' : ` port ${port}`}`
}
