import { items, spanOf, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import type { Backend, IngressFacts } from '../../model/cluster.ts'
import type { KubernetesObject } from './objects.ts'
import { at, portNumber, textsOf } from './objects.ts'
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
    backends: [
      ...items(at(spec, 'rules')).flatMap((rule) =>
        items(at(rule, 'http', 'paths')).flatMap((path) => targetOf(at(path, 'backend'), namespace)),
      ),
      ...targetOf(fallback, namespace),
    ],
  }
}

/** An OpenShift Route is an Ingress of one host: https://docs.openshift.com/container-platform/latest/rest_api/network_apis/route-route-openshift-io-v1.html */
export function openShiftRouteFacts({ root, namespace, kind, name }: KubernetesObject): IngressFacts {
  const spec = at(root, 'spec')
  const port = at(spec, 'port', 'targetPort')
  const written = text(port)
  const to = [at(spec, 'to'), ...items(at(spec, 'alternateBackends'))]
  const services = to.filter((one) => one !== null && (text(at(one, 'kind')) ?? 'Service') === 'Service')
  const backends = services.flatMap((one): readonly Backend[] => {
    const service = text(at(one, 'name'))
    if (one === null || service === null) return []
    return [{ namespace, service, port: numberOrName(port), by: 'target', span: spanOf(one) }]
  })
  const host = text(at(spec, 'host')) ?? '*'
  return {
    namespace,
    kind,
    name,
    span: spanOf(root),
    className: 'openshift-router',
    tls: at(spec, 'tls') !== null,
    addresses: [],
    routes: backends.map(
      (backend) =>
        `${host}${text(at(spec, 'path')) ?? '/'} to service ${backend.service}${written === null ? '' : ` port ${written}`}`,
    ),
    backends,
  }
}

function targetOf(backend: YamlNode | null, namespace: string): readonly Backend[] {
  const service = text(at(backend, 'service', 'name')) ?? text(at(backend, 'serviceName'))
  if (backend === null || service === null) return []
  const port = at(backend, 'service', 'port')
  const written = at(port, 'number') ?? at(port, 'name') ?? at(backend, 'servicePort')
  return [{ namespace, service, port: numberOrName(written), by: 'port', span: spanOf(backend) }]
}

function numberOrName(of: YamlNode | null): number | string | null {
  const written = text(of)
  return written !== null && /^\d+$/.test(written) ? portNumber(of) : written
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
