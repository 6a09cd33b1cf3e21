import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { readInterfaces, readPolicyRouting, readRoutes } from '../../src/discovery/network/ip-json.ts'
import { readSettings } from '../../src/discovery/network/settings.ts'
import { readIptablesSave } from '../../src/discovery/netfilter/iptables-save.ts'
import { readNftRuleset } from '../../src/discovery/netfilter/nft.ts'
import { joinTables } from '../../src/discovery/netfilter/tables.ts'
import type { HostNetwork } from '../../src/model/host-network.ts'

/**
 * A host with two links, each to a machine of its own, and a container behind a bridge. Real namespaces of this
 * kernel; neighbours are written down, since rules that drop everything drop neighbour discovery too.
 */
export interface Lab {
  readonly host: Agent
  readonly container: Agent
  readonly left: Agent
  readonly right: Agent
  close(): void
}

export interface Agent {
  readonly net: string
  ask<T = null>(command: string, what?: object): Promise<T>
  run(program: string, args: readonly string[], input?: string): Promise<string>
}

export const ADDRESSES = {
  left: { link: 'la', ipv4: '10.81.1.2', ipv6: 'fd81:1::2' },
  right: { link: 'lb', ipv4: '10.81.2.2', ipv6: 'fd81:2::2' },
  container: { link: 'br0', ipv4: '10.81.3.2', ipv6: 'fd81:3::2' },
  host: {
    la: { ipv4: '10.81.1.1', ipv6: 'fd81:1::1' },
    lb: { ipv4: '10.81.2.1', ipv6: 'fd81:2::1' },
    br0: { ipv4: '10.81.3.1', ipv6: 'fd81:3::1' },
  },
} as const

export async function openLab(): Promise<Lab> {
  const names = ['host', 'container', 'left', 'right'].map((name) => `pr${process.pid}${name[0]}`)
  const [h, c, l, r] = names as [string, string, string, string]
  for (const name of names) ip('netns', 'add', name)
  const close = () => {
    for (const agent of agents) agent.child.stdin?.end()
    for (const name of names) ip('netns', 'del', name)
  }
  const agents: (Agent & { readonly child: ChildProcess })[] = []
  try {
    for (const name of names) {
      quiet(name)
      ip('-n', name, 'link', 'set', 'lo', 'up')
    }
    ip('-n', h, 'link', 'add', 'br0', 'type', 'bridge')
    pair(h, 'la', l)
    pair(h, 'lb', r)
    pair(h, 'vc', c)
    ip('-n', h, 'link', 'set', 'vc', 'master', 'br0')
    ip('-n', h, 'link', 'set', 'br0', 'up')
    for (const [link, { ipv4, ipv6 }] of Object.entries(ADDRESSES.host)) own(h, link, ipv4, ipv6)
    for (const [name, there] of [
      [l, ADDRESSES.left],
      [r, ADDRESSES.right],
      [c, ADDRESSES.container],
    ] as const) {
      own(name, 'eth0', there.ipv4, there.ipv6)
      const near = ADDRESSES.host[there.link]
      ip('-n', name, 'route', 'add', 'default', 'via', near.ipv4)
      ip('-n', name, '-6', 'route', 'add', 'default', 'via', near.ipv6)
      neighbour(h, there.link, there, hardware(name, 'eth0'))
      neighbour(name, 'eth0', near, hardware(h, there.link))
    }
    for (const name of names) agents.push(await agentIn(name))
    const [host, container, left, right] = agents as unknown as [Agent, Agent, Agent, Agent]
    return { host, container, left, right, close }
  } catch (error) {
    close()
    throw error
  }
}

/** What the sources say of a namespace, read by their own programs. */
export async function readNetwork(agent: Agent, legacy: boolean): Promise<HostNetwork> {
  const [addr, route, rule, rule6, settings, nft, four, six, old4, old6] = await Promise.all([
    agent.run('ip', ['-d', '-j', 'addr']),
    agent.run('ip', ['-j', 'route', 'show', 'table', 'all']),
    agent.run('ip', ['-j', 'rule']),
    agent.run('ip', ['-6', '-j', 'rule']),
    agent.run('sh', ['-c', SETTINGS]),
    agent.run('nft', ['-j', 'list', 'ruleset']),
    agent.run('iptables-save', []),
    agent.run('ip6tables-save', []),
    legacy ? agent.run('iptables-legacy-save', []) : '',
    legacy ? agent.run('ip6tables-legacy-save', []) : '',
  ])
  const saves = [
    readIptablesSave('iptables-save', four, 'ip'),
    readIptablesSave('ip6tables-save', six, 'ip6'),
    readIptablesSave('iptables-legacy-save', old4, 'ip'),
    readIptablesSave('ip6tables-legacy-save', old6, 'ip6'),
  ]
  return {
    net: agent.net,
    interfaces: readInterfaces('addr', addr),
    routes: readRoutes('route', route),
    settings: readSettings(settings, readPolicyRouting('rule', rule) || readPolicyRouting('rule', rule6)),
    tables: joinTables(readNftRuleset('nft', nft), saves),
    reasons: [],
  }
}

const SETTINGS = `grep -H '' /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/route_localnet \
  /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/bridge/bridge-nf-call-ip*tables 2>/dev/null; true`

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' })
}

function quiet(name: string): void {
  const set =
    'net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0 net.ipv4.conf.all.rp_filter=0'
  execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', ...set.split(' ')])
}

function pair(host: string, link: string, other: string): void {
  ip('-n', host, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other)
  ip('-n', host, 'link', 'set', link, 'up')
  ip('-n', other, 'link', 'set', 'eth0', 'up')
}

function own(name: string, link: string, ipv4: string, ipv6: string): void {
  ip('-n', name, 'addr', 'add', `${ipv4}/24`, 'dev', link)
  ip('-n', name, 'addr', 'add', `${ipv6}/64`, 'dev', link, 'nodad')
}

function hardware(name: string, link: string): string {
  const [found] = JSON.parse(ip('-n', name, '-j', 'link', 'show', link)) as [{ address: string }]
  return found.address
}

function neighbour(name: string, link: string, of: { ipv4: string; ipv6: string }, address: string): void {
  for (const to of [of.ipv4, of.ipv6])
    ip('-n', name, 'neigh', 'replace', to, 'lladdr', address, 'dev', link, 'nud', 'permanent')
}

async function agentIn(name: string): Promise<Agent & { readonly child: ChildProcess }> {
  const child = spawn(
    'ip',
    ['netns', 'exec', name, process.execPath, join(import.meta.dirname, 'agent.mjs')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const waiting = new Map<number, { done: (answer: never) => void; fail: (error: Error) => void }>()
  const ready = new Promise<void>((done, fail) => waiting.set(0, { done: () => done(), fail }))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, answer, error } = JSON.parse(line) as { id: number; answer: never; error?: string }
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.done(answer)
    else asked?.fail(new Error(error))
  })
  child.once('exit', () => {
    for (const { fail } of waiting.values()) fail(new Error(`the agent in ${name} is gone`))
  })
  await ready
  let last = 0
  const ask = <T>(command: string, what: object = {}) =>
    new Promise<T>((done, fail) => {
      last += 1
      waiting.set(last, { done, fail })
      child.stdin.write(`${JSON.stringify({ id: last, command, ...what })}\n`)
    })
  return {
    net: `net:${name}`,
    child,
    ask,
    run: (program, args, input) => ask<string>('run', { program, args, input }),
  }
}
