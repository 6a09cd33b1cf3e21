import type { GatewayFacts, IngressFacts, Listener, RouteFacts } from '../../model/cluster.ts'
import { netOf } from './sighting.ts'
import type { Opening } from './sighting.ts'

/**
 * An Ingress exposes HTTP on 80, and HTTPS on 443 where it has `tls`, at its controller. The controller may be set
 * to other ports: its manifests, not the Ingress, would say so.
 */
export function* ingressOpenings(ingress: IngressFacts): Generator<Opening> {
  const by = ingress.className === null ? 'the default ingress class' : `ingress class ${ingress.className}`
  for (const port of ingress.tls ? [80, 443] : [80]) {
    for (const address of orUnknown(ingress.addresses)) {
      const remarks = [`by ${by}`, ...ingress.routes]
      const net = netOf('ingress', ingress.name)
      yield { of: ingress, net, address, port, transport: 'tcp', span: ingress.span, remarks }
    }
  }
}

/** Listeners that share a port and a transport are one port, told apart by host name. */
export function* gatewayOpenings(gateway: GatewayFacts, routes: readonly RouteFacts[]): Generator<Opening> {
  for (const listeners of Map.groupBy(gateway.listeners, keyOf).values()) {
    const [first] = listeners
    if (first === undefined) continue
    for (const address of orUnknown(gateway.addresses)) {
      yield {
        of: gateway,
        net: netOf('gateway', gateway.name),
        address,
        port: first.port,
        transport: transportOf(first),
        span: first.span,
        remarks: [...classRemark(gateway), ...listeners.map(listenerRemark), ...attached(listeners, routes)],
      }
    }
  }
}

/** Routes by the Gateway they ask to attach to. Whether it lets them is the controller's answer. */
export function routesByGateway(routes: Iterable<RouteFacts>): ReadonlyMap<string, readonly RouteFacts[]> {
  const byGateway = new Map<string, RouteFacts[]>()
  for (const route of routes) {
    for (const gateway of new Set(route.parents.map((parent) => `${parent.namespace}/${parent.name}`))) {
      const listed = byGateway.get(gateway)
      if (listed === undefined) byGateway.set(gateway, [route])
      else listed.push(route)
    }
  }
  return byGateway
}

function attached(listeners: readonly Listener[], routes: readonly RouteFacts[]): readonly string[] {
  return routes.filter((route) => listeners.some((listener) => attaches(route, listener))).map(routeRemark)
}

function attaches({ parents }: RouteFacts, listener: Listener): boolean {
  return parents.some(
    ({ section, port }) =>
      (section === null || section === listener.name) && (port === null || port === listener.port),
  )
}

function routeRemark({ kind, namespace, name, hostnames, backends }: RouteFacts): string {
  const hosts = hostnames.length === 0 ? '' : ` for ${hostnames.join(', ')}`
  return `${kind} ${namespace}/${name}${hosts} to ${backends.length === 0 ? 'nothing' : backends.join(', ')}`
}

function listenerRemark({ name, protocol, hostname }: Listener): string {
  return `listener ${name} ${protocol}${hostname === null ? '' : ` ${hostname}`}`
}

function classRemark({ className }: GatewayFacts): readonly string[] {
  return className === null ? [] : [`by gateway class ${className}`]
}

function keyOf(listener: Listener): string {
  return `${listener.port}/${transportOf(listener)}`
}

function transportOf({ protocol }: Listener): 'tcp' | 'udp' {
  return protocol === 'UDP' ? 'udp' : 'tcp'
}

function orUnknown(addresses: readonly string[]): readonly (string | null)[] {
  return addresses.length === 0 ? [null] : addresses
}
