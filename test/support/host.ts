import type { HostReader } from '../../src/discovery/host-reader.ts'
import { sightingsDigest } from '../../src/discovery/socket-sightings.ts'
import type { PlaceReading, Sighting } from '../../src/model/source.ts'

/** What a host shows at its next look; a test may change it between two looks. */
export interface Scene {
  sightings: readonly Sighting[]
  readonly name?: string
  readonly identity?: string
  readonly addresses?: readonly string[]
  readonly boot?: string
  readonly knownAnswer?: string
  complete?: boolean
  /** Where what was not seen is closed; left out: everywhere. */
  absent?: PlaceReading['absent']
}

/** A host of whose sockets the test decides; everything behind it is real. */
export function hostOf(scene: Scene): HostReader {
  const { name = 'db-1', identity = 'id-1', addresses = [], knownAnswer = 'passed' } = scene
  return {
    prove: async () => ({
      build: 'test',
      privileges: 'root',
      clock: 'synchronised',
      knownAnswer,
      configuration: { sockets: 'a scene' },
    }),
    networks: async () => ({
      place: { kind: 'host', name, identity, names: [name], addresses, realm: 'default' },
      networks: [],
    }),
    read: async () => {
      const { sightings, complete = true, absent = EVERYWHERE } = scene
      const known = { kind: 'host', name, identity, names: [name], addresses, realm: 'default' } as const
      const place = scene.boot === undefined ? known : { ...known, boot: scene.boot }
      return {
        source: {
          name: `linux-host:${name}`,
          kind: 'linux-host',
          vantage: 'on-host',
          digest: sightingsDigest(sightings),
        },
        at: null,
        complete,
        notes: [],
        places: [{ place, sightings, absent: complete ? absent : [] }],
      }
    },
  }
}

export const EVERY_PORT = {
  net: '*',
  transport: 'tcp',
  ports: [{ first: 1, last: 65_535 }],
  addresses: null,
} as const
const EVERYWHERE = [EVERY_PORT]

/** Something that listens on any IPv4 address, or as the test says. */
export function listening(values: Partial<Sighting> & Pick<Sighting, 'port'>): Sighting {
  return {
    net: 'net:1',
    transport: 'tcp',
    address: '0.0.0.0',
    device: null,
    last: values.port,
    state: 'open',
    family: 'ipv4',
    service: null,
    owners: [],
    workload: null,
    flags: [],
    count: 1,
    span: null,
    detail: null,
    ...values,
  }
}

/** A process of this name, of which nothing else is known. */
export function holder(name: string): Sighting['owners'][number] {
  return { pid: 7, name, path: null, user: null, unit: null, container: null }
}
