import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

import { ScanReport } from '../../src/api/views.ts'
import { expectRefusal, workplace } from '../support/cli.ts'

const DEMO = resolve(process.env['PORTREEVE_SHARED'] ?? '../shared', 'conformance/microservices-demo')
const MANIFESTS = join(DEMO, 'kubernetes-manifests')
const POLICIES = join(DEMO, 'kustomize/components/network-policies')

describe.skipIf(!existsSync(DEMO))(
  'the demo of many services (skipped where it is absent)',
  { timeout: 120_000 },
  () => {
    const place = workplace
    const scan = async (...paths: readonly string[]) =>
      ScanReport.parse(await place().json(['scan', '--json', ...paths])).ports
    const open = (ports: Awaited<ReturnType<typeof scan>>, zone: string) => [
      ...new Set(ports.filter(({ reach }) => reach?.may.includes(zone)).map(({ workload }) => workload)),
    ]

    test('has one Service that may be public, with and without its policies', async () => {
      expect(open(await scan(MANIFESTS), 'public')).toEqual(['default/Service/frontend-external'])
      expect(open(await scan(MANIFESTS, POLICIES), 'public')).toEqual(['default/Service/frontend-external'])
    })

    test('with its policies lets cartservice alone come to redis', async () => {
      const report = (await place().json(['connections', '--json', MANIFESTS, POLICIES])) as {
        connections: { from: string; to: string; may: string }[]
      }
      const to = report.connections.filter((one) => one.to === 'default/redis-cart[Deployment]')
      expect(to).toMatchObject([{ from: 'default/cartservice[Deployment]', may: 'TCP 6379' }])
      const [redis] = (await scan(MANIFESTS, POLICIES)).filter(
        ({ workload }) => workload === 'default/Deployment/redis-cart',
      )
      expect(redis?.reach).toMatchObject({
        must: ['host', 'namespace/default'],
        may: ['host', 'namespace/default'],
      })
    })

    test('without its public Service keeps the frontend in the cluster', async () => {
      const here = workplace()
      const copy = join(here.folder, 'manifests')
      cpSync(MANIFESTS, copy, { recursive: true })
      // What the component non-public-frontend takes away.
      const file = join(copy, 'frontend.yaml')
      const kept = readFileSync(file, 'utf8')
        .split(/^---$/m)
        .filter((one) => !one.includes('name: frontend-external'))
      rmSync(file)
      writeFileSync(file, kept.join('---'))
      const ports = ScanReport.parse(await here.json(['scan', '--json', copy])).ports
      expect(open(ports, 'public')).toEqual([])
      const frontend = ports.filter(({ workload }) => workload === 'default/Service/frontend')
      expect(frontend.map(({ reach }) => reach?.level)).toEqual([{ must: ['cluster'], may: ['cluster'] }])
    })

    test('diff says what the policies close, and nothing that they open', async () => {
      const here = workplace()
      const both = join(here.folder, 'both')
      cpSync(MANIFESTS, both, { recursive: true })
      cpSync(POLICIES, join(both, 'policies'), { recursive: true })
      const report = (await here.json(['diff', '--json', MANIFESTS, both])) as {
        opened: unknown[]
        closed: { from: string; to: string }[]
        ports: { opened: string[]; closed: string[] }[]
      }
      expect(report.opened).toEqual([])
      expect(report.closed).toContainEqual(
        expect.objectContaining({
          from: 'default/adservice[Deployment]',
          to: 'default/redis-cart[Deployment]',
        }),
      )
      expect(report.ports.flatMap(({ opened }) => opened)).toEqual([])
      expect(report.ports.flatMap(({ closed }) => closed)).toContain('cluster')
    })

    test('trace and why lead along the rules', async () => {
      const here = workplace()
      const to = ['--to', 'default/Service/redis-cart:6379/tcp', MANIFESTS, POLICIES]
      expect(await here.json(['trace', '--json', '--from', 'default/cartservice', ...to])).toMatchObject({
        disposition: 'accepted',
      })
      const denied = await here.run(['trace', '--from', 'default/adservice', ...to])
      expect(denied.out).toMatch(/^denied-in\n/)
      expect(denied.out).toContain('network-policy-deny-all.yaml:')
      const why = await here.run(['why', 'redis-cart:6379/tcp', MANIFESTS, POLICIES])
      expect(why.out).toContain('surely reachable from: host, namespace/default')
      expect(why.out).toMatch(
        /rule 1 of NetworkPolicy default\/redis-cart \(.*network-policy-redis\.yaml:\d+\)/,
      )
    })
  },
)

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: c, image: i }] }\n'

function policy(spec: string): string {
  return `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p }\nspec: ${spec}\n`
}

describe('bad input', { timeout: 120_000 }, () => {
  test.each([
    {
      what: 'a prefix that is none',
      file: policy('{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/33 } }] }] }'),
      args: ['connections', 'p.yaml'],
      error: /p\.yaml:4:\d+: "10\.0\.0\.0\/33" is not a prefix/,
    },
    {
      what: 'a range of ports upside down',
      file: policy('{ podSelector: {}, ingress: [{ ports: [{ port: 90, endPort: 80 }] }] }'),
      args: ['connections', 'p.yaml'],
      error: /p\.yaml:4:\d+: the range 90 to 80 ends before it begins/,
    },
    {
      what: 'an action that is none',
      file: 'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: p }\nspec: { priority: 1, subject: { namespaces: {} }, ingress: [{ action: Drop, from: [{ namespaces: {} }] }] }\n',
      args: ['connections', 'p.yaml'],
      error: /p\.yaml:4:\d+: "Drop" is not an action/,
    },
    { what: 'no manifest', file: 'a: 1\n', args: ['connections', '.'], error: /no Kubernetes manifest/ },
    {
      what: 'a destination without a port',
      file: POD,
      args: ['trace', '--from', 'public', '--to', 'default/web', 'p.yaml'],
      error: /"default\/web" names no port/,
    },
    {
      what: 'a source that nothing is called',
      file: POD,
      args: ['trace', '--from', 'moon', '--to', 'default/web:80/tcp', 'p.yaml'],
      error: /moon is no zone/,
    },
    {
      what: 'a port that is not there',
      file: POD,
      args: ['why', 'web:80/tcp', 'p.yaml'],
      error: /no port in p\.yaml is web:80\/tcp/,
    },
  ])('$what is refused with its place and a way out', async ({ file, args, error }) => {
    const place = workplace()
    place.put('p.yaml', file)
    const ran = await place.run(args)
    expect(ran.code).toBe(2)
    expectRefusal(ran, error, /./)
  })

  test('an expression that is not understood is no reason to refuse, and widens what is possible alone', async () => {
    const place = workplace()
    place.put(
      'p.yaml',
      `${POD}---\n${POD.replace('web', 'other')}---\n${policy('{ podSelector: {}, ingress: [{ from: [{ somethingNew: {} }] }] }')}`,
    )
    const report = (await place.json(['connections', '--json', 'p.yaml'])) as {
      connections: { from: string; to: string; must: string; may: string }[]
    }
    expect(report.connections).toContainEqual(
      expect.objectContaining({
        from: 'default/other[Pod]',
        to: 'default/web[Pod]',
        must: 'No Connections',
        may: 'All Connections',
      }),
    )
  })
})
