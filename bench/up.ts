// A measurement: the server's start with 10,000 records, its memory, and its event loop while a large scan is recorded.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { writeScan } from './nmap-scan.ts'

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js')
const RECORDS = 10_000
const HOSTS = 65_000
const STARTS = 5

const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
const data = join(folder, 'data')
try {
  await measure()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  writeFileSync(join(folder, 'portreeve.yaml'), documents())
  cli('declare', folder)
  const starts: { ready: number; bare: number; rss: number }[] = []
  for (let n = 0; n < STARTS; n++) {
    const bare = await bareStart()
    const { ready, server } = await start()
    starts.push({ ready, bare, rss: rssOf(server) })
    await stop(server)
  }
  const peerValue = median(starts.map(({ bare }) => bare))
  const value = median(starts.map(({ ready }) => ready))
  print({
    name: `up ready, ${RECORDS} records`,
    value,
    unit: 'ms',
    target: '<= 1000',
    peer: 'node -e 0',
    peerValue,
    ratio: value / peerValue,
  })
  print({
    name: 'up resident memory',
    value: median(starts.map(({ rss }) => rss)),
    unit: 'MB',
    target: '<= 200',
  })
  await recordScan()
}

/** The scan is recorded by the server, asked over its socket, while nobody else asks anything. */
async function recordScan(): Promise<void> {
  const scan = join(folder, 'scan.xml')
  writeScan(scan, HOSTS)
  const { server, url } = await start()
  // The gauge speaks of the time since the look before.
  await delayP99(url)
  const began = performance.now()
  cli('scan', scan, '--vantage', 'bench', '--record')
  const seconds = (performance.now() - began) / 1000
  print({
    name: 'event loop p99 while 650,000 ports are recorded',
    value: await delayP99(url),
    unit: 'ms',
    target: '<= 50',
  })
  print({ name: 'recording 650,000 ports', value: (HOSTS * 10) / seconds, unit: 'ports/s' })
  print({ name: 'resident memory after recording', value: rssOf(server), unit: 'MB' })
  await stop(server)
}

async function delayP99(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text()
  return Number(/^portreeve_event_loop_delay_p99_seconds (\S+)$/m.exec(metrics)?.[1]) * 1000
}

async function start(): Promise<{ ready: number; server: ChildProcess; url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const began = performance.now()
  const server = spawn(process.execPath, [MAIN, 'up', '--listen', `127.0.0.1:${port}`], {
    env: environment(),
    stdio: 'ignore',
  })
  for (let attempt = 0; attempt < 3000; attempt++) {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } }).catch(() => null)
    if (answer?.ok === true) return { ready: performance.now() - began, server, url }
    await delay(5)
  }
  throw new Error('the server did not become ready')
}

/** What this machine needs to start Node at all. */
function bareStart(): Promise<number> {
  const began = performance.now()
  return new Promise((resolve) => {
    spawn(process.execPath, ['-e', '0']).on('exit', () => resolve(performance.now() - began))
  })
}

function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => void server.once('exit', () => resolve()))
  server.kill('SIGTERM')
  return ended
}

function rssOf(server: ChildProcess): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function cli(...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`portreeve ${args[0]} ended with ${status}: ${stderr.slice(0, 2000)}`)
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PORTREEVE_DATA: data }
}

function documents(): string {
  const ports = Array.from({ length: RECORDS }, (_, n) => {
    const [host, port] = [`host-${Math.floor(n / 100)}`, 1000 + (n % 100)]
    return `apiVersion: portreeve.dev/v1\nkind: Port\nmetadata: { name: port-${n} }\nspec:\n  at: { host: ${host} }\n  owner: team/${n % 50}\n  bindings: [{ transport: tcp, port: ${port}, address: 10.0.0.1 }]\n  purpose: Bench\n`
  })
  return ports.join('---\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}
