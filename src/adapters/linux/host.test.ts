import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, type ListenOptions, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Reading, Sighting } from '../../model/source.ts'
import { openListeners } from '../loopback/own-listeners.ts'
import { linuxHost } from './host.ts'

const linux = process.platform === 'linux'
const root = linux && process.geteuid?.() === 0
const cleanup: (() => unknown)[] = []

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo()
})

const host = linuxHost({ open: openListeners })
const see = async () => (await host.read()).places[0]?.sightings ?? []
const at = (sightings: readonly Sighting[], port: number, transport = 'tcp') =>
  sightings.filter((seen) => seen.port === port && seen.transport === transport)

const sharing = (port: number) =>
  `require('net').createServer().listen({ port: ${port}, host: '127.0.0.1', reusePort: true }, function () {
    console.log(this.address().port) })`
const ip = (...args: string[]) => execFileSync('/usr/sbin/ip', args)
const byNumber = (a: number | undefined, b: number | undefined) => (a ?? 0) - (b ?? 0)

async function listen(options: ListenOptions): Promise<number> {
  const server = createServer()
  cleanup.push(() => server.close())
  await once(server.listen({ port: 0, ...options }), 'listening')
  return (server.address() as AddressInfo).port
}

/** A process that runs `code` and says one line when it is ready; the line. */
async function helper(command: string, ...args: string[]): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const [said] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}
const node = (code: string) => helper(process.execPath, '-e', code)

describe.skipIf(!linux)('this host', () => {
  test('shows TCP on IPv4, on IPv6 alone and on both as three different things', async () => {
    const four = await listen({ host: '127.0.0.1' })
    const six = await listen({ host: '::', ipv6Only: true })
    const dual = await listen({ host: '::' })
    const seen = await see()
    expect(at(seen, four)).toMatchObject([
      { net: 'net:1', address: '127.0.0.1', family: 'ipv4', state: 'open' },
    ])
    expect(at(seen, six)).toMatchObject([{ address: '::', family: 'ipv6' }])
    expect(at(seen, dual)).toMatchObject([{ address: '*', family: 'dual' }])
  })

  test('names the process that listens: number, name, executable, account', async () => {
    const { child, said } = await node(`require('net').createServer().listen(0, '127.0.0.1', function () {
      process.title = 'a) (b "c'; console.log(this.address().port) })`)
    const [seen] = at(await see(), Number(said))
    expect(seen?.owners).toMatchObject([{ pid: child.pid, name: 'a) (b "c', path: process.execPath }])
    expect(seen?.owners[0]?.user).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim())
  })

  test('shows UDP that waits, doubts it in the client range, and leaves out what has a peer', async () => {
    const [waiting, connected] = [createSocket('udp4'), createSocket('udp4')]
    cleanup.push(
      () => waiting.close(),
      () => connected.close(),
    )
    await once(waiting.bind(0, '127.0.0.1'), 'listening')
    connected.connect(9, '127.0.0.1')
    await once(connected, 'connect')
    const seen = await see()
    expect(at(seen, waiting.address().port, 'udp')).toMatchObject([
      { owners: [{ pid: process.pid }], flags: ['may-be-client'] },
    ])
    expect(at(seen, connected.address().port, 'udp')).toEqual([])
  })

  test('folds the many UDP sockets of one client', async () => {
    const code = `const d = require('dgram'); let n = 0
      for (let i = 0; i < 5; i++) d.createSocket('udp4').bind(0, '127.0.0.1', function () {
        if (++n === 5) console.log(this.address().port) })`
    const { child, said } = await node(code)
    const { sightings, absent } = (await host.read()).places[0]!
    const folded = sightings.filter(({ owners }) => owners.some(({ pid }) => pid === child.pid))
    expect(folded).toMatchObject([
      { port: 0, flags: ['may-be-client', 'aggregated', 'port-unknown'], transport: 'udp' },
    ])
    expect(folded[0]?.count).toBeGreaterThanOrEqual(5)
    const looked = absent.filter(({ transport }) => transport === 'udp').flatMap(({ ports }) => ports)
    expect(looked.some(({ first, last }) => first <= Number(said) && Number(said) <= last)).toBe(false)
  })

  test('shows a port that two processes share as one, with both', async () => {
    const first = await node(sharing(0))
    const second = await node(sharing(Number(first.said)))
    const [seen, ...more] = at(await see(), Number(first.said))
    expect(more).toEqual([])
    expect(seen).toMatchObject({ count: 2, flags: ['shared'] })
    expect(seen?.owners.map(({ pid }) => pid)).toEqual([first.child.pid, second.child.pid].sort(byNumber))
  })

  test('names a process that inherited the socket, and the heir alone once the first is gone', async () => {
    const code = `const { spawn } = require('child_process')
      const server = require('net').createServer().listen(0, '127.0.0.1', () => {
        const heir = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] })
        console.log(server.address().port, heir.pid) })`
    const { child, said } = await node(code)
    const [port, heir] = said.split(' ').map(Number)
    cleanup.push(() => process.kill(heir!, 'SIGKILL'))
    expect(at(await see(), port!)).toMatchObject([{ count: 1, flags: [] }])
    expect(at(await see(), port!)[0]?.owners.map(({ pid }) => pid)).toEqual([child.pid, heir].sort(byNumber))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(at(await see(), port!)[0]?.owners).toMatchObject([{ pid: heir, name: 'sleep' }])
  })

  test('shows no longer what was closed, and says that every other port was looked at', async () => {
    const port = await listen({ host: '127.0.0.1' })
    expect(at(await see(), port)).toHaveLength(1)
    await cleanup.pop()!()
    const reading = await host.read()
    expect(at(reading.places[0]!.sightings, port)).toEqual([])
    expect(reading.places[0]!.absent).toContainEqual({
      net: reading.complete ? '*' : 'net:1',
      transport: 'tcp',
      ports: [{ first: 1, last: 65_535 }],
      addresses: null,
    })
  })

  test('is one place, seen from itself, with the same name each time', async () => {
    const { source, places } = await host.read()
    expect(source).toMatchObject({ kind: 'linux-host', vantage: 'on-host' })
    expect(source.name).toBe(`linux-host:${places[0]?.place.name}`)
    expect(source.digest).toMatch(/^sha256:[\da-f]{64}$/)
  })

  test('is known to be seen: the collector finds its own listeners and does not report them', async () => {
    const [state, reading] = await Promise.all([host.prove(), host.read()])
    expect(state.knownAnswer).toMatch(/^passed/)
    expect(state.build).toMatch(/^sha256:[\da-f]{64}$/)
    expect(['synchronised', 'unsynchronised', 'unknown']).toContain(state.clock)
    expect(
      reading.places[0]!.sightings.filter(({ owners }) => owners.some(({ pid }) => pid === process.pid)),
    ).toEqual([])
  })
})

describe.skipIf(!root || !existsSync('/usr/sbin/ip'))('network namespaces of this host', () => {
  const blue = `pt${process.pid}`
  const make = () => {
    ip('netns', 'add', blue)
    cleanup.push(() => ip('netns', 'del', blue))
    ip('-n', blue, 'link', 'add', 'va', 'type', 'veth', 'peer', 'vb')
    ip('-n', blue, 'link', 'set', 'lo', 'up')
  }
  const inside = (program: string, code: string) =>
    helper('/usr/sbin/ip', 'netns', 'exec', blue, program, program === 'python3' ? '-c' : '-e', code)

  test('are read from inside, under their name', async () => {
    make()
    const code = `require('net').createServer().listen(7031, '0.0.0.0', () => console.log(process.pid))`
    const { said } = await inside(process.execPath, code)
    const reading = await host.read()
    const seen = at(reading.places[0]!.sightings, 7031)
    expect(seen).toMatchObject([{ net: `net:${blue}`, address: '0.0.0.0', owners: [{ pid: Number(said) }] }])
    expect(reading.complete).toBe(true)
  })

  test('show a listener that is bound to one device', async () => {
    make()
    const code = `import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'va'); s.bind(('0.0.0.0', 7032)); s.listen()
print('ready', flush=True); time.sleep(60)`
    await inside('python3', code)
    expect(at(await see(), 7032)).toMatchObject([{ net: `net:${blue}`, address: '0.0.0.0', device: 'va' }])
  })

  test('are told apart where the same address and port is open in two', async () => {
    make()
    const port = await listen({ host: '127.0.0.1' })
    await inside(
      process.execPath,
      `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'))`,
    )
    expect(
      at(await see(), port)
        .map(({ net }) => net)
        .sort(),
    ).toEqual(['net:1', `net:${blue}`])
  })

  test('that no process lives in are read all the same', async () => {
    make()
    const reading = await host.read()
    expect(reading.complete).toBe(true)
    expect(reading.notes.filter((note) => note.includes(blue))).toEqual([])
  })
})

const UNIFIED = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
  existsSync(join(path, 'cgroup.procs')),
)

describe.skipIf(!root || UNIFIED === undefined)('control groups of this host', () => {
  test.each([
    ['portreeve-test.service', { unit: 'portreeve-test.service', container: null }],
    [`docker-${'0badcafe'.repeat(8)}.scope`, { unit: null, container: '0badcafe'.repeat(8) }],
  ])('%s says who runs a process', async (name, runner) => {
    const group = join(UNIFIED!, name)
    mkdirSync(group)
    cleanup.push(() => rmdirSync(group))
    const { child, said } = await node(
      `require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
    )
    writeFileSync(join(group, 'cgroup.procs'), String(child.pid))
    expect(at(await see(), Number(said))).toMatchObject([{ owners: [runner] }])
  })
})

describe.skipIf(!root)('a collector that lacks something', () => {
  const script = `import(${JSON.stringify(join(import.meta.dirname, 'host.ts'))})
    .then(async ({ linuxHost }) => console.log(JSON.stringify(await linuxHost({}).read())))`
  const readBy = (command: string, ...args: string[]) =>
    JSON.parse(
      execFileSync(command, [...args, process.execPath, '-e', script], { encoding: 'utf8' }),
    ) as Reading

  test('ss: reads procfs and says what that leaves open', async () => {
    const port = await listen({ host: '::' })
    const hide = 'mount --bind /dev/null "$(command -v ss)" && exec "$@"'
    const reading = readBy('unshare', '-m', 'sh', '-c', hide, 'sh')
    expect(at(reading.places[0]!.sightings, port)).toMatchObject([
      { address: '::', family: 'ipv6', flags: ['ipv4-unknown'], owners: [{ pid: process.pid }] },
    ])
    expect(reading.notes.join('\n')).toMatch(/read from procfs, not by ss, .*: net:1/)
  })

  test('root: sees the sockets and their accounts, not the processes, and says so', async () => {
    const port = await listen({ host: '127.0.0.1' })
    const reading = readBy('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')
    expect(at(reading.places[0]!.sightings, port)).toMatchObject([{ owners: [{ pid: null, user: 'root' }] }])
    expect(reading.notes.join('\n')).toMatch(
      /without a visible process: .*nobody, may not read the open files/,
    )
  })

  test('root: still sees what listens in a namespace that it may not enter', async () => {
    const { said } = await helper(
      'unshare',
      '-n',
      process.execPath,
      '-e',
      `require('net').createServer().listen(7033, '0.0.0.0', () => console.log(process.pid))`,
    )
    const reading = readBy('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')
    expect(Number(said)).toBeGreaterThan(1)
    expect(at(reading.places[0]!.sightings, 7033)).toMatchObject([{ address: '0.0.0.0', state: 'open' }])
    expect(at(reading.places[0]!.sightings, 7033)[0]?.net).toMatch(/^net:table-\d+$/)
    expect(reading.complete).toBe(true)
  })
})
