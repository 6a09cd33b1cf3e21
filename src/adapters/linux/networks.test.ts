import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'

import { hostReach } from '../../exposure/host/host-reach.ts'
import type { Listener } from '../../exposure/host/listener.ts'
import { zonesOf } from '../../exposure/zones.ts'
import { hostNetworks } from './networks.ts'

const root = process.getuid?.() === 0 && existsSync('/usr/sbin/nft') && existsSync('/usr/sbin/ip')
const name = `pn${process.pid}`
const ip = (...args: string[]) => execFileSync('/usr/sbin/ip', args, { encoding: 'utf8' })
const inside = (input: string, program: string, ...args: string[]) =>
  execFileSync('/usr/sbin/ip', ['netns', 'exec', name, program, ...args], { input, stdio: 'pipe' })

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const undo of cleanup.splice(0)) undo()
})

/** A namespace with one link, whose other end lies in a namespace that is told to nobody here. */
function make(): void {
  for (const one of [name, `${name}o`]) {
    ip('netns', 'add', one)
    cleanup.push(() => ip('netns', 'del', one))
  }
  ip('-n', name, 'link', 'set', 'lo', 'up')
  ip('-n', name, 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', `${name}o`)
  ip('-n', name, 'addr', 'add', '10.82.0.1/24', 'dev', 'va')
  ip('-n', name, 'link', 'set', 'va', 'up')
  ip('-n', `${name}o`, 'addr', 'add', '10.82.0.2/24', 'dev', 'vb')
  ip('-n', `${name}o`, 'link', 'set', 'vb', 'up')
}

const listener = (port: number, net: string): Listener => ({
  net,
  transport: 'tcp',
  address: '0.0.0.0',
  device: null,
  port,
  family: 'ipv4',
  ipv4Unknown: false,
})

describe.skipIf(!root)('the networks of this host', () => {
  test('are read with the rules of nft, iptables and its older form, in each namespace', async () => {
    make()
    inside(
      'table inet t { chain i { type filter hook input priority 0; tcp dport 7041 drop\n}\n}\n',
      'nft',
      '-f',
      '-',
    )
    inside(
      '*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -m multiport --dports 7042 -j DROP\nCOMMIT\n',
      'iptables-restore',
    )
    inside(
      '*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 7043 -j DROP\nCOMMIT\n',
      'iptables-legacy-restore',
    )
    const networks = await hostNetworks()
    const network = networks.find(({ net }) => net === `net:${name}`)
    expect(network).toMatchObject({
      reasons: [],
      settings: { forwards: { ipv4: false }, policyRouting: false },
    })
    expect(network?.interfaces.map((one) => one.name)).toEqual(['lo', 'va'])
    const reachOf = hostReach(networks, zonesOf([]))
    const from = (port: number) => reachOf(listener(port, `net:${name}`))
    expect(from(7040)).toMatchObject({ must: ['loopback', `net:${name}`, `net:${name}o`] })
    for (const closed of [7041, 7042, 7043]) expect(from(closed)).toMatchObject({ may: [] })
    expect(from(7041)?.accessible).toContain(`net:${name}o`)
  })

  test('of a reader that may not ask are open, with the reason', async () => {
    const script = `import(${JSON.stringify(`${import.meta.dirname}/networks.ts`)})
      .then(async ({ hostNetworks }) => console.log(JSON.stringify((await hostNetworks()).map(({ net, tables, reasons }) => ({ net, tables, reasons })))))`
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', script]
    const [network] = JSON.parse(execFileSync('setpriv', args, { encoding: 'utf8' })) as unknown[]
    expect(network).toMatchObject({ net: 'net:1', tables: null, reasons: [{ code: 'firewall-unread' }] })
  })
})
