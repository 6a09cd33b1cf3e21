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
