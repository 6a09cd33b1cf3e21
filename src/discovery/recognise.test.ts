import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEAD_BYTES, isComposeName, recognise } from './recognise.ts'

function kindOf(path: string, text: string, named = false) {
  return recognise(path, Buffer.from(text).subarray(0, HEAD_BYTES), named)
}

const SERVICE = 'apiVersion: v1\nkind: Service\n'
const COMPOSE = 'services:\n  web:\n    image: nginx\n'

describe('a file is known by what it holds', () => {
  test.each([
    [
      'scan.xml',
      '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<?xml-stylesheet?>\n<nmaprun scanner="nmap">',
      'nmap-xml',
    ],
    ['scan', '\uFEFF<nmaprun>', 'nmap-xml'],
    ['db-1.txt', 'Netid State  Recv-Q Send-Q Local Address:Port\n', 'ss-text'],
    ['db-1.txt', 'State  Recv-Q Send-Q Local Address:Port\n', 'ss-text'],
    ['db-1', 'tcp   LISTEN 0      4096   127.0.0.1:5432 0.0.0.0:*\n', 'ss-text'],
    ['udp', 'udp   UNCONN 0      0      0.0.0.0:68 0.0.0.0:*\n', 'ss-text'],
    ['a/compose.yaml', 'services: {}', 'compose'],
    ['a/docker-compose.prod.yml', 'x-a: 1', 'compose'],
    ['a/stack.yml', `version: "3"\nx-base: {}\n${COMPOSE}`, 'compose'],
    ['a/stack.json', '{"name": "a", "services": {"web": {"image": "nginx"}}}', 'compose'],
    ['a/web.yaml', `# a comment\n---\n${SERVICE}`, 'kubernetes'],
    ['a/web.yml', 'kind: Service\nmetadata: {}\n"apiVersion": "v1"\n', 'kubernetes'],
    ['a/all.json', '{\n  "apiVersion": "v1",\n  "items": [],\n  "kind": "List"\n}', 'kubernetes'],
    ['a/ports.yaml', 'apiVersion: portreeve.dev/v1\nkind: Port\n', 'documents'],
    ['a/ports.json', '{"apiVersion": "portreeve.dev/v1", "kind": "Port"}', 'documents'],
    ['portreeve.yaml', '', 'documents'],
    ['billing.portreeve.yaml', 'nonsense', 'documents'],
  ])('%s', (path, text, kind) => {
    expect(kindOf(path, text)).toBe(kind)
  })

  test.each([
    ['README.md', `Apply this:\n\n${SERVICE}`],
    ['services.yaml', 'services:\n  _defaults: { autowire: true }\n'],
    ['.gitlab-ci.yml', 'image: ruby\nservices:\n  - postgres\ninclude: other.yml\n'],
    ['Chart.yaml', 'apiVersion: v2\nname: chart\nversion: 1.0.0\n'],
    ['package.json', '{"name": "x", "services": {}}'],
    ['page.html', '<html>nmaprun</html>'],
    ['photo.yaml', 'apiVersion: v1\nkind: Service\n\0'],
    ['empty.yaml', ''],
  ])('%s is none of ours', (path, text) => {
    expect(kindOf(path, text)).toBe(null)
  })

  test('a file that a person names is looked into whatever its ending', () => {
    expect(kindOf('web.yaml.bak', SERVICE, false)).toBe(null)
    expect(kindOf('web.yaml.bak', SERVICE, true)).toBe('kubernetes')
    expect(kindOf('-', COMPOSE, true)).toBe('compose')
  })

  test('a kind behind a long first object is taken on trust', () => {
    expect(kindOf('cm.yaml', `apiVersion: v1\ndata:\n${'  a: b\n'.repeat(20_000)}kind: ConfigMap\n`)).toBe(
      'kubernetes',
    )
  })
})

test('the names of Compose files are known', () => {
  expect(
    ['compose.yaml', 'docker-compose.yml', 'compose.override.yaml', 'docker-compose-dev.yml'].every(
      isComposeName,
    ),
  ).toBe(true)
  expect(['composer.json', 'my-compose.yaml', 'compose.yaml.bak'].some(isComposeName)).toBe(false)
})

test('any bytes under any name are looked at without harm', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (path, bytes, named) => {
      expect([null, 'documents', 'nmap-xml', 'ss-text', 'compose', 'kubernetes']).toContain(
        recognise(path, bytes, named),
      )
    }),
  )
})
