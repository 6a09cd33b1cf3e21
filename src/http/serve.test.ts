import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { smallWorld, type SmallWorld } from '../../test/http/small-desk.ts'
import { remoteDesk } from '../adapters/server/remote-desk.ts'
import { Refusal } from '../model/refusal.ts'
import { listenPlan } from './listen.ts'
import { serve, type Serving } from './serve.ts'

const OPERATOR = { id: 'operator', capabilities: [] }

let folder = ''
let world: SmallWorld
const running: Serving[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-'))
  world = await smallWorld()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((serving) => serving.stop()))
  await rm(folder, { recursive: true })
})

async function start(where: { tcp?: number | false; socketPath?: string | null } = {}): Promise<Serving> {
  const { tcp = 0, socketPath = join(folder, 'portreeve.sock') } = where
  const listen = tcp === false ? null : listenPlan({ host: '127.0.0.1', port: tcp }, false, false)
  const serving = await serve(world, { listen, tls: null, names: [], socketPath })
  running.push(serving)
  return serving
}

/** Speaks HTTP by hand: what a client library would tidy up is what is tested. */
function raw(serving: Serving, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connected(serving)
    let got = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (got += chunk))
    socket.on('end', () => resolve(got))
    socket.on('error', reject)
    socket.write(text)
  })
}

function host(serving: Serving): string {
  return new URL(serving.origin ?? '').host
}

function connected(serving: Serving): Socket {
  const { hostname, port } = new URL(serving.origin ?? '')
  return connect(Number(port), hostname)
}

describe('the socket in the data folder', () => {
  test('can be opened by its owner alone, and makes its peer the operator', async () => {
    await start()
    const path = join(folder, 'portreeve.sock')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const desk = remoteDesk({ socketPath: path })
    expect(await desk.call('rebuild', {}, OPERATOR)).toMatchObject({
      entries: 9,
      milliseconds: 1,
      identical: true,
    })
    expect(world.calls.at(-1)?.actor).toBe('operator')
  })

  test('is gone when the server has stopped', async () => {
    const serving = await start()
    await serving.stop()
    await expect(stat(join(folder, 'portreeve.sock'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('is replaced where a killed process left it', async () => {
    const path = join(folder, 'portreeve.sock')
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('on'))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    expect((await stat(path)).isSocket()).toBe(true)
    await start()
    expect((await remoteDesk({ socketPath: path }).call('listDocuments', {}, OPERATOR)).documents).toEqual([])
  })

  test('is not taken from a process that answers', async () => {
    await start()
    await expect(start()).rejects.toMatchObject({ code: 'book-busy' })
    const desk = remoteDesk({ socketPath: join(folder, 'portreeve.sock') })
    expect((await desk.call('listDocuments', {}, OPERATOR)).documents).toEqual([])
  })

  test('does not replace a file that is no socket', async () => {
    const path = join(folder, 'portreeve.sock')
    await writeFile(path, 'mine')
    await expect(start()).rejects.toMatchObject({ code: 'listen-refused' })
    expect((await stat(path)).size).toBe(4)
  })

  test('needs a path that the system can hold', async () => {
    await expect(start({ socketPath: join(folder, 'x'.repeat(200)) })).rejects.toMatchObject({
      code: 'listen-refused',
    })
  })
})

describe('the address', () => {
  test('that is taken is refused, and nothing is left listening', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    await expect(start({ tcp: port })).rejects.toMatchObject({ code: 'listen-refused' })
    await expect(stat(join(folder, 'portreeve.sock'))).rejects.toMatchObject({ code: 'ENOENT' })
    other.close()
  })

  test('is known with its port, and the link goes behind the #', async () => {
    const serving = await start({ socketPath: null })
    expect(serving.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(serving.enterUrl('s3cret')).toBe(`${serving.origin}/enter#s3cret`)
  })
})

describe('on the wire', () => {
  test.each<[string, (at: string) => string, number]>([
    ['another name in Host', () => 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
    ['no Host', () => 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'an absolute URL with another name in Host',
      (at: string) => `GET http://${at}/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
      421,
    ],
    [
      'two Hosts',
      (at: string) => `GET / HTTP/1.1\r\nHost: ${at}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
      421,
    ],
    ['our own name', (at: string) => `GET / HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`, 200],
  ])('%s is refused or answered', async (_, request, status) => {
    const serving = await start({ socketPath: null })
    expect(await raw(serving, request(host(serving)))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  test('a body without end is cut off', async () => {
    const serving = await start()
    const socket = connect(join(folder, 'portreeve.sock'))
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))))
    socket.on('error', () => {})
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      'POST /api/v1/scans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', pump)
    pump()
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /)
    await ended
    await serving.stop()
  })

  test('a client that never reads its events costs a bounded queue, and cannot hold up the end', async () => {
    const serving = await start({ socketPath: null })
    const { token } = await world.desk.enter(await world.makeLink())
    const socket = connected(serving)
    socket.on('error', () => {})
    socket.pause()
    socket.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: ${host(serving)}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    while (world.feed.listeners === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const before = process.memoryUsage().heapUsed
    for (let size = 1; size <= 200_000; size++) world.feed.add(size)
    expect(world.feed.listeners).toBe(1)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150e6)
    await serving.stop()
    expect(world.feed.listeners).toBe(0)
    socket.destroy()
  })

  test('a quiet stream of events beats for as long as its session lasts', async () => {
    Object.assign(world, { heartbeatMs: 5 })
    const serving = await start({ socketPath: null })
    const { token } = await world.desk.enter(await world.makeLink())
    const got = raw(
      serving,
      `GET /api/v1/events HTTP/1.1\r\nHost: ${host(serving)}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    )
    while (world.feed.listeners === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await world.desk.leave(token)
    expect(await got).toContain(': beat')
    expect(world.feed.listeners).toBe(0)
  })

  test('a client that goes away in the middle of its body is no bug', async () => {
    await start()
    const socket = connect(join(folder, 'portreeve.sock'))
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(
      'POST /api/v1/scans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    while (world.logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(world.logged.map((line) => JSON.parse(line).event)).toEqual(['request'])
  })
})

describe.skipIf(!openssl())('with a certificate (openssl makes one here)', () => {
  test('the server speaks TLS, and a client that does not trust it has sent nothing', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ]
    execFileSync('openssl', made, { stdio: 'ignore' })
    const tls = { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') }
    const listen = listenPlan({ host: '127.0.0.1', port: 0 }, true, false)
    const serving = await serve(world, { listen, tls, names: [], socketPath: null })
    running.push(serving)
    expect(serving.origin).toMatch(/^https:/)
    const status = await new Promise((resolve, reject) => {
      get(`${serving.origin}/healthz`, { rejectUnauthorized: false }, ({ statusCode }) =>
        resolve(statusCode),
      ).on('error', reject)
    })
    expect(status).toBe(200)
    const desk = remoteDesk({ url: serving.origin ?? '', token: null })
    await expect(desk.call('declare', { files: [] })).rejects.toMatchObject({ code: 'unreachable' })
  })
})

function openssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0
}

describe('a desk over HTTP', () => {
  test('hands on what the server refused, with faults and the way out', async () => {
    await start()
    const desk = remoteDesk({ socketPath: join(folder, 'portreeve.sock') })
    const refusal = await desk
      .call('declare', { files: [{ name: 'a.yaml', text: 'a\tb' }] }, OPERATOR)
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({
      code: 'document-invalid',
      message: 'a document is not valid',
      hint: 'use spaces',
      faults: [{ message: 'a tab', position: { file: 'a.yaml', line: 1, column: 2 }, hint: null }],
    })
    await expect(desk.call('showPort', { port: 'no-disk' })).rejects.toMatchObject({
      name: 'Fatal',
      message: 'the disk is full',
    })
    await expect(desk.call('showPort', { port: 'not-a-port' })).rejects.toThrow(/met a bug/)
  })

  test('sends every kind of input: names with slashes, lists, numbers, nothing', async () => {
    await start()
    const desk = remoteDesk({ socketPath: join(folder, 'portreeve.sock') })
    const port = 'db-1/net:1/[fe80::1]%eth0:5432/tcp'
    await expect(desk.call('showPort', { port })).rejects.toMatchObject({ code: 'not-found' })
    expect(world.calls.at(-1)?.input).toEqual({ port })
    await desk.call('listEntries', { from: 3, types: ['sighting', 'coverage'] })
    expect(world.calls.at(-1)?.input).toEqual({ from: 3, types: ['sighting', 'coverage'], limit: 100 })
    await desk.call('listFindings', { rule: 'drift.undeclared', place: 'a&b=c' })
    expect(world.calls.at(-1)?.input).toMatchObject({ rule: 'drift.undeclared', place: 'a&b=c' })
  })

  test('over TCP is whoever its token says', async () => {
    const serving = await start({ socketPath: null })
    const { token } = await world.desk.enter(await world.makeLink())
    const desk = remoteDesk({ url: serving.origin ?? '', token: token })
    expect((await desk.call('showSession', {})).name).toBe('Administrator')
    const nobody = remoteDesk({ url: serving.origin ?? '', token: null })
    await expect(nobody.call('listFindings', {})).rejects.toMatchObject({ code: 'signed-out' })
    await expect(desk.call('rebuild', {})).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('says when nobody is there, and that nothing was sent', async () => {
    const desk = remoteDesk({ socketPath: join(folder, 'none.sock') })
    await expect(desk.call('declare', { files: [] })).rejects.toMatchObject({ code: 'unreachable' })
    expect(() => remoteDesk({ url: 'ftp://x', token: null })).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    )
  })

  test('whose server dies in the middle of a change does not know what became of it', async () => {
    const path = join(folder, 'dying.sock')
    const dying = createServer((socket) => socket.once('data', () => socket.destroy()))
    await new Promise<void>((resolve) => dying.listen(path, resolve))
    await chmod(path, 0o600)
    const desk = remoteDesk({ socketPath: path })
    await expect(desk.call('declare', { files: [] })).rejects.toMatchObject({ name: 'Fatal' })
    await expect(desk.call('listFindings', {})).rejects.toMatchObject({ code: 'unreachable' })
    dying.close()
  })

  test('does not take another program for Portreeve', async () => {
    const path = join(folder, 'other.sock')
    const other = createServer((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'),
      ),
    )
    await new Promise<void>((resolve) => other.listen(path, resolve))
    await expect(remoteDesk({ socketPath: path }).call('overview', {})).rejects.toMatchObject({
      code: 'unreachable',
    })
    other.close()
  })
})
