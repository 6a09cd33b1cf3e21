import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { manifestFacts } from '../../src/discovery/kubernetes/manifest.ts'
import { clusterReach } from '../../src/exposure/cluster-reach.ts'
import type { ClusterPort } from '../../src/exposure/cluster-reach.ts'
import { connectionsIn } from '../../src/exposure/connection-list.ts'
import { connectivityOf } from '../../src/exposure/connectivity.ts'
import type { PolicyEnforcement } from '../../src/exposure/connectivity.ts'
import { traceIn } from '../../src/exposure/trace.ts'
import { zonesOf } from '../../src/exposure/zones.ts'
import { parseCidr } from '../../src/lib/ip.ts'
import { Refusal } from '../../src/model/refusal.ts'
import type { Reach, ZoneFacts } from '../../src/model/reach.ts'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, ports: [{ containerPort: 8080, name: http }] }] }
`
const OTHER = WEB.replaceAll('web', 'other')
const deployment = (pod: string) => WEB.replace(/spec: \{ containers.*/, `spec: ${pod}`)

function service(spec: string, metadata = 'name: web'): string {
  return `
apiVersion: v1
kind: Service
metadata: { ${metadata} }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }], ${spec} }
`
}

function policy(spec: string, name = 'p'): string {
  return `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name} }
spec: { podSelector: { matchLabels: { app: web } }, ${spec} }
`
}

function adminPolicy(name: string, action: string): string {
  return `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: ${name} }
spec: { tier: Admin, priority: 7, subject: { namespaces: {} }, ingress: [{ action: ${action}, from: [{ namespaces: {} }] }] }
`
}

function webPod(n: number): string {
  return `
apiVersion: v1
kind: Pod
metadata: { name: web-${n}, labels: { app: web } }
spec: { containers: [{ name: c }] }
status: { podIP: 10.244.${n >> 8}.${n & 255} }
`
}

const OFFICE: ZoneFacts = {
  name: 'office',
  level: 'organisation',
  cidrs: [parseCidr('203.0.113.0/24')].filter((cidr) => cidr !== null),
}

function cluster(documents: readonly string[], enforcement: PolicyEnforcement = 'assumed') {
  return connectivityOf([manifestFacts('all.yaml', documents.join('\n---\n'))], enforcement)
}

function reach(
  documents: readonly string[],
  port: Partial<ClusterPort>,
  options: { readonly zones?: readonly ZoneFacts[]; readonly enforcement?: PolicyEnforcement } = {},
): Reach {
  const of = clusterReach(cluster(documents, options.enforcement), zonesOf(options.zones ?? []))
  const found = of({
    workload: 'default/Service/web',
    net: 'net:service.web',
    address: null,
    transport: 'tcp',
    port: 80,
    ...port,
  })
  if (found === null) throw new Error('the port is none of the cluster')
  return found
}

const codes = ({ reasons }: Reach) => reasons.map(({ code }) => code)
const POD = { workload: 'default/Deployment/web', net: 'net:deployment.web', port: 8080 }
const BALANCER = { net: 'net:loadbalancer.web' }
const NODE = { net: 'net:1', address: '*' }

describe('a pod without policies', () => {
  const found = reach([WEB, OTHER], POD)
  test('is open to its node, its namespace and the cluster, and to nobody outside', () => {
    expect(found.must).toEqual(['host', 'namespace/default', 'cluster'])
    expect(found.may).toEqual(found.must)
    expect(found.level).toEqual({ must: ['cluster'], may: ['cluster'] })
  })
  test('rests on the addresses of pods not being routed from outside, and says so', () => {
    expect(codes(found)).toEqual(['pod-network-assumed-closed'])
  })
})

describe('a pod that a policy isolates', () => {
  const only = policy(
    'ingress: [{ from: [{ podSelector: { matchLabels: { app: other } } }], ports: [{ port: http }] }]',
  )

  test('is open to whom a rule names, and the way names file and line of the rule', () => {
    const found = reach([WEB, OTHER, only], POD)
    const line =
      1 +
      [WEB, OTHER, only]
        .join('\n---\n')
        .split('\n')
        .findIndex((one) => one.includes('ingress:'))
    expect(found.may).toEqual(['host', 'namespace/default'])
    expect(found.paths.find(({ from }) => from === 'namespace/default')?.hops).toEqual([
      { at: 'default/other[Deployment]', rule: 'tcp 8080', source: null },
      {
        at: 'pod default/Deployment/web',
        rule: 'ingress allowed by rule 1 of NetworkPolicy default/p',
        source: `all.yaml:${line}`,
      },
    ])
  })
  test('is open perhaps where the pod that a rule names is not in the files', () => {
    const found = reach([WEB, only], POD)
    expect(found).toMatchObject({ must: ['host'], may: ['host', 'namespace/default'] })
    expect(codes(found)).toContain('pods-not-in-files')
  })
  test('keeps the way of others in sight: they have a route, and no rule lets them in', () => {
    expect(reach([WEB, OTHER, policy('ingress: []')], POD)).toMatchObject({
      may: ['host'],
      accessible: ['host', 'namespace/default', 'cluster'],
    })
  })
  test('is isolated in nothing where the plugin enforces nothing, and perhaps where nobody knows', () => {
    const none = policy('ingress: []')
    const without = reach([WEB, OTHER, none], POD, { enforcement: 'none' })
    expect(without.must).toEqual(['host', 'namespace/default', 'cluster'])
    const unsure = reach([WEB, OTHER, none], POD, { enforcement: 'unknown' })
    expect(unsure).toMatchObject({ must: ['host'], may: ['host', 'namespace/default', 'cluster'] })
    expect(codes(unsure)).toContain('policies-not-enforced')
  })
  test('is open perhaps by a selector that nobody understands, which is shown as it is written', () => {
    const odd = policy(
      'ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: app, operator: Like, values: [o] }] } }] }]',
    )
    const found = reach([WEB, OTHER, odd], POD)
    expect(found).toMatchObject({ must: ['host'], may: ['host', 'namespace/default'] })
    expect(found.reasons.find(({ code }) => code === 'expression-unknown')?.text).toContain('app Like o')
  })
  test('is open perhaps to a namespace whose labels no file states', () => {
    const labelled = policy('ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: a } } }] }]')
    const elsewhere = OTHER.replace('name: other }', 'name: other, namespace: far }')
    expect(reach([WEB, elsewhere, labelled], POD).may).toContain('namespace/far')
    const described = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: far, labels: { team: b } }\n'
    expect(reach([WEB, elsewhere, labelled, described], POD).may).not.toContain('namespace/far')
  })
})

test('what shares a node’s network may come to any pod beside it, whatever policies say', () => {
  const onNode = OTHER.replace('{ containers', '{ hostNetwork: true, containers')
  const listed = [...connectionsIn(cluster([WEB, onNode, policy('ingress: []')]))]
  expect(listed.find(({ from, to }) => from.includes('other') && to.includes('web'))).toMatchObject({
    must: { tcp: [], udp: [], sctp: [] },
    may: { tcp: [1, 65_536] },
  })
})

test('policies read from arbitrary values are facts or a refusal with its place, never a crash', () => {
  const some = fc.anything({
    maxDepth: 3,
    values: [fc.constantFrom('In', 'web', '80', 'TCP', '10.0.0.0/8', 5, null)],
  })
  const part = fc.dictionary(
    fc.constantFrom(
      'podSelector',
      'ingress',
      'egress',
      'from',
      'to',
      'ports',
      'policyTypes',
      'subject',
      'pods',
    ),
    some,
  )
  const rules = fc.array(
    fc.record({ from: fc.array(part), ports: fc.array(part), action: fc.constant('Deny') }),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(
        ['networking.k8s.io/v1', 'NetworkPolicy'],
        ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'],
        ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy'],
      ),
      part,
      rules,
      ([apiVersion, kind], spec, ingress) => {
        const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'p' }, spec: { ...spec, ingress } })
        const answer = attempt(() => connectivityOf([manifestFacts('p.yaml', text)]))
        expect(answer === null || /^p\.yaml:\d+:\d+: /.test(answer)).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})

/** Null, or the refusal's sentence; everything else is thrown on. */
function attempt(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

test('two policies of one priority are named where they leave a port open perhaps', () => {
  const found = reach([WEB, OTHER, adminPolicy('a', 'Accept'), adminPolicy('b', 'Deny')], POD)
  expect(found).toMatchObject({ must: ['host'], may: ['host', 'namespace/default', 'cluster'] })
  expect(codes(found)).toContain('priority-shared')
})

test('pods with addresses are told apart by the blocks that rules name, and by nothing else of the address', () => {
  const block = policy('egress: [{ to: [{ ipBlock: { cidr: 10.244.0.0/24 } }] }], policyTypes: [Egress]')
  const connectivity = cluster([...Array.from({ length: 400 }, (_, n) => webPod(n)), block])
  expect(connectivity.peers.all.filter(({ peer }) => peer === 'pods')).toHaveLength(2)
  const peerOf = (name: string) =>
    connectivity.peers.ofWorkload[connectivity.cluster.workloads.findIndex((one) => one.name === name)]!
  const [inside, outside] = [peerOf('web-0'), peerOf('web-399')]
  expect(connectivity.between(outside, inside)).toEqual({ must: 0, may: 1 })
  expect(connectivity.between(inside, outside)).toEqual({ must: 0, may: 0 })
})

describe('a balancer', () => {
  test('may be public where nothing asks for a private one; no manifest proves it', () => {
    const found = reach([WEB, service('type: LoadBalancer')], BALANCER)
    expect(found.must).toEqual([])
    expect(found.may).toEqual(['host', 'cluster', 'organisation', 'public'])
    expect(codes(found)).toEqual(['balancer-unread'])
  })
  test('is public for sure where it has a public address', () => {
    const assigned = `${service('type: LoadBalancer')}status: { loadBalancer: { ingress: [{ ip: 198.51.100.7 }] } }\n`
    expect(reach([WEB, assigned], { ...BALANCER, address: '198.51.100.7' }).must).toEqual(['public'])
  })
  test.each([
    'service.beta.kubernetes.io/aws-load-balancer-scheme: internal',
    'service.beta.kubernetes.io/azure-load-balancer-internal: "true"',
    'networking.gke.io/load-balancer-type: Internal',
  ])('is not public with %s', (annotation) => {
    const found = reach(
      [WEB, service('type: LoadBalancer', `name: web, annotations: { ${annotation} }`)],
      BALANCER,
    )
    expect(found.may).toEqual(['host', 'cluster', 'organisation'])
  })
  test('lets in the zones of its source ranges alone', () => {
    const spec = 'type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/25]'
    expect(reach([WEB, service(spec)], BALANCER, { zones: [OFFICE] }).may).toEqual([
      'host',
      'cluster',
      'office',
    ])
  })
  test('ends at a policy that lets nobody in from outside, but for nodes that ask in the name of others', () => {
    const closed = policy('ingress: [{ from: [{ podSelector: {} }] }]')
    expect(reach([WEB, service('type: LoadBalancer'), closed], BALANCER).may).toEqual([])
    const blocks = policy('ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]')
    const found = reach([WEB, service('type: LoadBalancer'), blocks], BALANCER)
    // The block may be that of the nodes, which stand in for anybody.
    expect(found.may).toContain('public')
    expect(codes(found)).toContain('source-rewritten')
    const kept = reach([WEB, service('type: LoadBalancer, externalTrafficPolicy: Local'), blocks], BALANCER)
    expect(kept.may).not.toContain('public')
  })
})

describe('ports on nodes', () => {
  test.each([
    ['a NodePort', [WEB, service('type: NodePort')], { ...NODE, port: 0 }],
    [
      'external addresses',
      [WEB, service('externalIPs: [198.51.100.9]')],
      { net: 'net:1', address: '198.51.100.9' },
    ],
    [
      'a hostPort',
      [deployment('{ containers: [{ name: c, ports: [{ containerPort: 8080, hostPort: 9000 }] }] }')],
      { ...NODE, workload: 'default/Deployment/web', port: 9000 },
    ],
  ] as const)('%s: open as far as the nodes are, which was not read', (_, documents, port) => {
    const found = reach(documents, port)
    expect(found.must).toEqual([])
    expect(found.may).toEqual(['host', 'cluster', 'organisation', 'public'])
    expect(codes(found)).toEqual(['node-addresses-unread'])
  })
  test('hostNetwork: no policy governs it', () => {
    const documents = [
      deployment('{ hostNetwork: true, containers: [{ name: c, ports: [{ containerPort: 8080 }] }] }'),
      policy('ingress: []'),
    ]
    const found = reach(documents, { ...NODE, workload: 'default/Deployment/web', port: 8080 })
    expect(found).toMatchObject({ must: ['host'], may: ['host', 'cluster', 'organisation', 'public'] })
  })
})

describe('entrances', () => {
  const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: door }
spec: { rules: [{ http: { paths: [{ backend: { service: { name: web, port: { number: 80 } } } }] } }] }
`
  const route = `
apiVersion: route.openshift.io/v1
kind: Route
metadata: { name: door }
spec: { to: { kind: Service, name: web }, port: { targetPort: http } }
`
  const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: door }
spec: { parentRefs: [{ name: gw }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
`
  test.each([
    ['Ingress', ingress],
    ['Route', route],
    ['HTTPRoute', gateway],
  ])('%s: what is behind it is public by it, and not directly', (kind, document) => {
    const found = reach([WEB, service('type: ClusterIP'), document], POD)
    expect(found.via.map(({ from, through }) => `${from} by ${through}`)).toEqual([
      `organisation by ${kind} default/door`,
      `public by ${kind} default/door`,
    ])
    expect(found.may).not.toContain('public')
  })
  test('lead nowhere where policies let nobody in', () => {
    expect(reach([WEB, service('type: ClusterIP'), ingress, policy('ingress: []')], POD).via).toEqual([])
  })
})

test('a Service whose endpoints somebody else names may lead anywhere', () => {
  const found = reach(
    [service('type: ClusterIP').replace('selector: { app: web }', 'sessionAffinity: None')],
    {},
  )
  expect(found).toMatchObject({ must: [], may: ['host', 'cluster'] })
  expect(codes(found)).toEqual(['endpoints-unknown'])
})

describe('one packet', () => {
  const documents = [
    WEB,
    OTHER,
    service(
      'type: LoadBalancer, clusterIP: 10.96.0.7, loadBalancerSourceRanges: [203.0.113.0/24]',
    ).trimEnd() + '\nstatus: { loadBalancer: { ingress: [{ ip: 198.51.100.7 }] } }\n',
    policy('ingress: [{ ports: [{ port: http }] }]'),
    policy('policyTypes: [Egress]', 'shut').replaceAll('app: web', 'app: other'),
  ]
  const traced = (from: string, to: string, port = 80) =>
    traceIn(cluster(documents), zonesOf([OFFICE]), { from, to, transport: 'tcp', port })

  test.each([
    ['office', '198.51.100.7', 80, 'accepted'],
    ['8.8.8.8', '198.51.100.7', 80, 'denied-in'],
    ['cluster', '10.96.0.7', 80, 'accepted'],
    ['cluster', 'default/web', 8080, 'accepted'],
    ['cluster', 'default/Deployment/web', 9090, 'denied-in'],
    ['default/other', '10.96.0.7', 80, 'denied-out'],
    ['default/other', '8.8.8.8', 443, 'denied-out'],
    ['default/web', '8.8.8.8', 443, 'accepted'],
    ['public', '10.96.0.7', 80, 'no-route'],
    ['host', 'default/Deployment/web', 9090, 'accepted'],
  ] as const)('from %s to %s:%i is %s', (from, to, port, disposition) => {
    expect(traced(from, to, port)).toMatchObject({ disposition })
  })
  test('from or to a name that nothing has is no answer', () => {
    expect(traced('moon', '10.96.0.7')).toEqual({ unknownName: 'from' })
    expect(traced('cluster', 'default/moon')).toEqual({ unknownName: 'to' })
  })
})
