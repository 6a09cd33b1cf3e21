import { describe, expect, test } from 'vitest'

import { addressesOf } from '../../lib/address-set.ts'
import { parseAddress, parseCidr } from '../../lib/ip.ts'
import type { HostNetwork, NetworkInterface, Route } from '../../model/host-network.ts'
import type {
  FilterChain,
  FilterHook,
  FilterRule,
  FilterTable,
  FilterVerdict,
  PacketMatch,
} from '../../model/packet-filter.ts'
import { zonesOf } from '../zones.ts'
import { hostReach } from './host-reach.ts'
import type { Listener } from './listener.ts'

const listener = (address: string, port = 22): Listener => ({
  net: 'net:1',
  transport: 'tcp',
  address,
  device: null,
  port,
  family: address === '*' ? 'dual' : 'ipv4',
  ipv4Unknown: false,
})

function device(name: string, address: string, index: number): NetworkInterface {
  const cidr = parseCidr(address)!
  return {
    name,
    index,
    up: true,
    loopback: name === 'lo',
    kind: null,
    master: null,
    peerIndex: null,
    peerElsewhere: false,
    program: false,
    addresses: [
      {
        address: parseAddress(address.split('/')[0]!)!,
        subnet: cidr,
        scope: name === 'lo' ? 'host' : 'global',
      },
    ],
  }
}
const route = (
  to: string,
  out: string,
  kind: Route['kind'] = 'unicast',
  gateway: string | null = null,
): Route => ({
  to: parseCidr(to)!,
  kind,
  device: out,
  gateway: gateway === null ? null : parseAddress(gateway),
  metric: 0,
  table: kind === 'local' ? 'local' : 'main',
})

function host(address: string, tables: readonly FilterTable[] | null): HostNetwork {
  const own = address.split('/')[0]!
  const gateway = own.replace(/\d+$/, '254')
  return {
    net: 'net:1',
    interfaces: [device('lo', '127.0.0.1/8', 1), device('eth0', address, 2)],
    routes: [
      route('127.0.0.0/8', 'lo', 'local'),
      route(`${own}/32`, 'eth0', 'local'),
      route(address, 'eth0'),
      route('0.0.0.0/0', 'eth0', 'unicast', gateway),
    ],
    settings: {
      forwards: { ipv4: false, ipv6: false },
      forwardsOn: new Map(),
      routeLocalnet: false,
      routeLocalnetOn: new Map([['eth0', false]]),
      bridgeFilters: false,
      policyRouting: false,
    },
    tables,
    reasons: [],
  }
}

const rule = (verdict: FilterVerdict, ...matches: PacketMatch[]): FilterRule => ({
  matches,
  verdict,
  text: verdict.do,
  source: 'rules:1',
})
function table(
  rules: readonly FilterRule[],
  policy: 'accept' | 'drop' = 'accept',
  hook: FilterHook = 'input',
): FilterTable {
  const chain: FilterChain = {
    name: hook,
    base: { hook, type: 'filter', priority: 0, policy, devices: null },
    rules,
  }
  return { family: 'inet', name: 't', chains: new Map([[hook, chain]]) }
}
const LATER = rule({ do: 'accept' }, { on: 'state', in: ['established'] })
const from = (cidr: string): PacketMatch => ({ on: 'source', in: addressesOf([parseCidr(cidr)!]) })
const to = (port: number): PacketMatch => ({ on: 'port', in: [port, port + 1] })
const reach = (network: HostNetwork, of = listener('0.0.0.0')) => hostReach([network], zonesOf([]))(of)!

describe('without a rule', () => {
  test('a socket on loopback is reached from there alone', () => {
    expect(reach(host('10.0.3.7/24', []), listener('127.0.0.1'))).toMatchObject({
      must: ['loopback'],
      may: ['loopback'],
      level: { must: ['loopback'], may: ['loopback'] },
    })
  })

  test('a private address is surely reached from its link, and perhaps from what routers lead to', () => {
    expect(reach(host('10.0.3.7/24', []))).toMatchObject({
      must: ['loopback', 'host', 'link:eth0'],
      may: ['loopback', 'host', 'link:eth0', 'organisation', 'public'],
      reasons: [{ code: 'upstream-unread' }],
    })
  })

  test('a global address is perhaps reached by the public: no router on the way was read', () => {
    expect(reach(host('192.0.2.7/24', []))).toMatchObject({
      must: ['loopback', 'host', 'link:eth0'],
      level: { may: ['public'] },
      reasons: [{ code: 'upstream-unread' }],
    })
  })

  test('an address of a zone that a document names is of that zone alone', () => {
    const zones = zonesOf([{ name: 'app-tier', level: 'vpc', cidrs: [parseCidr('10.0.3.0/24')!] }])
    const answer = hostReach([host('10.0.3.7/24', [])], zones)(listener('0.0.0.0'))
    expect(answer?.must).toEqual(['loopback', 'host', 'app-tier'])
  })
})

describe('rules', () => {
  test('that drop close it, but for the host itself', () => {
    const drop = table([LATER, rule({ do: 'accept' }, { on: 'in', names: ['lo'], not: false })], 'drop')
    const answer = reach(host('10.0.3.7/24', [drop]))
    expect(answer.may).toEqual(['loopback', 'host'])
    expect(answer.accessible).toEqual(['loopback', 'host', 'link:eth0', 'organisation', 'public'])
  })

  test('are followed hop by hop, with their place and one packet', () => {
    const allow = table([LATER, rule({ do: 'accept' }, from('10.0.3.0/28'), to(22))], 'drop')
    const path = reach(host('10.0.3.7/24', [allow])).paths.find((one) => one.from === 'link:eth0')
    expect(path).toMatchObject({
      bound: 'must',
      hops: [
        { rule: 'a packet of 10.0.3.1 to 10.0.3.7:22/tcp comes in by eth0' },
        { at: 'net:1 input, chain input', rule: 'accept: accept', source: 'rules:1' },
        { rule: 'reaches the socket 0.0.0.0:22/tcp' },
      ],
    })
  })

  test('with an unknown condition open may, not must', () => {
    const maybe = table([LATER, rule({ do: 'accept' }, { on: 'unknown', text: 'limit' })], 'drop')
    const answer = reach(host('10.0.3.7/24', [maybe]))
    expect(answer.must).toEqual([])
    expect(answer.may).toContain('link:eth0')
  })

  test('with an unknown condition before one that accepts anyway take nothing away', () => {
    const twice = table(
      [LATER, rule({ do: 'accept' }, { on: 'unknown', text: 'limit' }), rule({ do: 'accept' })],
      'drop',
    )
    expect(reach(host('10.0.3.7/24', [twice])).must).toContain('link:eth0')
  })

  test('that let no answer out leave nothing sure', () => {
    const silent = table([], 'drop', 'output')
    const answer = reach(host('10.0.3.7/24', [silent]))
    expect(answer.must).toEqual([])
    expect(answer.may).toContain('link:eth0')
  })

  test('that jump in a circle end', () => {
    const jump = (chain: string): FilterChain => ({
      name: chain,
      base: null,
      rules: [rule({ do: 'jump', chain: chain === 'a' ? 'b' : 'a' }), rule({ do: 'jump', chain })],
    })
    const circle = table([rule({ do: 'jump', chain: 'a' })])
    const chains = new Map([...circle.chains, ['a', jump('a')], ['b', jump('b')]])
    const answer = reach(host('10.0.3.7/24', [{ ...circle, chains }]))
    expect(answer.must).toEqual([])
    expect(answer.may).toContain('link:eth0')
  })

  test('that nobody could read leave all open and nothing sure', () => {
    expect(reach(host('10.0.3.7/24', null))).toMatchObject({
      must: [],
      may: ['loopback', 'host', 'link:eth0', 'organisation', 'public'],
    })
  })

  test('that only deny never widen', () => {
    const open = reach(host('10.0.3.7/24', [table([LATER])]))
    for (const match of [
      from('10.0.3.0/24'),
      to(22),
      { on: 'unknown', text: '?' } as const,
      { on: 'in', names: ['eth*'], not: false } as const,
    ]) {
      const denied = reach(host('10.0.3.7/24', [table([rule({ do: 'drop' }, match), LATER])]))
      for (const bound of ['must', 'may', 'accessible'] as const)
        for (const zone of denied[bound]) expect(open[bound]).toContain(zone)
    }
  })
})
