import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { LSOF_FIELDS, parseLsof } from '../../discovery/lsof.ts'
import { openListeners } from '../loopback/own-listeners.ts'
import { macosHost, macosReading } from './host.ts'

const place = {
  kind: 'host',
  name: 'mac',
  identity: 'aa',
  names: ['mac'],
  addresses: [],
  realm: 'default',
} as const
const seen = parseLsof('p1\nclaunchd\nLroot\nf7\ntIPv6\nd1\nPTCP\nn*:22\nTST=LISTEN\n')

test('a Mac read without root proves nothing by absence, and says so', () => {
  const reading = macosReading(seen, place, '2026-01-01T00:00:00.000Z', false)
  expect(reading).toMatchObject({ complete: false, source: { kind: 'macos-host', name: 'macos-host:mac' } })
  expect(reading.places[0]).toMatchObject({ absent: [], sightings: [{ port: 22, net: 'net:1' }] })
  expect(reading.notes[0]).toMatch(/^not run as root/)
})

test('a Mac read by root has every port of TCP and UDP looked at', () => {
  const reading = macosReading(seen, place, '2026-01-01T00:00:00.000Z', true)
  expect(reading.complete).toBe(true)
  expect(reading.places[0]?.absent.map(({ net, transport }) => [net, transport])).toEqual([
    ['*', 'tcp'],
    ['*', 'udp'],
  ])
})

// Linux has an lsof of the same family; it stands in for the Mac's, and for no more than its text.
describe.skipIf(!existsSync('/usr/bin/lsof'))('a real lsof', () => {
  test('says what parseLsof reads', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // It ends with 1 where one of the two kinds has nothing to list.
    const { stdout } = spawnSync('lsof', ['-nP', '-iTCP', '-iUDP', `-F${LSOF_FIELDS}`], { encoding: 'utf8' })
    server.close()
    const found = parseLsof(stdout).sockets.filter((socket) => socket.port === port)
    expect(found).toMatchObject([{ address: '127.0.0.1', transport: 'tcp', owners: [{ pid: process.pid }] }])
  })

  test('shows the collector its own listeners, and nobody else', async () => {
    const host = macosHost({ open: openListeners })
    const [state, reading] = await Promise.all([host.prove(), host.read()])
    expect(state.knownAnswer).toMatch(/^passed/)
    const ours = reading.places[0]!.sightings.filter(({ owners }) =>
      owners.some(({ pid }) => pid === process.pid),
    )
    expect(ours).toEqual([])
  })
})
