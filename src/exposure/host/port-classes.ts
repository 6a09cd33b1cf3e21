import type { HostNetwork } from '../../model/host-network.ts'
import type { FilterRule, PacketMatch } from '../../model/packet-filter.ts'

/** Ports that no rule of any namespace tells apart, by the number of their class. */
export interface PortClasses {
  of(port: number): number
}

export function portClasses(networks: readonly HostNetwork[]): PortClasses {
  const cuts = new Set<number>([0])
  const cut = (match: PacketMatch): void => {
    if (match.on === 'port' || match.on === 'original-port' || match.on === 'source-port')
      for (const bound of match.in) cuts.add(bound)
    else if (match.on === 'any') for (const part of match.of) part.forEach(cut)
  }
  for (const rule of rulesOf(networks)) rule.matches.forEach(cut)
  const classes = new Uint32Array(65_537)
  let current = 0
  for (let port = 1; port <= 65_535; port++) {
    if (cuts.has(port)) current += 1
    classes[port] = current
  }
  return { of: (port) => classes[port] ?? 0 }
}

export function* rulesOf(networks: readonly HostNetwork[]): Generator<FilterRule> {
  for (const { tables } of networks)
    for (const { chains } of tables ?? []) for (const { rules } of chains.values()) yield* rules
}
