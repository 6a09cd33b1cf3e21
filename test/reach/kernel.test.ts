import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { worldOf } from '../../src/exposure/host/world.ts'
import type { World } from '../../src/exposure/host/world.ts'
import { ADDRESSES, openLab, readNetwork } from './lab.ts'
import type { Agent, Lab } from './lab.ts'
import { compute, really } from './probe.ts'
import type { Probe, Socket } from './probe.ts'
import { ruleSets } from './rules.ts'
import type { RuleSet } from './rules.ts'

/**
 * The kernel is the judge: rules at random are loaded, reach is computed from what nft, iptables-save, ip and the
 * sysctls say of them, and then packets are really sent. Whoever is computed to reach a socket surely does; whoever
 * reaches it was computed as able to.
 */
const RUNS = Number(
  process.env['PORTREEVE_REACH_RUNS'] ?? (process.env['PORTREEVE_SOAK'] === undefined ? 150 : 5000),
)
/** The same rule sets each time in `npm test`, so that a change is to blame for what fails; new ones in the soak. */
const SEED =
  process.env['PORTREEVE_REACH_SEED'] ?? (process.env['PORTREEVE_SOAK'] === undefined ? '3' : undefined)
/** Rules are loaded and namespaces are made: for root, where the programs are. */
const root = process.getuid?.() === 0 && ['nft', 'iptables-save', 'ip'].every(isThere)

interface Scene {
  readonly rules: RuleSet
  readonly forwards: readonly [ipv4: boolean, ipv6: boolean]
  readonly localnet: 'none' | 'la' | 'all'
  readonly sockets: readonly Socket[]
}
const { la, lb, br0 } = ADDRESSES.host
const socket: fc.Arbitrary<Socket> = fc
  .tuple(
    fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const),
    fc.constantFrom(7001, 7002),
    fc.oneof(
      fc.record({
        where: fc.constant('host' as const),
        address: fc.constantFrom('::', '::', '0.0.0.0', '127.0.0.1', '::1', la.ipv4, lb.ipv6),
      }),
      fc.record({
        where: fc.constant('container' as const),
        address: fc.constantFrom('::', '0.0.0.0', ADDRESSES.container.ipv6),
      }),
    ),
    fc.boolean(),
  )
  .map(([transport, port, place, only]) => ({
    transport,
    port,
    ...place,
    only: only && place.address === '::',
  }))

const scenes: fc.Arbitrary<Scene> = fc.record({
  rules: ruleSets,
  forwards: fc.tuple(fc.constantFrom(true, true, false), fc.constantFrom(true, true, false)),
  localnet: fc.constantFrom('none' as const, 'la' as const, 'all' as const),
  sockets: fc.uniqueArray(socket, {
    minLength: 2,
    maxLength: 6,
    selector: ({ where, transport, port }) => `${where} ${transport} ${port}`,
  }),
})

let lab: Lab
let usedLegacy = false
beforeAll(async () => {
  if (root) lab = await openLab()
})
afterAll(() => {
  if (root) lab.close()
})

test.skipIf(!root)(
  'computed reach holds what really is, and promises nothing that is not, whatever the rules',
  async () => {
    const counts = { runs: 0, probes: 0, must: 0, real: 0, may: 0 }
    const started = performance.now()
    const seed = SEED === undefined ? Date.now() % 2 ** 31 : Number(SEED)
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const world = await setUp(scene)
        const probes = probesOf()
        const computed = probes.map((probe) => compute(lab, world, scene.sockets, probe))
        let real = await really(lab, probes, 120)
        const wrong = () =>
          probes.filter((_, i) => (computed[i] === 'must' && !real[i]) || (computed[i] === 'no' && real[i]))
        // A busy machine answers late; what is closed stays so.
        if (wrong().length > 0) real = await really(lab, probes, 1500)
        counts.runs += 1
        counts.probes += probes.length
        counts.must += computed.filter((answer) => answer === 'must').length
        counts.may += computed.filter((answer) => answer !== 'no').length
        counts.real += real.filter(Boolean).length
        expect(
          probes.flatMap((probe, i) =>
            wrong().includes(probe) ? [{ ...probe, computed: computed[i], real: real[i] }] : [],
          ),
        ).toEqual([])
      }),
      { numRuns: RUNS, seed, endOnFailure: process.env['PORTREEVE_REACH_SHRINK'] === undefined },
    )
    const seconds = (performance.now() - started) / 1000
    console.log(
      `reach against the kernel: seed ${seed}, ${counts.runs} rule sets, ${counts.probes} probes, ${(counts.runs / seconds).toFixed(1)}/s; ` +
        `really ${counts.real}, must ${counts.must}, may ${counts.may}: may exceeds what is by ${(100 * (counts.may / counts.real - 1)).toFixed(1)} %`,
    )
  },
  RUNS * 2000,
)

function value(on: boolean): string {
  return on ? '1' : '0'
}

async function setUp({ rules, forwards, localnet, sockets }: Scene): Promise<World> {
  const { host, container } = lab
  const listen = (agent: Agent, where: Socket['where']) =>
    agent.ask('listen', { sockets: sockets.filter((one) => one.where === where) })
  const settings = [
    `/proc/sys/net/ipv4/ip_forward ${value(forwards[0])}`,
    `/proc/sys/net/ipv6/conf/all/forwarding ${value(forwards[1])}`,
    `/proc/sys/net/ipv4/conf/all/route_localnet ${value(localnet === 'all')}`,
    `/proc/sys/net/ipv4/conf/la/route_localnet ${value(localnet === 'la')}`,
  ]
  await Promise.all([
    host.run('sh', ['-c', settings.map((line) => line.replace(/(\S+) (\d)/, 'echo $2 > $1')).join('; ')]),
    host.run('nft', ['-f', '-'], `flush ruleset\n${rules.nft}\n`),
    listen(host, 'host'),
    listen(container, 'container'),
  ])
  const legacy = rules.legacy && rules.iptables !== null
  const empty =
    '*raw\nCOMMIT\n*nat\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n'
  if (usedLegacy || legacy) {
    const text = (family: 'ip' | 'ip6') => (legacy ? (rules.iptables?.[family] ?? empty) : empty)
    await Promise.all([
      host.run('iptables-legacy-restore', [], text('ip')),
      host.run('ip6tables-legacy-restore', [], text('ip6')),
    ])
    usedLegacy = true
  }
  if (rules.iptables !== null && !legacy)
    await Promise.all([
      host.run('iptables-restore', [], rules.iptables.ip),
      host.run('ip6tables-restore', [], rules.iptables.ip6),
    ])
  containerNetwork ??= await readNetwork(container, false)
  return worldOf([await readNetwork(host, usedLegacy), containerNetwork])
}
let containerNetwork: Awaited<ReturnType<typeof readNetwork>> | null = null

function probesOf(): readonly Probe[] {
  const probes: Probe[] = []
  for (const family of ['ipv4', 'ipv6'] as const) {
    const loopback = family === 'ipv4' ? '127.0.0.1' : '::1'
    const outside = [la[family], lb[family], ADDRESSES.container[family]]
    const sources = {
      left: [[ADDRESSES.left[family], outside]],
      right: [[ADDRESSES.right[family], outside]],
      container: [[ADDRESSES.container[family], [la[family], br0[family]]]],
      host: [
        [la[family], [la[family], lb[family]]],
        [br0[family], [ADDRESSES.container[family]]],
        [loopback, [loopback]],
      ],
    } as const
    for (const [from, pairs] of Object.entries(sources))
      for (const [source, targets] of pairs)
        for (const to of targets)
          for (const [transport, port] of TRIED)
            probes.push({ from: from as Probe['from'], source, to, transport, port })
  }
  return probes
}

const TRIED = [
  ['tcp', 7001],
  ['tcp', 7002],
  ['tcp', 8001],
  ['tcp', 8002],
  ['udp', 7001],
  ['udp', 7002],
] as const

function isThere(program: string): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(`${folder}/${program}`))
}
