// A measurement: reading Portreeve documents, beside the YAML parser alone.
import { parseAllDocuments } from 'yaml'
import { parseDocuments } from '../src/registry/documents/parse.ts'

/** Port documents read and checked per second, against the YAML library alone on the same text. */

const RUNS = 5

function text(count: number): string {
  return Array.from({ length: count }, (_, i) => document(i)).join('---\n')
}

function document(i: number): string {
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: billing-db-${i} }
spec:
  system: billing
  service: postgresql
  at: { host: db-${i} }
  bindings: [{ transport: tcp, port: ${1024 + (i % 60_000)}, address: 10.0.3.7 }]
  purpose: The invoices of every customer
  justification: { why: billing writes invoices here, ifClosed: no invoices }
  audience: [app-tier]
  safeguards: [tls, authn, logging]
  reviewBy: 2027-05-01
`
}

function rate(count: number, work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return Math.round((count / (times.toSorted((a, b) => a - b)[RUNS >> 1] ?? NaN)) * 1000)
}

function checked(source: string, count: number): void {
  const { documents, faults } = parseDocuments([{ name: 'portreeve.yaml', text: source }])
  if (documents.length !== count || faults.length > 0)
    throw new Error('the generated documents are not valid')
}

for (const count of [1_000, 10_000]) {
  const source = text(count)
  const value = rate(count, () => checked(source, count))
  const peerValue = rate(count, () => parseAllDocuments(source).map((each): unknown => each.toJS()))
  const ratio = Number((value / peerValue).toFixed(2))
  const measure = { name: `documents.parse.${count}`, value, unit: 'documents/s', target: null }
  console.log(JSON.stringify({ ...measure, peer: 'yaml parseAllDocuments + toJS', peerValue, ratio }))
}
