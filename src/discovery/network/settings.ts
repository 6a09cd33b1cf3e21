import type { NetworkSettings } from '../../model/host-network.ts'

/**
 * What `sysctl -a` prints, or `grep -H ''` over the files below /proc/sys. Lines of other settings are passed over.
 * @param policyRouting from `ip rule`, which is no sysctl
 */
export function readSettings(text: string, policyRouting: boolean | null): NetworkSettings {
  const values = new Map<string, boolean>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^(?:\/proc\/sys\/)?(net[./]\S+?)(?:\s*=\s*|:)(\d+)\s*$/.exec(line) ?? []
    // sysctl swaps dots and slashes: `net.ipv4.conf.eth0/100.forwarding` is the interface eth0.100.
    const path = name?.startsWith('net.') === true ? swapped(name) : name
    if (path !== undefined) values.set(path, value !== '0')
  }
  const of = (name: string) => values.get(`net/${name}`) ?? null
  return {
    forwards: {
      ipv4: of('ipv4/conf/all/forwarding') ?? of('ipv4/ip_forward'),
      ipv6: of('ipv6/conf/all/forwarding'),
    },
    forwardsOn: onInterfaces(values, 'forwarding'),
    routeLocalnet: of('ipv4/conf/all/route_localnet'),
    routeLocalnetOn: onInterfaces(values, 'route_localnet'),
    bridgeFilters: either(of('bridge/bridge-nf-call-iptables'), of('bridge/bridge-nf-call-ip6tables')),
    policyRouting,
  }
}

function swapped(name: string): string {
  return name.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'))
}

function onInterfaces(values: ReadonlyMap<string, boolean>, setting: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>()
  for (const [path, value] of values) {
    const [, name] = new RegExp(`^net/ipv4/conf/(.+)/${setting}$`).exec(path) ?? []
    if (name !== undefined && name !== 'all' && name !== 'default') found.set(name, value)
  }
  return found
}

function either(a: boolean | null, b: boolean | null): boolean | null {
  return a === null && b === null ? null : a === true || b === true
}
