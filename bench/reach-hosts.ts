// A measurement: from where a million sockets can be reached, through 20,000 rules.
/**
 * One host with sixteen addresses on one link and 62,500 sockets on each. Its input chain drops by policy, lets
 * later packets pass and holds 20,000 rules, each for one block of 256 senders and one port; how many ports they
 * name decides how many classes of sockets there are. The answer is complete: both bounds, zones, and for every
 * zone a way with rule and place.
 */
import { hostReach } from '../src/exposure/host/host-reach.ts'
import { zonesOf } from '../src/exposure/zones.ts'
import { addressesOf } from '../src/lib/address-set.ts'
import { formatAddress, parseCidr } from '../src/lib/ip.ts'
import type { Cidr } from '../src/lib/ip.ts'
import type { HostNetwork, InterfaceAddress, Route } from '../src/model/host-network.ts'
import type { FilterRule } from '../src/model/packet-filter.ts'

const ADDRESSES = 16
const SOCKETS = 1_000_000
const RULES = 20_000

for (const [classes, target] of [
  [1000, 1000],
  [100_000, 10_000],
] as const) {
  const ports = Math.round(classes / ADDRESSES / 2)
  const network = hostWith(ports)
  const started = performance.now()
  const reachOf = hostReach([network], zonesOf([]))
  const answers = new Set<unknown>()
  let paths = 0
  for (let i = 0; i < SOCKETS; i++) {
    const answer = reachOf({
      net: 'net:1',
      transport: 'tcp',
      address: addressOf(i % ADDRESSES),
      device: null,
      port: 1024 + Math.floor(i / ADDRESSES),
      family: 'ipv4',
      ipv4Unknown: false,
    })
    paths += answer?.paths.length ?? 0
    answers.add(answer)
  }
  print({
    name: `reach.host.1M-sockets.20k-rules.${classes}-classes`,
    value: Math.round(performance.now() - started),
    unit: 'ms',
    target: `<= ${target}`,
    note: `${answers.size} classes, ${paths} ways`,
  })
}
print({
  name: 'reach.host.memory',
  value: Math.round(process.resourceUsage().maxRSS / 1024),
  unit: 'MiB',
})

function hostWith(ports: number): HostNetwork {
  const addresses = Array.from({ length: ADDRESSES }, (_, i): InterfaceAddress => {
    const { base } = cidr(`${addressOf(i)}/32`)
    return { address: { family: 'ipv4', value: base }, subnet: cidr('192.0.2.0/24'), scope: 'global' }
  })
  const device = { up: true, kind: null, master: null, peerIndex: null, peerElsewhere: false, program: false }
  return {
    net: 'net:1',
    interfaces: [
      { ...device, name: 'lo', index: 1, loopback: true, addresses: [] },
      { ...device, name: 'eth0', index: 2, loopback: false, addresses },
    ],
    routes: [
      ...addresses.map(({ address }) =>
        route({ family: 'ipv4', base: address.value, bits: 32 }, 'local', 'eth0'),
      ),
      route(cidr('192.0.2.0/24'), 'unicast', 'eth0'),
      route(cidr('0.0.0.0/0'), 'unicast', 'eth0'),
    ],
    settings: {
      forwards: { ipv4: false, ipv6: false },
      forwardsOn: new Map(),
      routeLocalnet: false,
      routeLocalnetOn: new Map(),
      bridgeFilters: false,
      policyRouting: false,
    },
    tables: [
      {
        family: 'inet',
        name: 'filter',
        chains: new Map([
          [
            'input',
            {
              name: 'input',
              base: { hook: 'input', type: 'filter', priority: 0, policy: 'drop', devices: null },
              rules: [later(), ...Array.from({ length: RULES }, (_, i) => rule(i, ports))],
            },
          ],
        ]),
      },
    ],
    reasons: [],
  }
}

function cidr(text: string): Cidr {
  return parseCidr(text)!
}

function route(to: Cidr, kind: Route['kind'], device: string): Route {
  return { to, kind, device, gateway: null, metric: 0, table: kind === 'local' ? 'local' : 'main' }
}

function addressOf(i: number): string {
  return `192.0.2.${i + 1}`
}

function later(): FilterRule {
  return {
    matches: [{ on: 'state', in: ['established'] }],
    verdict: { do: 'accept' },
    text: 'later',
    source: 'rules:1',
  }
}

/** Ports lie apart, so that each one and what is between two are classes of their own. */
function rule(i: number, ports: number): FilterRule {
  const port = 1030 + Math.floor((i % ports) * (62_000 / ports))
  const from = parseCidr(`${formatAddress({ family: 'ipv4', value: BigInt(0x0a000000 + i * 256) })}/24`)!
  return {
    matches: [
      { on: 'source', in: addressesOf([from]) },
      { on: 'transport', in: ['tcp'] },
      { on: 'port', in: [port, port + 1] },
    ],
    verdict: { do: i % 7 === 0 ? 'drop' : 'accept' },
    text: `rule ${i}`,
    source: `rules:${i + 2}`,
  }
}

function print(row: object): void {
  process.stdout.write(`${JSON.stringify(row)}\n`)
}
