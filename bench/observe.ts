// A measurement: a scan of this host beside ss, and what observation costs at rest.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { linuxHost } from '../src/adapters/linux/host.ts'
import { openListeners } from '../src/adapters/loopback/own-listeners.ts'

/**
 * What it costs to observe this host: `portreeve`'s part of a scan against `ss -tulpn` alone, and the share of a core
 * that observation at the default interval takes, children included, with 100, 1,000 and 5,000 real listeners.
 */
const INTERVAL_S = 5
const SIZES = [100, 1000, 5000]
const PASSES = 40

if (process.argv[2] === 'listen') await listen(Number(process.argv[3]))
else if (process.argv[2] === 'scan') await scan()
else for (const size of SIZES) await measure(size)

async function measure(size: number): Promise<void> {
  const helper = fork(import.meta.filename, ['listen', String(size)])
  try {
    await once(helper, 'message')
    oneShot(size)
    await steady(size)
  } finally {
    helper.kill()
    await once(helper, 'exit')
  }
}

/** A process of its own, as the command is, against ss with its own walk over every process. */
function oneShot(size: number): void {
  const ours = median(
    Array.from({ length: 7 }, () => elapsed(process.execPath, [import.meta.filename, 'scan'])),
  )
  const peerValue = median(Array.from({ length: 7 }, () => elapsed('ss', ['-tulpn'])))
  const value = (ours - peerValue) / 1000
  say({
    name: `scan beyond ss, ${size} listeners`,
    value,
    unit: 's',
    ...(size <= 1000 ? { target: '<= 0.3' } : {}),
    peer: 'ss -tulpn',
    peerValue: peerValue / 1000,
  })
}

async function steady(size: number): Promise<void> {
  const calm = await passes(size, async () => undefined)
  say({
    name: `pass, ${size} listeners, CPU with children`,
    value: calm.cpu,
    unit: 'ms',
  })
  const share = calm.cpu / (INTERVAL_S * 10)
  say({
    name: `observation every ${INTERVAL_S} s, ${size} listeners`,
    value: share,
    unit: '% of a core',
    ...(size === 1000 ? { target: '<= 3' } : {}),
  })
  say({ name: `pass, ${size} listeners, wall clock`, value: calm.wall, unit: 'ms' })
  const opened: Server[] = []
  const churn = await passes(size, async () => {
    opened.push(createServer().listen(0, '127.0.0.1'))
  })
  for (const server of opened) server.close()
  say({
    name: `pass, ${size} listeners and a new one each time, CPU`,
    value: churn.cpu,
    unit: 'ms',
  })
}

/** `between` runs before each pass; a new listener makes the reader look through every process again. */
async function passes(size: number, between: () => Promise<unknown>): Promise<{ cpu: number; wall: number }> {
  const host = linuxHost({ open: openListeners })
  for (let warm = 0; warm < 5; warm++) await host.read()
  const before = cpuMs()
  const times: number[] = []
  for (let pass = 0; pass < PASSES; pass++) {
    await between()
    const start = performance.now()
    const seen = (await host.read()).places[0]?.sightings.length ?? 0
    if (seen < size) throw new Error(`${seen} sightings of ${size} listeners`)
    times.push(performance.now() - start)
    // Children are accounted for when they have been waited for.
    await wait(10)
  }
  return { cpu: (cpuMs() - before) / PASSES, wall: median(times) }
}

/** CPU time of this process and of its ended children, from /proc/self/stat; a tick is 10 ms. */
function cpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}

function elapsed(program: string, args: readonly string[]): number {
  const start = performance.now()
  execFileSync(program, args, { maxBuffer: 64 * 1024 * 1024 })
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function say(measure: Record<string, string | number>): void {
  const rounded = Object.entries(measure).map(([key, value]) => [
    key,
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  ])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
}

async function scan(): Promise<void> {
  console.log(JSON.stringify(await linuxHost({ open: openListeners }).read()))
}

/** Real listeners on loopback, on whatever ports are free, until the parent ends us. */
async function listen(count: number): Promise<void> {
  for (let opened = 0; opened < count; opened++) {
    await once(createServer().listen(0, '127.0.0.1'), 'listening')
  }
  process.send?.('listening')
}
