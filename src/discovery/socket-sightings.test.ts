import { describe, expect, test } from 'vitest'
import { type HostSocket, UNKNOWN_PROCESS } from './host-socket.ts'
import { provenUdp, sightingsDigest, socketSightings } from './socket-sightings.ts'

const base: HostSocket = {
  net: 'net:1',
  address: '0.0.0.0',
  device: null,
  port: 80,
  transport: 'tcp',
  family: 'ipv4',
  inode: null,
  uid: null,
  cgroup: null,
  owners: [],
  flags: [],
  line: null,
  detail: null,
}
const owner = (pid: number, name: string) => ({ ...UNKNOWN_PROCESS, pid, name })
const udp = (port: number, name = 'dns', pid = 7): HostSocket => ({
  ...base,
  transport: 'udp',
  port,
  owners: [owner(pid, name)],
})
const ephemeral = () => ({ first: 32_768, last: 60_999 })
const sightings = (sockets: readonly HostSocket[]) => socketSightings(sockets, { ephemeral, file: null })

const many = (first: number, name: string, pid: number) => [0, 1, 2, 3].map((n) => udp(first + n, name, pid))

describe('sockets of one host', () => {
  test('that share a port are one sighting with every owner, once', () => {
    const shared = [
      { ...base, owners: [owner(12, 'nginx')] },
      { ...base, owners: [owner(11, 'nginx'), owner(12, 'nginx')] },
    ]
    expect(sightings(shared)).toMatchObject([
      { port: 80, count: 2, flags: ['shared'], owners: [{ pid: 11 }, { pid: 12 }] },
    ])
  })

  test('that were inherited have several owners and are not shared', () => {
    expect(sightings([{ ...base, owners: [owner(1, 'a'), owner(2, 'a')] }])).toMatchObject([
      { count: 1, flags: [], owners: [{ pid: 1 }, { pid: 2 }] },
    ])
  })

  test('on another device, address or namespace stay apart', () => {
    const apart = [base, { ...base, device: 'va' }, { ...base, address: '::' }, { ...base, net: 'net:blue' }]
    expect(sightings(apart)).toHaveLength(4)
  })

  test('of a UDP client are doubted, one by one while they are few', () => {
    const few = sightings([udp(40_000), udp(40_001), udp(40_002), udp(53)])
    expect(few.map(({ port, flags }) => [port, flags])).toEqual([
      [53, []],
      [40_000, ['may-be-client']],
      [40_001, ['may-be-client']],
      [40_002, ['may-be-client']],
    ])
  })

  test('of a UDP client are folded when they are many, and none is lost', () => {
    const ports = [40_010, 40_001, 40_030, 40_020]
    const folded = sightings([...ports.map((port) => udp(port)), udp(41_000, 'other', 8), udp(5353)])
    expect(folded.map(({ port, last, count, flags }) => [port, last, count, flags])).toEqual([
      [5353, 5353, 1, []],
      [41_000, 41_000, 1, ['may-be-client']],
      [0, 0, 4, ['may-be-client', 'aggregated', 'port-unknown']],
    ])
  })

  test('of two UDP clients on one address are one sighting with both owners, whatever their numbers are now', () => {
    const now = sightings([...many(40_000, 'one', 7), ...many(41_000, 'other', 8)])
    const later = sightings([...many(50_000, 'one', 7), ...many(51_000, 'other', 8)])
    expect(now).toMatchObject([{ port: 0, count: 8, owners: [{ pid: 7 }, { pid: 8 }] }])
    expect(sightingsDigest(later)).toBe(sightingsDigest(now))
  })

  test('have one digest, whatever their order; another owner changes it', () => {
    const [a, b] = [base, { ...base, port: 81 }]
    expect(sightingsDigest(sightings([a, b]))).toBe(sightingsDigest(sightings([b, a])))
    expect(sightingsDigest(sightings([{ ...a, owners: [owner(1, 'x')] }, b]))).not.toBe(
      sightingsDigest(sightings([a, b])),
    )
  })
})

describe('absence', () => {
  test('proves no UDP port closed that is open behind a folded sighting', () => {
    const sockets = [...many(40_000, 'dns', 7), udp(53), { ...base, port: 40_500 }]
    expect(sightings(sockets).find(({ port }) => port === 0)).toMatchObject({ count: 4 })
    expect(provenUdp(sockets, ephemeral)).toEqual([
      { first: 1, last: 39_999 },
      { first: 40_004, last: 65_535 },
    ])
  })

  test('leaves out the client range where a client has very many sockets', () => {
    const sockets = Array.from({ length: 300 }, (_, n) => udp(40_000 + 2 * n))
    expect(provenUdp(sockets, ephemeral)).toEqual([
      { first: 1, last: 32_767 },
      { first: 61_000, last: 65_535 },
    ])
  })

  test('proves every port where no socket is in doubt', () => {
    expect(provenUdp([udp(53), base], ephemeral)).toEqual([{ first: 1, last: 65_535 }])
    expect(provenUdp([udp(65_535)], () => ({ first: 65_535, last: 65_535 }))).toEqual([
      { first: 1, last: 65_534 },
    ])
  })
})
