import { expect, test } from 'vitest'

import { workplace } from '../support/cli.ts'
import { nmapXml } from '../support/scans.ts'

const PLACE = `apiVersion: portreeve.dev/v1
kind: Place
metadata: { name: db-1 }
spec: { addresses: [10.0.3.7] }
---
`
const PORT = `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: billing-db }
spec:
  owner: team/billing
  at: { host: db-1 }
  bindings: [{ transport: tcp, port: 5432, address: 10.0.3.7 }]
  purpose: The invoices of every customer
`

test('a Place document joins what a scan saw at its address with the records at its name, at the gate as in the book', async () => {
  const place = workplace()
  place.put('scan.xml', nmapXml({ at: 1_700_000_000, open: [5432] }))
  place.put('portreeve.yaml', PORT)
  const apart = await place.run(['check', '.', '--vantage', 'lan', '--json'])
  expect(apart.code).toBe(1)
  expect(apart.out).toContain('drift.undeclared')
  place.put('portreeve.yaml', PLACE + PORT)
  const joined = await place.run(['check', '.', '--vantage', 'lan', '--json'])
  expect(joined).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(joined.out)).toMatchObject({ verdict: 'pass', findings: [] })
})

test.each([
  [
    'shop/compose.yaml',
    'name: shop\nservices:\n  web:\n    image: IMAGE\n    ports: ["8080:80"]\n',
    8080,
    '${IMAGE:-nginx:1.28}',
  ],
  [
    'pod.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop }\nspec: { containers: [{ name: web, image: IMAGE, ports: [{ containerPort: 80 }] }] }\n',
    80,
    `nginx@sha256:${'1'.repeat(64)}`,
  ],
])(
  'another image in %s than the record says runs there is told, where it is told at all',
  async (name, manifest, port, untold) => {
    const place = workplace()
    const at = name.endsWith('pod.yaml')
      ? '{ kubernetes: { cluster: cluster, namespace: shop, workload: Pod/web } }'
      : '{ compose: { project: shop, service: web } }'
    place.put(
      'portreeve.yaml',
      `apiVersion: portreeve.dev/v1\nkind: Port\nmetadata: { name: web }\nspec:\n  owner: team/shop\n  at: ${at}\n  bindings: [{ port: ${port} }]\n  purpose: The shop\n  runs: { image: nginx:1.27 }\n`,
    )
    const found = async (image: string) => {
      place.put(name, manifest.replace('IMAGE', image))
      const { out } = await place.run(['check', '.', '--fail-on', 'critical', '--json'])
      return (JSON.parse(out) as { findings: { rule: string; text: string }[] }).findings.map(
        ({ text }) => text,
      )
    }
    expect(await found('docker.io/library/nginx:1.27')).toEqual([])
    expect(await found('nginx:1.28')).toEqual([
      expect.stringMatching(
        new RegExp(`runs image nginx:1\\.28 by ${name}:\\d+; web declares image nginx:1\\.27\\.`),
      ) as string,
    ])
    expect(await found(untold)).toEqual([])
  },
)
