import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../model/refusal.ts'
import { type ReadScan, readScan, runOf } from '../nmap.fixture.ts'

const OPEN =
  '<state state="open" reason="syn-ack" reason_ttl="63"/><service name="http" product="nginx" version="1.22.1" method="probed" conf="10"><cpe>cpe:/a:x:nginx</cpe></service>'
const SILENT = '<state state="filtered" reason="no-response" reason_ttl="0"/>'
const CLOSED = '<state state="closed" reason="reset" reason_ttl="63"/>'

test('ports of which a scan says the same are each told, with their own number, transport and host', async () => {
  const ports = [80, 81, 82, 83].map((number) => port(number, OPEN))
  const scan = hosts(
    [...ports, port(84, CLOSED), port(85, SILENT)].join('\n'),
    [...ports, port(53, OPEN, 'udp'), port(54, OPEN, 'udp'), port(84, CLOSED), port(85, SILENT)].join('\n'),
    [port(84, CLOSED), port(85, SILENT), port(86, CLOSED)].join('\n'),
  )
  const read = await readScan(scan)
  expect(read).toEqual(await readOneByOne(scan))
  expect(told(read)).toEqual([
    ['10.0.0.1', 'tcp 80-83 open', 'tcp 84 closed', 'tcp 85 unknown'],
    ['10.0.0.2', 'tcp 80-83 open', 'udp 53-54 open', 'tcp 84 closed', 'tcp 85 unknown'],
    ['10.0.0.3', 'tcp 84 closed', 'tcp 85 unknown', 'tcp 86 closed'],
  ])
  expect(read.hosts[2]?.absent[0]?.ports.map(({ first }) => first)).toEqual([84, 86])
})

describe('what stands within a port and means something beyond it is never skipped', () => {
  test.each([
    ['the name of a host', `${OPEN}<hostname name="x.example.net"/>`],
    ['ports that were not listed', `${CLOSED}<extraports state="closed" count="1"/>`],
    ['another port', `${OPEN}<port protocol="tcp" portid="9999">${OPEN}`],
    ['a comment', `${OPEN}<!-- </port> -->`],
  ])('%s', async (_, content) => {
    const ports = [1, 2, 3, 4].map((number) => port(number, content)).join('\n')
    const scan = hosts(ports, ports, ports, ports)
    expect(await readScan(scan)).toEqual(await readOneByOne(scan))
  })
})

test('a number that is no port is none behind a known port either', async () => {
  const known = [1, 2, 3].map((number) => port(number, OPEN))
  const scan = hosts([...known, port(0, OPEN), port(65_536, OPEN), port(65_535, OPEN)].join('\n'))
  expect((await readScan(scan)).hosts[0]?.sightings.map((sighting) => sighting.port)).toEqual([
    1, 2, 3, 65_535,
  ])
})

test('a host with more known ports than there are is refused, at the one too many', async () => {
  const host = `<nmaprun><host><address addr="10.0.0.1"/>${`\n${port(1, SILENT)}`.repeat(262_145)}`
  await expect(readScan(host)).rejects.toThrow(/:262146:\d+: a host with more than 262144 ports/)
})

test('a scan of known ports, with anything put among them, is read as it is one port at a time', async () => {
  const ports = [OPEN, OPEN, OPEN, SILENT, SILENT, SILENT, OPEN, CLOSED, CLOSED, CLOSED]
  const scan = hosts(
    ports.map((content, n) => port(n + 20, content)).join('\n'),
    ports.map((content, n) => port(n + 30, content, n > 5 ? 'udp' : 'tcp')).join('\n'),
  )
  const place = fc.nat({ max: scan.length })
  const word = fc.constantFrom('', '<', '>', '"', '</port>', '<port ', '<!--', '\n', ' ', OPEN, SILENT, '9')
  expect.hasAssertions()
  await fc.assert(
    fc.asyncProperty(place, fc.nat({ max: 200 }), word, async (from, length, put) => {
      const torn = scan.slice(0, from) + put + scan.slice(from + length)
      expect(await outcome(readScan(torn))).toEqual(await outcome(readOneByOne(torn)))
    }),
    { numRuns: 300 },
  )
})

function port(number: number, content: string, transport = 'tcp'): string {
  return `<port protocol="${transport}" portid="${number}">${content}</port>`
}

function hosts(...ports: readonly string[]): string {
  return runOf(
    ports
      .map(
        (list, n) =>
          `<host><status state="up"/><address addr="10.0.0.${n + 1}"/><ports>${list}\n</ports></host>\n`,
      )
      .join(''),
  )
}

/** Pieces so short that no port stands in one of them whole: nothing can be known. */
async function readOneByOne(scan: string): Promise<ReadScan> {
  return readScan(scan, 8)
}

/** Runs of ports in one state, for each host. */
function told({ hosts }: ReadScan): readonly (readonly string[])[] {
  return hosts.map(({ place, sightings }) => {
    const runs: { transport: string; first: number; last: number; state: string }[] = []
    for (const { transport, port: number, state } of sightings) {
      const run = runs.at(-1)
      if (run?.transport === transport && run.state === state && run.last === number - 1) run.last = number
      else runs.push({ transport, first: number, last: number, state })
    }
    const words = runs.map(({ transport, first, last, state }) =>
      first === last ? `${transport} ${first} ${state}` : `${transport} ${first}-${last} ${state}`,
    )
    return [place.name, ...words]
  })
}

/** What was read, or the words of the refusal. */
async function outcome(reading: Promise<ReadScan>): Promise<ReadScan | string> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}
