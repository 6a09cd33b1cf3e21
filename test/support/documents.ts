import type { DocumentKind } from '../../src/model/document.ts'

/** A Port document that says all there is to say of one port, so that no rule finds anything but drift. */
export function portDocument(
  name: string,
  port: number,
  more: { readonly host?: string; readonly purpose?: string } = {},
): string {
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: ${name} }
spec:
  owner: team/billing
  at: { host: ${more.host ?? 'db-1'} }
  bindings: [{ transport: tcp, port: ${port}, address: 10.0.3.7 }]
  purpose: ${more.purpose ?? 'The invoices of every customer'}
`
}

const apiVersion = 'portreeve.dev/v1'

/** The documents that ../shared/design/interface.md shows, and the party that its contract names. */
export const EXAMPLES: Partial<Record<DocumentKind, Record<string, unknown>>> = {
  System: {
    apiVersion,
    kind: 'System',
    metadata: { name: 'billing' },
    spec: {
      owner: 'team/billing',
      entity: 'acme-eu',
      environment: 'prod',
      data: ['personal', 'financial_reporting'],
      tenancy: 'shared',
      processing: { role: 'processor', subjects: ['customers'], ropa: 'RoPA-17' },
      contracts: ['globex-dpa'],
    },
  },
  Port: {
    apiVersion,
    kind: 'Port',
    metadata: { name: 'billing-db' },
    spec: {
      system: 'billing',
      service: 'postgresql',
      at: { host: 'db-1' },
      bindings: [{ transport: 'tcp', port: 5432, address: '10.0.3.7' }],
      purpose: 'The invoices of every customer',
      justification: { why: 'billing writes invoices here', ifClosed: 'no invoices' },
      audience: ['app-tier'],
      safeguards: ['tls', 'authn', 'logging'],
      reviewBy: '2027-05-01',
    },
  },
  Entity: {
    apiVersion,
    kind: 'Entity',
    metadata: { name: 'acme-eu' },
    spec: {
      name: 'ACME Europe GmbH',
      jurisdiction: 'DE',
      regimes: ['gdpr', 'pci'],
      roles: ['processor', 'pci_service_provider'],
    },
  },
  Policy: {
    apiVersion,
    kind: 'Policy',
    metadata: { name: 'company' },
    spec: { packs: ['house', 'gdpr', 'pci'], gate: { failOn: 'high' } },
  },
  Zone: {
    apiVersion,
    kind: 'Zone',
    metadata: { name: 'app-tier' },
    spec: { level: 'vpc', cidrs: ['10.0.3.0/24'], jurisdiction: 'DE', environment: 'prod' },
  },
  Contract: {
    apiVersion,
    kind: 'Contract',
    metadata: { name: 'globex-dpa' },
    spec: {
      kind: 'dpa_art28',
      party: 'globex',
      effective: { from: '2026-01-01', until: '2027-12-31' },
      document: { sha256: '0'.repeat(64) },
      clauses: [
        {
          id: '7.2',
          kind: 'residency',
          allowed: ['EU'],
          covers: 'storage-and-access',
          quote: '…',
          readBy: 'counsel/1',
        },
        {
          id: '9.1',
          kind: 'breach-notice',
          hours: 24,
          basis: 'elapsed',
          trigger: 'suspected',
          channel: 'security@globex.example',
        },
      ],
    },
  },
  Party: {
    apiVersion,
    kind: 'Party',
    metadata: { name: 'globex' },
    spec: { name: 'Globex', kind: 'customer', country: 'US' },
  },
}
