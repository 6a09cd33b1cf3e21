import { describe, expect, test } from 'vitest'
import { portId } from '../../model/port.ts'
import type { Reading, Sighting } from '../../model/source.ts'
import { readKubernetes } from './read.ts'

function read(...texts: readonly string[]): Reading {
  return readKubernetes(texts.map((text, i) => ({ name: `${i + 1}.yaml`, text, digest: `sha256:${i}` })))
}

function sightings(reading: Reading): readonly Sighting[] {
  return reading.places.flatMap((place) => place.sightings)
}

/** Place, address, port, transport; and what the source says beside. */
function lines(reading: Reading): readonly string[] {
  return reading.places.flatMap(({ place, sightings }) =>
    sightings.map(
      (one) =>
        `${portId(place.name, one)}${one.flags.includes('internal') ? ' internal' : ''}: ${one.detail}`,
    ),
  )
}

function service(spec: string, metadata = 'name: web'): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { ${metadata} }\nspec: { ${spec} }\n`
}

function workload(kind: string, apiVersion: string, pod: string, labels = 'app: web'): string {
  return `apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: web }
spec: { template: { metadata: { labels: { ${labels} } }, spec: { ${pod} } } }
`
}

describe('a Service', () => {
  test('of type ClusterIP is internal, and keeps file, line and owner', () => {
    const reading = read(
      service('selector: {app: web}'),
      `---\n${service('selector: {a: b}, ports: [{ port: 80, targetPort: 8080, name: http, appProtocol: h2c }]')}`,
    )
    expect(reading.source.kind).toBe('kubernetes')
    expect(reading.places.map(({ place, absent }) => [place.kind, place.name, absent])).toEqual([
      ['kubernetes', 'cluster/default', []],
    ])
    expect(sightings(reading)).toMatchObject([
      {
        net: 'net:service.web',
        address: null,
        port: 80,
        transport: 'tcp',
        state: 'unknown',
        workload: 'default/Service/web',
        flags: ['internal'],
        span: { file: '2.yaml', line: 5 },
        detail: 'cluster address; 80 to container port 8080; name http; app protocol h2c',
      },
    ])
  })

  test('of type NodePort is on every node', () => {
    const spec =
      'type: NodePort, selector: {a: b}, ports: [{ port: 80, nodePort: 30080 }, { port: 53, protocol: UDP }]'
    expect(lines(read(service(spec)))).toEqual([
      'cluster/default/net:service.web/?:80/tcp internal: cluster address; 80 to container port 80',
      'cluster/default/net:1/*:30080/tcp: on every node; 80 to container port 80',
      'cluster/default/net:service.web/?:53/udp internal: cluster address; 53 to container port 53',
      'cluster/default/net:1/*:0/udp: on every node; node port chosen by the cluster, by default from 30000-32767; 53 to container port 53',
    ])
  })

  test('of one address family is on that family of the nodes alone', () => {
    const reading = read(
      service('type: NodePort, ipFamilies: [IPv6], selector: {a: b}, ports: [{ port: 80, nodePort: 30080 }]'),
    )
    expect(sightings(reading)[1]).toMatchObject({ address: '::', family: 'ipv6' })
  })

  test('of type LoadBalancer is at the balancer and, unless it says otherwise, on the nodes', () => {
    const spec =
      'type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], selector: {a: b}, ports: [{ port: 443 }]'
    const annotated = 'name: web, annotations: { networking.gke.io/load-balancer-type: Internal }'
    expect(lines(read(service(spec, annotated))).map((line) => line.split(': ')[0])).toEqual([
      'cluster/default/net:service.web/?:443/tcp internal',
      'cluster/default/net:1/*:0/tcp',
      'cluster/default/net:loadbalancer.web/?:443/tcp',
    ])
    expect(
      lines(
        read(
          service(`${spec}, allocateLoadBalancerNodePorts: false, loadBalancerIP: 203.0.113.9`, annotated),
        ),
      ),
    ).toEqual([
      'cluster/default/net:service.web/?:443/tcp internal: cluster address; 443 to container port 443',
      'cluster/default/net:loadbalancer.web/203.0.113.9:443/tcp: LoadBalancer; inside the network by networking.gke.io/load-balancer-type=Internal; from 10.0.0.0/8; 443 to container port 443',
    ])
  })

  test('with external addresses is at each of them', () => {
    const reading = read(
      service('externalIPs: [198.51.100.7, "2001:db8::7"], selector: {a: b}, ports: [{ port: 80 }]'),
    )
    expect(lines(reading).slice(1)).toEqual([
      'cluster/default/net:1/198.51.100.7:80/tcp: externalIPs; 80 to container port 80',
      'cluster/default/net:1/[2001:db8::7]:80/tcp: externalIPs; 80 to container port 80',
    ])
  })

  test('without a cluster address leads to the pods, so that the target port counts', () => {
    expect(
      lines(read(service('clusterIP: None, selector: {a: b}, ports: [{ port: 80, targetPort: 8080 }]'))),
    ).toEqual([
      'cluster/default/net:service.web/?:8080/tcp internal: headless: the name leads to the pods themselves; 80 to container port 8080',
    ])
  })

  test('that is a name for another opens nothing', () => {
    const reading = read(service('type: ExternalName, externalName: db.example.com, ports: [{ port: 5432 }]'))
    expect(sightings(reading)).toEqual([])
    expect(reading.notes).toEqual(['Service default/web is a name for db.example.com: it opens no port'])
  })

  test('without a selector says that its endpoints stand elsewhere', () => {
    expect(sightings(read(service('ports: [{ port: 80 }]')))[0]?.detail).toContain('no selector')
  })
})

function podWith(port: number, name = 'http'): string {
  return `containers: [{ name: c, ports: [{ name: ${name}, containerPort: ${port} }] }]`
}

describe('a named target port', () => {
  const named = service('selector: { app: web }, ports: [{ port: 80, targetPort: http }]')

  test('is the number that the selected pods give it, whichever file they are in', () => {
    const reading = read(named, workload('Deployment', 'apps/v1', podWith(8080)))
    expect(sightings(reading)[0]?.detail).toBe('cluster address; 80 to container port 8080 (http)')
  })

  test('may be another number in each workload', () => {
    const reading = read(
      named,
      workload('Deployment', 'apps/v1', podWith(8080)),
      workload('DaemonSet', 'apps/v1', podWith(9090), 'app: web, tier: a'),
    )
    expect(sightings(reading)[0]?.detail).toBe(
      'cluster address; 80 to container port named http: 8080 in Deployment web, 9090 in DaemonSet web',
    )
  })

  test('is not looked up in pods that the selector or the namespace leaves out', () => {
    const other = workload('Deployment', 'apps/v1', podWith(8080)).replace(
      'name: web }',
      'name: web, namespace: other }',
    )
    const reading = read(named, workload('Deployment', 'apps/v1', podWith(8080), 'app: api'), other)
    expect(sightings(reading)[0]?.detail).toContain('named http, which no pod in these files has')
  })
})

describe('a workload', () => {
  const pod = 'containers: [{ name: c, ports: [{ name: m, containerPort: 9100, protocol: UDP }] }]'

  test.each([
    ['Deployment', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['DaemonSet', 'apps/v1'],
    ['ReplicaSet', 'apps/v1'],
    ['ReplicationController', 'v1'],
    ['Job', 'batch/v1'],
  ])('%s: container ports are inside the pod', (kind, apiVersion) => {
    expect(lines(read(workload(kind, apiVersion, pod)))).toEqual([
      `cluster/default/net:${kind.toLowerCase()}.web/?:9100/udp internal: container c; name m`,
    ])
  })

  test('Pod and CronJob keep their pods elsewhere, and are read as well', () => {
    const plain = `apiVersion: v1\nkind: Pod\nmetadata: { generateName: p- }\nspec: { ${pod} }`
    const cron = `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: c }\nspec: { jobTemplate: { spec: { template: { spec: { ${pod} } } } } }`
    expect(sightings(read(`${plain}\n---\n${cron}`)).map((one) => one.workload)).toEqual([
      'default/Pod/p-*',
      'default/CronJob/c',
    ])
  })

  test('with a hostPort is on the node too', () => {
    const ports =
      'containers: [{ name: c, ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81, hostPort: 8081, hostIP: 127.0.0.1 }] }]'
    expect(lines(read(workload('DaemonSet', 'apps/v1', ports)))).toEqual([
      'cluster/default/net:daemonset.web/?:80/tcp internal: container c',
      'cluster/default/net:1/*:8080/tcp: hostPort 8080 to container port 80; container c',
      'cluster/default/net:daemonset.web/?:81/tcp internal: container c',
      'cluster/default/net:1/127.0.0.1:8081/tcp: hostPort 8081 to container port 81; container c',
    ])
  })

  test('on the host network listens on the node, and a note says that it may elsewhere', () => {
    const reading = read(workload('DaemonSet', 'apps/v1', `hostNetwork: true, ${pod}`))
    expect(lines(reading)).toEqual(['cluster/default/net:1/?:9100/udp: hostNetwork; container c; name m'])
    expect(reading.notes).toEqual([
      "DaemonSet default/web uses its node's network: it listens wherever its processes do, named here or not",
    ])
  })
})

test('an Ingress is at 80, and with TLS at 443, for its hosts', () => {
  const text = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [a.example] }]
  rules: [{ host: a.example, http: { paths: [{ path: /, backend: { service: { name: web, port: { number: 80 } } } }] } }]`
  expect(lines(read(text))).toEqual([
    'cluster/default/net:ingress.shop/?:80/tcp: by ingress class nginx; a.example/ to service web port 80',
    'cluster/default/net:ingress.shop/?:443/tcp: by ingress class nginx; a.example/ to service web port 80',
  ])
})

test('a Gateway is at the ports of its listeners, with the routes that attach to them', () => {
  const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  gatewayClassName: istio
  listeners:
    - { name: a, port: 443, protocol: HTTPS, hostname: a.example }
    - { name: b, port: 443, protocol: HTTPS, hostname: b.example }
    - { name: dns, port: 53, protocol: UDP }`
  const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec: { parentRefs: [{ name: edge, namespace: default, sectionName: b }], hostnames: [b.example], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }`
  expect(lines(read(gateway, route))).toEqual([
    'cluster/default/net:gateway.edge/?:443/tcp: by gateway class istio; listener a HTTPS a.example; listener b HTTPS b.example; HTTPRoute shop/web for b.example to Service web port 80',
    'cluster/default/net:gateway.edge/?:53/udp: by gateway class istio; listener dns UDP',
  ])
})

test('lists are opened, typed ones and lists in lists too, in YAML and JSON', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'n' },
    spec: { ports: [{ port: 1 }] },
  }
  const inner = {
    apiVersion: 'v1',
    kind: 'ServiceList',
    items: [{ metadata: { name: 'b' }, spec: { ports: [{ port: 2 }] } }],
  }
  const reading = read(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object, inner] }, null, 1))
  expect(sightings(reading).map((one) => [one.workload, one.port])).toEqual([
    ['default/Service/b', 2],
    ['n/Service/a', 1],
  ])
})

test('kinds of other groups, patches and all that opens no port are counted', () => {
  const reading = read(
    'apiVersion: serving.knative.dev/v1\nkind: Service\nspec: { ports: 1 }\n---\napiVersion: v1\nkind: ConfigMap\n',
    'apiVersion: networking.istio.io/v1\nkind: Gateway\n---\nkind: Deployment\napiVersion: apps/v1\n$patch: delete\n',
  )
  expect(reading.places).toEqual([])
  expect(reading.notes).toEqual([
    'objects of kinds that are not read: ConfigMap 1, Deployment patch 1, Gateway 1, Service 1',
  ])
})

test.each([
  [service('ports: [{ port: 70000 }]'), '1.yaml:4:25: "70000" is not a port number'],
  [service('ports: [{ port: http }]'), '1.yaml:4:25: "http" is not a port number'],
  [service('ports: [{ name: x }]'), '1.yaml:4:17: "port" is missing'],
  [service('ports: [{ port: 1, protocol: ICMP }]'), '1.yaml:4:38: "ICMP" is not TCP, UDP or SCTP'],
  [service('type: Public'), '1.yaml:4:15: "Public" is not a type of Service'],
  [service('ports: { port: 1 }'), '1.yaml:4:16: expected a list'],
])('a broken object is refused with file, line and column: %s', (text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'source-invalid', message }))
})

test('one port of a Gateway or Ingress with very many routes stays a short text', () => {
  const rules = Array.from(
    { length: 500 },
    (_, i) => `{ host: h${i}.example, http: { paths: [{ path: / }] } }`,
  ).join(', ')
  const reading = read(
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: x }\nspec: { rules: [${rules}] }`,
  )
  expect(sightings(reading)[0]?.detail).toMatch(/; and 489 more$/)
})
