import { execFile, spawnSync } from 'node:child_process'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readScan } from '../nmap.fixture.ts'

const run = promisify(execFile)

describe.skipIf(spawnSync('nmap', ['--version']).status !== 0)('what the installed nmap writes', () => {
  let open: Server
  let openPort: number
  let closedPort: number
  beforeAll(async () => {
    open = await listening()
    const closed = await listening()
    openPort = portOf(open)
    closedPort = portOf(closed)
    closed.close()
  })
  afterAll(() => void open.close())

  test('a port that listens is open, one that does not is closed', async () => {
    const { hosts, summary } = await scan('-p', `${openPort},${closedPort}`)
    expect(summary).toMatchObject({ complete: true, notes: [] })
    expect(Date.parse(summary.at ?? '')).toBeLessThanOrEqual(Date.now())
    expect(new Map(hosts[0]?.sightings.map(({ port, state }) => [port, state]))).toEqual(
      new Map([
        [openPort, 'open'],
        [closedPort, 'closed'],
      ]),
    )
    expect(hosts[0]?.absent[0]?.ports).toEqual([{ first: closedPort, last: closedPort }])
  })

  test('of a range, all but what listens is closed', async () => {
    const first = Math.min(openPort, 65_335)
    const { hosts } = await scan('-p', `${first}-${first + 200}`)
    const closed = hosts[0]?.absent[0]?.ports ?? []
    expect(closed.some((range) => range.first <= openPort && openPort <= range.last)).toBe(false)
    const count = closed.reduce((sum, range) => sum + range.last - range.first + 1, 0)
    const seen = hosts[0]?.sightings.filter(({ state }) => state === 'open').length ?? 0
    expect(count + seen).toBe(201)
  })

  test('a list scan proves nothing of any host', async () => {
    expect((await scan('-sL')).hosts).toEqual([])
  })
})

async function scan(...options: readonly string[]) {
  const kind = options.includes('-sL') ? [] : ['-sT', '-Pn']
  return readScan((await run('nmap', ['-n', ...kind, ...options, '-oX', '-', '127.0.0.1'])).stdout)
}

async function listening(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
