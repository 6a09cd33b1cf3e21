import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { worldOf } from '../../src/exposure/host/world.ts'
import type { World } from '../../src/exposure/host/world.ts'
import { ADDRESSES, openLab, readNetwork } from './lab.ts'
import type { Lab } from './lab.ts'
import { compute, really } from './probe.ts'
import type { Probe, Socket } from './probe.ts'

/**
 * The rules that Docker writes for one container, recorded by its own tests (moby, Apache-2.0), loaded here with the
 * names and addresses of our namespaces: what is computed of them is what really happens.
 */
const DOCKER = resolve(process.env['PORTREEVE_SHARED'] ?? '../shared', 'conformance/docker-rules/nftables')
const able = process.getuid?.() === 0 && existsSync(DOCKER) && existsSync('/usr/sbin/nft')
const files = able ? readdirSync(DOCKER).filter((name) => tablesOf(name) !== '') : []

let lab: Lab
beforeAll(async () => {
  if (able) lab = await openLab()
})
afterAll(() => {
  if (able) lab.close()
})

const SOCKETS: readonly Socket[] = [80, 81].map((port) => ({
  where: 'container',
  transport: 'tcp',
  address: '0.0.0.0',
  port,
  only: false,
}))
const left = ADDRESSES.left.ipv4
const probe = (to: string, port: number): Probe => ({
  from: 'left',
  source: left,
  to,
  transport: 'tcp',
  port,
})
const PROBES: readonly Probe[] = [
  probe(ADDRESSES.host.la.ipv4, 8080),
  probe(ADDRESSES.host.lb.ipv4, 8080),
  probe(ADDRESSES.container.ipv4, 80),
  probe(ADDRESSES.container.ipv4, 81),
  { ...probe('127.0.0.1', 8080), from: 'host', source: '127.0.0.1' },
  { ...probe(ADDRESSES.container.ipv4, 81), from: 'host', source: ADDRESSES.host.br0.ipv4 },
]

describe.skipIf(!able)('a container of Docker (skipped where its rules are absent)', () => {
  test.each(files)('%s is reached as computed, with nothing unsure', async (name) => {
    const { computed, real } = await compare(name)
    expect(computed).toEqual(real.map((open) => (open ? 'must' : 'no')))
  })

  test('has its published port open to the link, and no other', async () => {
    const { real } = await compare('usernet-portmap.md')
    expect(real.slice(0, 4)).toEqual([true, true, false, false])
  })
})

async function compare(name: string): Promise<{ computed: readonly string[]; real: readonly boolean[] }> {
  const { host, container } = lab
  await host.run('sh', ['-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward'])
  await host.run('nft', ['-f', '-'], `flush ruleset\n${tablesOf(name)}`)
  await container.ask('listen', { sockets: SOCKETS })
  const world: World = worldOf([await readNetwork(host, false), await readNetwork(container, false)])
  const computed = PROBES.map((one) => compute(lab, world, SOCKETS, one))
  return { computed, real: await really(lab, PROBES, 500) }
}

/** The IPv4 table of a page, indented by four; tables are closed by the first `}` in that column. */
function tablesOf(name: string): string {
  const [text = ''] =
    /^ {4}table ip docker-bridges \{\n[\s\S]*?^ {4}\}$/m.exec(readFileSync(join(DOCKER, name), 'utf8')) ?? []
  return (
    text
      // nft before 1.0.7 knows that name of a priority at prerouting alone.
      .replaceAll('hook output priority dstnat', 'hook output priority -100')
      .replaceAll('bridge1', 'br0')
      .replaceAll('192.0.2.0/24', '10.81.3.0/24')
      .replaceAll('192.0.2.2', ADDRESSES.container.ipv4)
      .replaceAll('192.0.2.1', ADDRESSES.host.br0.ipv4)
  )
}
