import { describe, expect, test } from 'vitest'
import { portId } from '../../model/port.ts'
import type { Reading, Sighting } from '../../model/source.ts'
import { readCompose } from './read.ts'

function read(
  files: Readonly<Record<string, string>>,
  start: readonly string[] = Object.keys(files).slice(0, 1),
): Reading {
  const given = start.map((name) => ({ name, text: files[name] ?? '', digest: `sha256:${name}` }))
  return readCompose(given, (path) => files[path] ?? null)
}

function services(text: string): Reading {
  return read({ 'shop/compose.yaml': `services:\n${text}` })
}

function sightings(reading: Reading): readonly Sighting[] {
  return reading.places.flatMap((place) => place.sightings)
}

/** Address, port, transport and service in one line. */
function lines(reading: Reading): readonly string[] {
  return sightings(reading).map((one) => `${portId('', one)} ${one.workload}`)
}

describe('a published port', () => {
  test('stands on every address of the host, in a project named after its folder', () => {
    const reading = services('  web: { image: nginx, ports: ["8080:80"] }')
    expect(reading.places[0]?.place).toMatchObject({ kind: 'compose', name: 'shop' })
    expect(sightings(reading)).toMatchObject([
      {
        net: 'net:1',
        address: '*',
        family: 'dual',
        port: 8080,
        last: 8080,
        transport: 'tcp',
        state: 'unknown',
        workload: 'shop/web',
        flags: [],
        span: { file: 'shop/compose.yaml', line: 2 },
        detail: 'container port 80',
      },
    ])
  })

  test('keeps the line of its own entry', () => {
    const reading = services('  web:\n    ports:\n      - "1:1"\n\n      - "2:2"\n')
    expect(sightings(reading).map((one) => one.span?.line)).toEqual([4, 6])
  })

  test('a range is one port for each pair', () => {
    const reading = services('  web: { ports: ["127.0.0.1:8000-8002:90-92/udp"] }')
    expect(sightings(reading).map((one) => [one.address, one.port, one.transport, one.detail])).toEqual([
      ['127.0.0.1', 8000, 'udp', 'container port 90'],
      ['127.0.0.1', 8001, 'udp', 'container port 91'],
      ['127.0.0.1', 8002, 'udp', 'container port 92'],
    ])
  })

  test('without a published number is unknown until the project runs', () => {
    const reading = services('  web: { ports: [8600, "3000-3002", "${P:-80}:81"] }')
    expect(sightings(reading).map((one) => [one.port, one.count, one.flags, one.detail])).toEqual([
      [0, 1, ['port-unknown'], 'container port 8600'],
      [0, 3, ['port-unknown', 'aggregated'], 'container ports 3000-3002'],
      [0, 1, ['port-unknown'], 'container port 81; published ${P:-80}'],
    ])
  })

  test('in the long syntax says the same, and more', () => {
    const reading = services(`
  web:
    ports:
      - { name: http, target: 80, published: "8080", host_ip: 127.0.0.1, protocol: tcp, app_protocol: http, mode: host }
      - { target: 53, published: 53, protocol: udp, mode: ingress }
      - { target: 80, published: "9000-9005" }
      - { target: 443 }
      - { target: 80, published: "8081", host_ip: "::1" }`)
    expect(sightings(reading).map((one) => [one.address, one.port, one.transport, one.detail])).toEqual([
      ['127.0.0.1', 8080, 'tcp', 'container port 80; name http; mode host; app protocol http'],
      ['*', 53, 'udp', 'container port 53; mode ingress'],
      ['*', 0, 'tcp', 'container port 80; published on a free port of 9000-9005'],
      ['*', 0, 'tcp', 'container port 443'],
      ['::1', 8081, 'tcp', 'container port 80'],
    ])
  })

  test('is not read to base 60, not even where the file asks for YAML 1.1', () => {
    const reading = read({
      'a/compose.yaml': '%YAML 1.1\n---\nservices:\n  ssh:\n    ports:\n      - 22:22\n',
    })
    expect(lines(reading)).toEqual(['/net:1/*:22/tcp a/ssh'])
  })
})

test('an exposed port is on the network of its service alone', () => {
  const reading = services('  db: { expose: ["5432", 6000-6001, "53/udp"] }')
  expect(lines(reading)).toEqual([
    '/net:db/?:5432/tcp shop/db',
    '/net:db/?:6000/tcp shop/db',
    '/net:db/?:6001/tcp shop/db',
    '/net:db/?:53/udp shop/db',
  ])
  expect(sightings(reading).every((one) => one.flags.includes('internal') && one.address === null)).toBe(true)
})

test('a service on the host network has the ports of its processes, and a note says so', () => {
  const reading = services('  plex: { network_mode: host, expose: [32400] }')
  expect(lines(reading)).toEqual(['/net:1/?:32400/tcp shop/plex'])
  expect(reading.notes).toEqual([
    "plex uses the host's network: it listens wherever its processes do, published or not",
  ])
})

test('a service in the network of another exposes its ports there', () => {
  const reading = services(
    '  vpn: { ports: ["80:80"] }\n  app: { network_mode: "service:vpn", expose: [80] }',
  )
  expect(lines(reading)).toEqual(['/net:1/*:80/tcp shop/vpn', '/net:vpn/?:80/tcp shop/app'])
  expect(reading.notes).toEqual(['app shares the network of service:vpn'])
})

test('a service of a profile is kept, and its profile named', () => {
  const reading = services('  debug: { profiles: [dev, test], ports: ["9:9"] }')
  expect(sightings(reading)[0]?.detail).toBe('container port 9; profile dev, test')
})

describe('several files', () => {
  test('are merged: entries are added, equal ones fall together, the name of the last wins', () => {
    const reading = read(
      {
        'a/compose.yaml': 'name: one\nservices: { web: { ports: ["80:80", "81:81"] } }',
        'a/compose.override.yaml':
          'name: two\nservices: { web: { ports: ["81:81", "82:82"] }, db: { expose: [1] } }',
      },
      ['a/compose.yaml', 'a/compose.override.yaml'],
    )
    expect(lines(reading)).toEqual([
      '/net:1/*:80/tcp two/web',
      '/net:1/*:81/tcp two/web',
      '/net:1/*:82/tcp two/web',
      '/net:db/?:1/tcp two/db',
    ])
    expect(sightings(reading)[1]?.span?.file).toBe('a/compose.override.yaml')
    expect(reading.notes).toEqual(['merged in this order: a/compose.yaml, a/compose.override.yaml'])
  })

  test.each([
    ['!override ["90:80"]', ['/net:1/*:90/tcp a/web']],
    ['!reset []', []],
    ['!reset null', []],
  ])('may take back what an earlier one published: %s', (ports, expected) => {
    const files = {
      'a/1.yaml': 'services: { web: { ports: ["80:80"] } }',
      'a/2.yaml': `services: { web: { ports: ${ports} } }`,
    }
    expect(lines(read(files, ['a/1.yaml', 'a/2.yaml']))).toEqual(expected)
  })

  test('have one digest that any change of either changes', () => {
    const files = { 'a/1.yaml': 'services: {}', 'a/2.yaml': 'services: {}' }
    const digest = read(files, ['a/1.yaml', 'a/2.yaml']).source.digest
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(digest).not.toBe(read(files, ['a/2.yaml', 'a/1.yaml']).source.digest)
    expect(read(files, ['a/1.yaml']).source.digest).toBe('sha256:a/1.yaml')
  })
})

describe('extends and include', () => {
  test('bring ports in from the same file, other files and merge keys', () => {
    const reading = read({
      'a/compose.yaml': `
x-base: &base { ports: ["1:1"] }
include: [../b/compose.yaml, { path: [c.yaml, d.yaml] }]
services:
  one: { <<: *base, expose: [7] }
  two: { extends: one, ports: ["2:2"] }
  three: { extends: { file: lib/common.yaml, service: base } }`,
      'a/lib/common.yaml': 'services: { base: { extends: root, ports: ["3:3"] }, root: { ports: ["4:4"] } }',
      'b/compose.yaml': 'name: other\nservices: { four: { ports: ["5:5"] } }',
      'a/c.yaml': 'services: { five: { ports: ["6:6"] } }',
      'a/d.yaml': 'services: { five: { ports: ["7:7"] } }',
    })
    expect(lines(reading)).toEqual([
      '/net:1/*:5/tcp a/four',
      '/net:1/*:6/tcp a/five',
      '/net:1/*:7/tcp a/five',
      '/net:1/*:1/tcp a/one',
      '/net:one/?:7/tcp a/one',
      '/net:1/*:1/tcp a/two',
      '/net:1/*:2/tcp a/two',
      '/net:two/?:7/tcp a/two',
      '/net:1/*:4/tcp a/three',
      '/net:1/*:3/tcp a/three',
    ])
    expect(reading.complete).toBe(true)
  })

  test('end with a note where they go in a circle', () => {
    const reading = read({
      'a/compose.yaml':
        'include: [b.yaml]\nservices: { x: { extends: y, ports: ["1:1"] }, y: { extends: x } }',
      'a/b.yaml': 'include: [compose.yaml]\nservices: { z: { ports: ["2:2"] } }',
    })
    expect(lines(reading)).toEqual(['/net:1/*:2/tcp a/z', '/net:1/*:1/tcp a/x'])
    expect(reading.notes).toEqual([
      'a/b.yaml includes compose.yaml, which was read already',
      'a/compose.yaml: service x extends itself',
    ])
  })

  test('leave the reading incomplete where a file is not at hand', () => {
    const reading = read({
      'a/compose.yaml':
        'include: [gone.yaml, "https://example.com/c.yaml", "${F}.yaml"]\nservices: { x: { ports: ["1:1"] } }',
    })
    expect(reading.complete).toBe(false)
    expect(reading.notes).toEqual([
      'a/compose.yaml includes gone.yaml, which is not among the files read',
      'a/compose.yaml includes https://example.com/c.yaml: it lies elsewhere and was not read',
      'a/compose.yaml includes ${F}.yaml: the name holds a variable, so it was not read',
    ])
  })

  test('refuse a service that no file has', () => {
    expect(() => services('  x: { extends: nobody }')).toThrow(
      'shop/compose.yaml:2:17: shop/compose.yaml has no service "nobody"',
    )
  })
})

describe('a broken file', () => {
  test('is refused with all its faults, each with line and column', () => {
    const text = '  a: { ports: ["70000:80"] }\n  b: { ports: ["9-8:1"], expose: x }\n  b: {}\n'
    expect(() => services(text)).toThrow(
      expect.objectContaining({
        name: 'Refusal',
        code: 'source-invalid',
        message: 'shop/compose.yaml:4:3: "b" stands here twice',
        faults: expect.arrayContaining([
          expect.objectContaining({ position: { file: 'shop/compose.yaml', line: 2, column: 16 } }),
        ]) as unknown,
      }),
    )
  })

  test('of a project that publishes every port many times over is refused before it fills the memory', () => {
    const text = Array.from({ length: 100 }, (_, i) => `  s${i}: { ports: ["1-65535:1-65535"] }\n`).join('')
    expect(() => services(text)).toThrow(expect.objectContaining({ code: 'source-too-large' }))
  })
})

test('keys that JavaScript objects have by birth are names like others', () => {
  const reading = services(
    '  __proto__: { ports: ["1:1"] }\n  constructor: { __proto__: { ports: ["2:2"] }, ports: ["3:3"] }',
  )
  expect(lines(reading)).toEqual(['/net:1/*:1/tcp shop/__proto__', '/net:1/*:3/tcp shop/constructor'])
})

test('control characters of a name do not reach the reader', () => {
  const reading = read({ 'a/compose.yaml': 'services: { "w\\e[31m": { ports: ["1:1"] } }' })
  expect(sightings(reading)[0]?.workload).toBe('a/w\uFFFD[31m')
})
