import { items, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import type { IngressFacts } from './facts.ts'
import type { KubernetesObject } from './objects.ts'
import { at, textsOf } from './objects.ts'
import { assignedAddresses } from './service.ts'

/** https://kubernetes.io/docs/concepts/services-networking/ingress/, with the v1beta1 spelling of backends. */
export function ingressFacts({ root, namespace, kind, name }: KubernetesObject): IngressFacts {
  const spec = at(root, 'spec')
  const annotations = textsOf(at(root, 'metadata', 'annotations'))
  const fallback = at(spec, 'defaultBackend') ?? at(spec, 'backend')
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    className: text(at(spec, 'ingressClassName')) ?? annotations.get('kubernetes.io/ingress.class') ?? null,
    tls: items(at(spec, 'tls')).length > 0,
    addresses: assignedAddresses(root),
    routes: [
      ...items(at(spec, 'rules')).flatMap(routesOf),
      ...(fallback === null ? [] : [`everything else to ${backendOf(fallback)}`]),
    ],
  }
}

function routesOf(rule: YamlNode): readonly string[] {
  const host = text(at(rule, 'host')) ?? '*'
  return items(at(rule, 'http', 'paths')).map((path) => {
    const backend = at(path, 'backend')
    return `${host}${text(at(path, 'path')) ?? '/'} to ${backend === null ? 'nothing' : backendOf(backend)}`
  })
}

function backendOf(backend: YamlNode): string {
  const service = text(at(backend, 'service', 'name')) ?? text(at(backend, 'serviceName'))
  if (service === null) return `resource ${text(at(backend, 'resource', 'name')) ?? 'unnamed'}`
  const port = at(backend, 'service', 'port')
  const number = text(at(port, 'number')) ?? text(at(port, 'name')) ?? text(at(backend, 'servicePort'))
  return `service ${service}${number === null ? '' : ` port ${number}`}`
}
