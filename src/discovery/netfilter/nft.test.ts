import { expect, test } from 'vitest'

import { addressRanges } from '../../lib/address-set.ts'
import type { FilterRule } from '../../model/packet-filter.ts'
import { Refusal } from '../../model/refusal.ts'
import { readNftRuleset } from './nft.ts'

const TABLE = { table: { family: 'inet', name: 't', handle: 1 } }
const CHAIN = {
  chain: {
    family: 'inet',
    table: 't',
    name: 'i',
    handle: 2,
    type: 'filter',
    hook: 'input',
    prio: 10,
    policy: 'drop',
  },
}
const rule = (...expr: unknown[]) => ({ rule: { family: 'inet', table: 't', chain: 'i', handle: 9, expr } })
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } })
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } })
const read = (...items: unknown[]) =>
  readNftRuleset('nft.json', JSON.stringify({ nftables: [TABLE, CHAIN, ...items] }))
const rules = (...items: unknown[]): readonly FilterRule[] => read(...items)[0]!.chains.get('i')!.rules
const only = (...expr: unknown[]) => rules(rule(...expr))[0]!
const ACCEPT = { accept: null }

test('a chain keeps its hook, priority and policy, a rule its place', () => {
  const [table] = read(rule(ACCEPT))
  expect(table?.chains.get('i')?.base).toEqual({
    hook: 'input',
    type: 'filter',
    priority: 10,
    policy: 'drop',
    devices: null,
  })
  expect(table?.chains.get('i')?.rules[0]).toMatchObject({
    source: 'nft.json: inet t i, handle 9',
    text: 'accept',
  })
})

test('addresses of a set, of its ranges and prefixes, are one set of addresses', () => {
  const set = {
    set: {
      family: 'inet',
      table: 't',
      name: 's',
      type: 'ipv4_addr',
      elem: [
        { prefix: { addr: '10.0.0.0', len: 8 } },
        { range: ['192.168.0.1', '192.168.0.9'] },
        { elem: { val: '192.0.2.1', timeout: 5 } },
      ],
    },
  }
  const [, source] = rules(set, rule(match(payload('ip', 'saddr'), '@s'), ACCEPT))[0]!.matches
  expect(source?.on === 'source' && addressRanges(source.in)).toEqual([
    '10.0.0.0-10.255.255.255',
    '192.0.2.1-192.0.2.1',
    '192.168.0.1-192.168.0.9',
  ])
})

test('a set that packets are added to has no known members', () => {
  const set = { set: { family: 'inet', table: 't', name: 's', type: 'ipv4_addr', elem: ['10.0.0.1'] } }
  const adding = rule({ set: { op: 'add', elem: payload('ip', 'saddr'), set: '@s' } })
  expect(rules(set, adding, rule(match(payload('ip', 'saddr'), '@s'), ACCEPT))[0]!.matches).toEqual([
    { on: 'unknown', text: 'ip saddr @s' },
  ])
})

test('tuples of addresses, protocols and ports are alternatives, gathered by what follows the address', () => {
  const set = {
    set: {
      family: 'inet',
      table: 't',
      name: 'c',
      type: ['ipv4_addr', 'inet_proto', 'inet_service'],
      elem: [
        { concat: ['10.0.0.1', 'tcp', 53] },
        { concat: ['10.0.0.2', 'tcp', 53] },
        { concat: ['10.0.0.1', 'udp', { range: [60, 70] }] },
      ],
    },
  }
  const left = { concat: [payload('ip', 'saddr'), { meta: { key: 'l4proto' } }, payload('th', 'dport')] }
  const [any] = rules(set, rule(match(left, '@c'), ACCEPT))[0]!.matches
  expect(any?.on === 'any' && any.of.length).toBe(2)
})

test('a verdict map is a rule for each verdict', () => {
  const vmap = {
    vmap: {
      key: payload('tcp', 'dport'),
      data: {
        set: [
          [22, ACCEPT],
          [23, { jump: { target: 'j' } }],
          [24, ACCEPT],
        ],
      },
    },
  }
  expect(rules(rule(vmap)).map(({ matches, verdict }) => [matches.at(-1), verdict])).toEqual([
    [{ on: 'port', in: [22, 23, 24, 25] }, { do: 'accept' }],
    [
      { on: 'port', in: [23, 24] },
      { do: 'jump', chain: 'j' },
    ],
  ])
})

test('destinations are translated to an address, a port, by a map, or to the host itself', () => {
  const map = { map: { key: payload('tcp', 'dport'), data: { set: [[97, { concat: ['10.0.0.3', 80] }]] } } }
  expect(only({ dnat: { family: 'ip', addr: '10.0.0.9', port: 80 } }).verdict).toMatchObject({
    do: 'translate',
    ports: [80, 81],
  })
  expect(only({ redirect: { port: 100 } }).verdict).toEqual({
    do: 'translate',
    to: 'here',
    ports: [100, 101],
  })
  const mapped = only({ dnat: { family: 'ip', addr: map } })
  expect(mapped.matches.at(-1)).toEqual({ on: 'port', in: [97, 98] })
  expect(mapped.verdict).toMatchObject({ do: 'translate', ports: [80, 81] })
})

test('a first packet is new, its segment the first, and no message of ICMP', () => {
  expect(only(match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), ACCEPT).matches).toEqual([
    { on: 'state', in: ['established'] },
  ])
  const flags = { '&': [payload('tcp', 'flags'), ['fin', 'syn', 'rst', 'ack']] }
  expect(only(match(flags, 'syn'), ACCEPT).matches.at(-1)).toEqual({ on: 'first-segment', is: true })
  expect(only(match(payload('icmpv6', 'type'), 'nd-neighbor-solicit'), ACCEPT).matches).toEqual([
    { on: 'any', of: [] },
  ])
})

test('what is not modelled is unknown, with its text', () => {
  for (const [expr, text] of [
    [{ xt: { type: 'match', name: 'multiport' } }, 'match multiport of iptables'],
    [{ limit: { rate: 1, per: 'second' } }, 'limit rate 1/second'],
    [match({ meta: { key: 'skuid' } }, 0), 'skuid 0'],
    [match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false), 'fib saddr . iif oif false'],
    [match({ something: 'new' }, 1), 'something new 1'],
  ] as const)
    expect(only(expr, ACCEPT).matches).toEqual([{ on: 'unknown', text }])
  expect(only({ queue: { num: 1 } }).verdict).toMatchObject({ do: 'unknown' })
  expect(only({ xt: { type: 'target', name: 'DNAT' } }).verdict).toMatchObject({ do: 'unknown' })
})

test('text that is no ruleset is refused with its line', () => {
  for (const [text, line] of [
    ['{\n"nftables": [\n', 3],
    ['[]', 1],
    ['nft: command not found', 1],
  ] as const) {
    const refused = (() => {
      try {
        return readNftRuleset('nft.json', text)
      } catch (error) {
        return error as Refusal
      }
    })()
    expect(refused).toBeInstanceOf(Refusal)
    expect(refused).toMatchObject({
      code: 'source-invalid',
      faults: [{ position: { file: 'nft.json', line } }],
    })
  }
})

test('100,000 elements and 10,000 chains are read within 256 MB', () => {
  const elem = Array.from({ length: 100_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  const many = Array.from({ length: 10_000 }, (_, i) => ({
    chain: { family: 'inet', table: 't', name: `c${i}`, handle: i },
  }))
  const jumps = Array.from({ length: 10_000 }, (_, i) => ({
    rule: {
      family: 'inet',
      table: 't',
      chain: `c${i}`,
      handle: i,
      expr: [{ jump: { target: `c${(i + 1) % 10_000}` } }],
    },
  }))
  const set = { set: { family: 'inet', table: 't', name: 's', type: 'ipv4_addr', elem } }
  const before = process.memoryUsage().heapUsed
  const [table] = read(set, ...many, ...jumps, rule(match(payload('ip', 'saddr'), '@s'), ACCEPT))
  expect(table?.chains.size).toBe(10_001)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(256 * 2 ** 20)
})
