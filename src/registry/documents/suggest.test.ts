import { describe, expect, test } from 'vitest'
import type { PlaceClaim } from '../../model/source.ts'
import { parseDocuments } from './parse.ts'
import { checkReferences } from './references.ts'
import { initialDocuments, suggestPort } from './suggest.ts'
import type { PortFacts } from './suggest.ts'
import { writeDocuments } from './write.ts'

const PLACE: PlaceClaim = {
  kind: 'host',
  name: 'DB-1.example.com',
  identity: 'f00d',
  names: ['db-1'],
  addresses: ['10.0.3.7'],
  realm: 'default',
}

function seen(facts: Partial<PortFacts>, process: string | null = 'postgres', rest: object = {}): PortFacts {
  const owner = { pid: 7, name: process, path: null, user: null, unit: null, container: null, ...rest }
  return {
    place: 'DB-1.example.com',
    host: 'DB-1.example.com',
    workload: null,
    net: 'net:1',
    transport: 'tcp',
    address: '*',
    device: null,
    port: 5432,
    last: facts.port ?? 5432,
    service: null,
    processes: [owner],
    flags: [],
    observed: 'open',
    ...facts,
  }
}

const PORTS: readonly PortFacts[] = [
  seen({ address: '0.0.0.0' }),
  seen({ address: '::' }),
  seen({ address: '127.0.0.1', port: 53, service: { name: 'domain', by: 'guess' } }, 'named'),
  seen(
    { address: '127.0.0.1', port: 53, transport: 'udp', service: { name: 'domain', by: 'guess' } },
    'named',
  ),
  seen({ port: 53, address: '10.0.3.7', service: { name: 'domain', by: 'guess' } }, 'dnsmasq'),
  seen({ port: 80, net: 'net:0123456789ab' }, 'nginx', { container: '0123456789abcdef'.repeat(4) }),
  seen({ port: 41_000, transport: 'udp', flags: ['may-be-client'] }, 'chrome'),
  seen({ port: 9000, observed: 'closed' }),
  seen({ port: 9001 }, 'evil\u001b[2J name'),
]

describe('the first documents of a host', () => {
  const { documents, notes } = initialDocuments({ place: PLACE, ports: PORTS })
  const text = writeDocuments(documents, notes)

  test('are read back without a fault, and without a reference to nothing', () => {
    const read = parseDocuments([{ name: 'portreeve.yaml', text }])
    expect(read.faults).toEqual([])
    expect(checkReferences(read.documents, () => false)).toEqual([])
    expect(read.documents.map(({ kind, name, spec }) => ({ kind, name, spec, position: null }))).toEqual(
      documents,
    )
  })

  test('have one record for the sockets of one process on one number', () => {
    const bindings = documents
      .filter(({ kind }) => kind === 'Port')
      .map(({ name, spec }) => [name, spec['bindings']])
    expect(Object.fromEntries(bindings)).toEqual({
      'db-1.postgres-5432': [{ transport: 'tcp', port: 5432 }],
      'db-1.domain-53': [
        { transport: 'tcp', port: 53, address: '127.0.0.1' },
        { transport: 'udp', port: 53, address: '127.0.0.1' },
      ],
      'db-1.domain-53-2': [{ transport: 'tcp', port: 53, address: '10.0.3.7' }],
      'db-1.nginx-80': [{ transport: 'tcp', port: 80 }],
      'db-1.evil-2j-name-9001': [{ transport: 'tcp', port: 9001 }],
    })
  })

  test('say what is known and leave the rest to people', () => {
    expect(documents.slice(0, 3)).toEqual([
      {
        kind: 'Place',
        name: 'db-1.example.com',
        spec: { kind: 'host', identity: 'f00d', names: ['DB-1.example.com', 'db-1'] },
        position: null,
      },
      { kind: 'System', name: 'db-1.example.com', spec: { owner: 'TODO' }, position: null },
      {
        kind: 'Port',
        name: 'db-1.postgres-5432',
        spec: {
          system: 'db-1.example.com',
          at: { host: 'DB-1.example.com' },
          bindings: [{ transport: 'tcp', port: 5432 }],
          purpose: 'TODO',
          justification: { why: 'TODO', ifClosed: 'TODO' },
          runs: { process: 'postgres' },
        },
        position: null,
      },
    ])
  })

  test('say of a container whose namespace it is, and what was left out', () => {
    const nginx = documents.find(({ name }) => name === 'db-1.nginx-80')
    expect(nginx?.spec['at']).toEqual({ host: 'DB-1.example.com', workload: '0123456789ab' })
    expect(text).toContain('# Left out: 1 UDP in the ephemeral range that may be clients.\n')
    expect(text).not.toContain('41000')
  })
})

test('a port of a manifest is suggested where its manifest has it', () => {
  expect(at({ place: 'eu/shop', workload: 'shop/Deployment/web' })).toEqual({
    kubernetes: { cluster: 'eu', namespace: 'shop', workload: 'Deployment/web' },
  })
  expect(at({ place: 'shop', workload: 'shop/web' })).toEqual({
    compose: { project: 'shop', service: 'web' },
  })
})

test('a service that was probed is known, one guessed from the number is not', () => {
  expect(service('probed')).toBe('postgresql')
  expect(service('guess')).toBeUndefined()
})

function at(facts: Partial<PortFacts>): unknown {
  return suggestPort(seen({ host: null, ...facts })).spec['at']
}

function service(by: 'probed' | 'guess'): unknown {
  return suggestPort(seen({ service: { name: 'postgresql', by } })).spec['service']
}
