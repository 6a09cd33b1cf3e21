import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { COMMON, REGISTERED, guessService, withServiceNamesAt } from './services.ts'

const NETBASE = '/etc/services'
const NMAP = '/usr/share/nmap/nmap-services'

/** IANA's names, which Debian or nmap spell otherwise or do not have. */
const ONLY_IANA = new Set([
  '1270/tcp opsmgr',
  '1494/tcp ica',
  '1701/tcp l2tp',
  '1720/tcp h323hostcall',
  '1900/tcp ssdp',
  '1935/tcp macromedia-fcs',
  '2376/tcp docker-s',
  '3268/tcp msft-gc',
  '3269/tcp msft-gc-ssl',
  '4500/tcp ipsec-nat-t',
  '5061/tcp sips',
  '5900/tcp rfb',
  '6667/tcp ircu',
  '8008/tcp http-alt',
  '9100/tcp pdl-datastream',
  '44818/tcp EtherNet-IP-2',
  '135/udp epmap',
  '1718/udp h323gatedisc',
  '1900/udp ssdp',
  '4789/udp vxlan',
  '6081/udp geneve',
  '44818/udp EtherNet-IP-2',
  '38412/sctp ng-control',
])

describe.skipIf(!existsSync(NETBASE) || !existsSync(NMAP))('against the lists of Debian and nmap', () => {
  test('a registered name is the name of Debian, where it has one, else that of nmap', () => {
    const [netbase, nmap] = [namesIn(NETBASE), namesIn(NMAP)]
    const others = Object.entries(REGISTERED).flatMap(([transport, names]) =>
      [...names]
        .filter(([port, name]) => {
          const key = `${port}/${transport}`
          return !(netbase.get(key) ?? nmap.get(key) ?? []).includes(name)
        })
        .map(([port, name]) => `${port}/${transport} ${name}`),
    )
    expect(new Set(others)).toEqual(ONLY_IANA)
  })
})

test('a number has one name, and what departs from the registry says why', () => {
  expect(new Set(COMMON.map(({ port, transport }) => `${port}/${transport}`)).size).toBe(COMMON.length)
  for (const { port, transport, why } of COMMON) {
    expect(REGISTERED[transport].has(port)).toBe(false)
    expect(why).not.toBe('')
  }
})

test('a number alone gives a guess, by transport, and no name where software of all kinds listens', () => {
  expect(guessService(22, 'tcp')).toEqual({ name: 'ssh', by: 'guess' })
  expect(guessService(514, 'tcp')?.name).toBe('shell')
  expect(guessService(514, 'udp')?.name).toBe('syslog')
  expect(guessService(9200, 'tcp')?.name).toBe('elasticsearch')
  expect(guessService(8081, 'tcp')).toBeNull()
})

test('a name that the source gives is kept, and a range of ports gets none', () => {
  const sighting = {
    net: 'net:1',
    transport: 'tcp',
    address: '10.0.0.1',
    device: null,
    port: 22,
    last: 22,
    state: 'open',
    family: 'ipv4',
    owners: [],
    workload: null,
    flags: [],
    count: 1,
    span: null,
    detail: null,
  } as const
  const { sightings } = withServiceNamesAt({
    place: { kind: 'host', name: 'a', identity: null, names: [], addresses: [], realm: 'default' },
    sightings: [
      { ...sighting, service: { name: 'http', by: 'probed' } },
      { ...sighting, service: null },
      { ...sighting, last: 23, service: null },
    ],
    absent: [],
  })
  expect(sightings.map(({ service }) => service?.name)).toEqual(['http', 'ssh', undefined])
})

/** Names and, in Debian's list, aliases. */
function namesIn(file: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, name = '', key = '', rest = ''] = /^(\S+)\s+(\d+\/(?:tcp|udp|sctp))\s*([^#]*)/.exec(line) ?? []
    const aliases = file === NETBASE ? rest.trim().split(/\s+/) : []
    if (key !== '') names.set(key, [...(names.get(key) ?? []), name, ...aliases])
  }
  return names
}
