// A measurement: who may connect to whom in clusters of several sizes, and after one changed policy.
/**
 * Facts are generated, so that reading files is not part of it: namespaces of twenty applications each, every pod
 * with the labels that a Deployment gives it (`app`, `tier`, `pod-template-hash`), every tenth application a
 * StatefulSet whose pods each have a label of their own. One policy for an application: it isolates both ways, lets
 * in two neighbours, a labelled set of namespaces and, every fifth, a block of addresses; it lets out to three
 * neighbours and to DNS. A tenth of the policies are ClusterNetworkPolicies of both tiers.
 *
 * The answer is complete: both bounds for every two classes of pods, in both directions.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectivityOf } from '../src/exposure/connectivity.ts'
import type { Connectivity } from '../src/exposure/connectivity.ts'
import { parseCidr } from '../src/lib/ip.ts'
import { namespaceNamed } from '../src/model/cluster.ts'
import type {
  ClusterFacts,
  LabelSelector,
  NamespaceFacts,
  PolicyFacts,
  PolicyRule,
  WorkloadFacts,
} from '../src/model/cluster.ts'
import { median, timed } from './timed.ts'

const APPS = 20
const SPAN = { file: 'generated.yaml', line: 1 }

for (const [pods, policies] of [
  [1000, 100],
  [10_000, 250],
  [10_000, 1000],
  [10_000, 2000],
  [100_000, 2000],
] as const) {
  const facts = generated(pods, policies)
  const times = Array.from({ length: pods > 10_000 ? 1 : 5 }, () =>
    timed(() => complete(connectivityOf([facts]))),
  )
  print({
    name: `reach.cluster.${pods}-pods.${policies}-policies`,
    value: round(median(times)),
    unit: 'ms of processor time',
    ...(pods === 100_000 ? { target: '<= 10000' } : policies === 1000 ? { target: '<= 2000' } : {}),
  })
  if (policies === 1000) changed(facts)
}
print({
  name: 'reach.cluster.100000-pods.memory',
  value: Math.round(process.resourceUsage().maxRSS / 1024),
  unit: 'MiB',
  target: '<= 1500',
})
peer()

/** One policy loses a rule: the answer is brought up to date, and every pair that it touches is asked again. */
function changed(facts: ClusterFacts): void {
  const other = {
    ...facts,
    policies: facts.policies.map((policy, n) =>
      n === 500 ? { ...policy, ingress: policy.ingress?.slice(1) ?? null } : policy,
    ),
  }
  let before = connectivityOf([facts])
  complete(before)
  const times = Array.from({ length: 7 }, (_, n) =>
    timed(() => {
      const after = connectivityOf([n % 2 === 0 ? other : facts], 'assumed', before)
      complete(after, before)
      before = after
    }),
  )
  print({
    name: 'reach.cluster.one-policy-changed',
    value: round(median(times)),
    unit: 'ms of processor time',
    target: '<= 100',
  })
}

/** Both bounds of every pair of classes; with `before`, of those pairs of which an end has another row than then. */
function complete({ atoms, row, table }: Connectivity, before?: Connectivity): number {
  const all = [...atoms.peers.keys()]
  const rows = all.map((atom) => ({ out: row('egress', atom), into: row('ingress', atom) }))
  const old =
    before?.atoms === atoms
      ? all.map((atom) => ({ out: before.row('egress', atom), into: before.row('ingress', atom) }))
      : null
  const moved = rows.map(({ out, into }, i) => old?.[i]?.out !== out || old[i]?.into !== into)
  let open = 0
  for (const [from, { out }] of rows.entries())
    for (const [to, { into }] of rows.entries()) {
      if (!moved[from] && !moved[to]) continue
      if (table.intersect(out.must[to]!, into.must[from]!) !== 0) open++
      if (table.intersect(out.may[to]!, into.may[from]!) !== 0) open++
    }
  return open
}

function generated(pods: number, policies: number): ClusterFacts {
  const perApp = pods >= 10_000 ? 20 : 5
  const spaces = Math.ceil(pods / (APPS * perApp))
  const namespaces = Array.from({ length: spaces }, (_, n) => namespace(n))
  const workloads = Array.from({ length: pods }, (_, n) => pod(n, perApp, spaces))
  const governed = Array.from({ length: policies }, (_, n) => policy(n, spaces))
  return {
    namespaces,
    policies: governed,
    workloads,
    services: [],
    ingresses: [],
    gateways: [],
    routes: [],
    passedOver: new Map(),
  }
}

function namespace(n: number): NamespaceFacts {
  const labels = new Map([
    ['team', `t${n % 10}`],
    ['env', n % 3 === 0 ? 'prod' : 'test'],
  ])
  return { namespace: `ns${n}`, kind: 'Namespace', name: `ns${n}`, span: SPAN, labels }
}

function pod(n: number, perApp: number, spaces: number): WorkloadFacts {
  const app = Math.floor(n / perApp) % APPS
  const labels = new Map([
    ['app', `app${app}`],
    ['tier', app % 4 === 0 ? 'front' : 'back'],
    app % 10 === 0
      ? ['statefulset.kubernetes.io/pod-name', `app${app}-${n}`]
      : ['pod-template-hash', `h${app}`],
  ])
  const namespace = `ns${Math.floor(n / (perApp * APPS)) % spaces}`
  return {
    namespace,
    kind: 'Pod',
    name: `app${app}-${n}`,
    span: SPAN,
    labels,
    hostNetwork: false,
    maker: { kind: 'ReplicaSet', name: `app${app}` },
    addresses: [],
    ports: [],
  }
}

function policy(n: number, spaces: number): PolicyFacts {
  const namespace = `ns${n % spaces}`
  const app = Math.floor(n / spaces) % APPS
  const near = (k: number) => pods(namespaceNamed(namespace), label('app', `app${(app + k) % APPS}`))
  const cluster = n % 10 === 9
  const shared = { namespace: cluster ? '' : namespace, name: `p${n}`, span: SPAN }
  const subject = { namespaces: namespaceNamed(namespace), pods: label('app', `app${app}`) }
  if (cluster) {
    return {
      ...shared,
      kind: 'ClusterNetworkPolicy',
      tier: n % 20 === 9 ? 'admin' : 'baseline',
      priority: n % 1000,
      subject,
      ingress: [
        rule('deny', [pods(label('env', 'test'), label('tier', 'front'))], 22),
        rule('pass', [near(1)], 80),
      ],
      egress: null,
    }
  }
  const outside = parseCidr(`10.${n % 200}.0.0/16`)
  return {
    ...shared,
    kind: 'NetworkPolicy',
    tier: 'namespace',
    priority: 0,
    subject,
    ingress: [
      rule('allow', [near(1), near(2)], 8080),
      rule('allow', [pods(label('team', `t${n % 10}`), [])], 9090),
      ...(n % 5 === 0 && outside !== null
        ? [rule('allow', [{ peer: 'addresses' as const, cidrs: [outside], except: [], wholly: false }], 443)]
        : []),
    ],
    egress: [
      rule('allow', [near(1), near(3), near(5)], 8080),
      rule('allow', [pods([], label('app', 'dns'))], 53),
    ],
  }
}

function rule(
  action: PolicyRule['action'],
  peers: NonNullable<PolicyRule['peers']>,
  port: number,
): PolicyRule {
  return {
    name: null,
    action,
    peers,
    ports: [{ port: 'range', transport: 'tcp', first: port, last: port }],
    span: SPAN,
  }
}

function pods(namespaces: LabelSelector, selected: LabelSelector) {
  return { peer: 'pods' as const, namespaces, pods: selected }
}

function label(key: string, value: string): LabelSelector {
  return [{ operator: 'In', key, values: [value], written: 'label' }]
}

/** netpol-analyzer, where Go can fetch it: the same small cluster, as files. Without it, said and left out. */
function peer(): void {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  try {
    const program = install(folder)
    if (program === null)
      return void process.stderr.write('bench: netpol-analyzer cannot be had here: left out\n')
    const facts = generated(1000, 100)
    const manifests = join(folder, 'manifests')
    mkdirSync(manifests)
    writeFileSync(join(manifests, 'all.yaml'), manifestsOf(facts))
    const ours = timed(() => complete(connectivityOf([facts])))
    const theirs = timed(() => {
      execFileSync(program, ['list', '-q', '--dirpath', manifests, '-o', 'json'], {
        maxBuffer: 1 << 30,
        stdio: 'pipe',
      })
    })
    print({
      name: 'reach.cluster.beside-netpol-analyzer',
      value: round(ours),
      unit: 'ms of processor time',
      peer: 'netpol-analyzer list (with reading files)',
      peerValue: round(theirs),
      ratio: Math.round((ours / theirs) * 1000) / 1000,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(folder: string): string | null {
  const { status } = spawnSync(
    'go',
    ['install', 'github.com/np-guard/netpol-analyzer/cmd/netpolicy@latest'],
    {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-modcacherw', GOPATH: join(folder, 'go') },
      stdio: 'ignore',
      timeout: 300_000,
    },
  )
  return status === 0 ? join(folder, 'netpolicy') : null
}

/** Only what netpol-analyzer knows: NetworkPolicies without ClusterNetworkPolicies. */
function manifestsOf({ namespaces, workloads, policies }: ClusterFacts): string {
  const objects = [
    ...namespaces.map(({ name, labels }) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: meta(name, null, labels),
    })),
    ...workloads.map(({ name, namespace, labels }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta(name, namespace, labels),
      spec: { containers: [{ name: 'c', image: 'c' }] },
      status: { hostIP: '192.168.49.2', podIPs: [] },
    })),
    ...policies.flatMap(({ kind, name, namespace, subject, ingress, egress }) => {
      if (kind !== 'NetworkPolicy') return []
      const rules = (side: 'from' | 'to', of: readonly PolicyRule[] | null) =>
        (of ?? []).map(({ peers, ports }) => ({
          [side]: (peers ?? []).map((one) =>
            one.peer === 'pods'
              ? { namespaceSelector: matching(one.namespaces), podSelector: matching(one.pods) }
              : { ipBlock: { cidr: '10.1.0.0/16' } },
          ),
          ports: (ports ?? []).map((port) => ({ protocol: 'TCP', port: 'first' in port ? port.first : 0 })),
        }))
      return [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind,
          metadata: meta(name, namespace),
          spec: {
            podSelector: matching(subject.pods),
            policyTypes: ['Ingress', 'Egress'],
            ingress: rules('from', ingress),
            egress: rules('to', egress),
          },
        },
      ]
    }),
  ]
  return objects.map((object) => JSON.stringify(object)).join('\n---\n')
}

function meta(name: string, namespace: string | null, labels: ReadonlyMap<string, string> = new Map()) {
  return { name, ...(namespace === null ? {} : { namespace }), labels: Object.fromEntries(labels) }
}

function matching(of: LabelSelector) {
  return {
    matchLabels: Object.fromEntries(of.flatMap((one) => ('values' in one ? [[one.key, one.values[0]]] : []))),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function print(line: Readonly<Record<string, string | number>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
