import { intersect } from '../../lib/interval-set.ts'
import type { IntervalSet } from '../../lib/interval-set.ts'
import type { FilterChain, FilterRule } from '../../model/packet-filter.ts'
import type { Packet } from './packet.ts'

/**
 * The rules of a chain that can match a packet's port, in their order. A rule for few ports is found by the number;
 * rules for many, or for any, are looked at each time. Without it, 20,000 rules cost each class of ports 20,000 looks.
 */
export function candidates(chain: FilterChain, packet: Packet): readonly FilterRule[] {
  if (chain.rules.length < SMALL || packet.phase === 'reply') return chain.rules
  let index = indexes.get(chain)
  if (index === undefined) {
    index = indexOf(chain)
    indexes.set(chain, index)
  }
  const narrow = index.narrow.get(packet.port)
  if (narrow === undefined) return index.wide
  const known = index.merged.get(packet.port)
  if (known !== undefined) return known
  const merged = merge(chain, index.wideAt, narrow)
  // A class of ports is asked for a few times in a row, and then never again.
  if (index.merged.size >= 256) index.merged.clear()
  index.merged.set(packet.port, merged)
  return merged
}

const SMALL = 32
/** Ports that a rule is filed under one by one. */
const FEW = 64

interface ChainIndex {
  readonly narrow: ReadonlyMap<number, readonly number[]>
  readonly wideAt: readonly number[]
  readonly wide: readonly FilterRule[]
  readonly merged: Map<number, readonly FilterRule[]>
}

/** Chains are values that never change; the index goes when the chain goes. */
const indexes = new WeakMap<FilterChain, ChainIndex>()

function indexOf(chain: FilterChain): ChainIndex {
  const narrow = new Map<number, number[]>()
  const wideAt: number[] = []
  for (const [at, rule] of chain.rules.entries()) {
    const ports = portsOf(rule)
    if (ports === null || sizeOf(ports) > FEW) wideAt.push(at)
    else
      for (let i = 0; i < ports.length; i += 2)
        for (let port = ports[i]!; port < ports[i + 1]!; port++) {
          const filed = narrow.get(port)
          if (filed === undefined) narrow.set(port, [at])
          else filed.push(at)
        }
  }
  return { narrow, wideAt, wide: wideAt.map((at) => chain.rules[at]!), merged: new Map() }
}

function portsOf(rule: FilterRule): IntervalSet | null {
  let ports: IntervalSet | null = null
  for (const match of rule.matches)
    if (match.on === 'port') ports = ports === null ? match.in : intersect(ports, match.in)
  return ports
}

function sizeOf(ports: IntervalSet): number {
  let size = 0
  for (let i = 0; i < ports.length; i += 2) size += ports[i + 1]! - ports[i]!
  return size
}

function merge(chain: FilterChain, a: readonly number[], b: readonly number[]): readonly FilterRule[] {
  const rules: FilterRule[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const at = j >= b.length || (i < a.length && a[i]! < b[j]!) ? a[i++]! : b[j++]!
    rules.push(chain.rules[at]!)
  }
  return rules
}
