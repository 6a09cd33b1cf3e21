import { describe, expect, test } from 'vitest'
import type { Reading } from '../model/source.ts'
import { discover } from './discover.ts'
import type { FoundText } from './found.ts'

function found(path: string, kind: FoundText['kind'], text: string, named = false): FoundText {
  const folder = path.split('/').at(-2) ?? 'here'
  return { state: 'text', path, folder, text, digest: `sha256:${path}`, kind, named }
}

const WEB = 'services: { web: { ports: ["80:80"] } }'

function summary({ source, places }: Reading): string {
  const count = places.reduce((sum, place) => sum + place.sightings.length, 0)
  return `${source.name} ${places.map(({ place }) => place.name).join(',')} ${count}`
}

describe('Compose files', () => {
  test('of a folder are one project with their override; others there are read alone', () => {
    const { readings } = discover([
      found('a/compose.override.yaml', 'compose', 'services: { web: { ports: ["81:81"] } }'),
      found('a/compose.yaml', 'compose', WEB),
      found('a/docker-compose.prod.yml', 'compose', WEB),
      found('b/docker-compose.yml', 'compose', WEB),
    ])
    expect(readings.map(summary)).toEqual([
      'a/compose.yaml a 2',
      'a/docker-compose.prod.yml a 1',
      'b/docker-compose.yml b 1',
    ])
    expect(readings.map(({ notes }) => notes.some((note) => note.startsWith('read alone')))).toEqual([
      false,
      true,
      false,
    ])
  })

  test('that others include or extend are part of those', () => {
    const { readings } = discover([
      found('a/common.yaml', 'compose', 'services: { base: { image: x, ports: ["1:1"] } }'),
      found(
        'a/compose.yaml',
        'compose',
        'services: { web: { extends: { file: common.yaml, service: base } } }',
      ),
    ])
    expect(readings.map(summary)).toEqual(['a/compose.yaml a 1'])
  })

  test('that include each other are not both taken for a part', () => {
    const { readings } = discover([
      found('a/x.yaml', 'compose', 'include: [y.yaml]\nservices: { x: { ports: ["1:1"] } }'),
      found('a/y.yaml', 'compose', 'include: [x.yaml]\nservices: { y: { ports: ["2:2"] } }'),
    ])
    expect(readings.map(summary)).toEqual(['a/y.yaml a 2'])
  })

  test('in the folder where the user stands are named after it', () => {
    expect(discover([found('compose.yaml', 'compose', WEB)]).readings.map(summary)).toEqual([
      'compose.yaml here 1',
    ])
  })
})

describe('Kubernetes manifests', () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80, targetPort: web}]}'
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}]}]}'

  test('of one folder are one source, and named ports are found in other folders too', () => {
    const { readings } = discover(
      [found('k/a/s.yaml', 'kubernetes', service), found('k/b/p.yaml', 'kubernetes', pod)],
      'prod',
    )
    expect(readings.map(summary)).toEqual(['k/a/s.yaml prod/default 1', 'k/b/p.yaml prod/default 1'])
    expect(readings[0]?.places[0]?.sightings[0]?.detail).toContain('8080 (web)')
    const together = discover([
      found('k/s.yaml', 'kubernetes', service),
      found('k/p.yaml', 'kubernetes', pod),
    ])
    expect(together.readings.map(summary)).toEqual(['k cluster/default 2'])
  })
})

describe('a broken file', () => {
  const broken = 'services: { web: { ports: ["x"] } }'

  test('in a folder is named with its reason, and the others are read', () => {
    const { readings, unreadable } = discover([
      found('a/compose.yaml', 'compose', broken),
      found('b/compose.yaml', 'compose', WEB),
      found('k/chart.yaml', 'kubernetes', 'apiVersion: v1\nkind: Service\nmetadata: {{ x }}\n  - y: ["'),
    ])
    expect(readings.map(summary)).toEqual(['b/compose.yaml b 1'])
    expect(unreadable.map(({ path }) => path)).toEqual(['a/compose.yaml', 'k/chart.yaml'])
    expect(unreadable[0]?.reason).toBe('a/compose.yaml:1:28: "x" is not a port or a range of ports')
    expect(unreadable[1]?.reason).toContain('a template, to be rendered first')
  })

  test('that a person named is refused', () => {
    expect(() => discover([found('a/compose.yaml', 'compose', broken, true)])).toThrow(
      expect.objectContaining({ code: 'source-invalid' }),
    )
  })
})

test('texts of other kinds are handed on', () => {
  const other = found('portreeve.yaml', 'documents', '')
  expect(discover([other])).toEqual({ readings: [], cluster: [], unreadable: [], others: [other] })
})
