import type { AddressSet } from '../lib/address-set.ts'
import type { IntervalSet } from '../lib/interval-set.ts'
import type { Transport } from './port.ts'

/**
 * The rules by which a Linux kernel lets a packet pass, as facts: what nftables and iptables mean, not how they
 * write it. One list of tables for one network namespace; nftables and both back-ends of iptables apply together.
 */
export interface FilterTable {
  readonly family: 'ip' | 'ip6' | 'inet' | 'netdev'
  readonly name: string
  readonly chains: ReadonlyMap<string, FilterChain>
}

export const FILTER_HOOKS = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting'] as const
export type FilterHook = (typeof FILTER_HOOKS)[number]

export interface FilterChain {
  readonly name: string
  /** Null: entered by a jump alone. */
  readonly base: ChainBase | null
  readonly rules: readonly FilterRule[]
}

export interface ChainBase {
  readonly hook: FilterHook
  readonly type: 'filter' | 'nat' | 'route'
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** Of a chain at `ingress`; null elsewhere. */
  readonly devices: readonly string[] | null
}

export interface FilterRule {
  /** All of them must hold. */
  readonly matches: readonly PacketMatch[]
  readonly verdict: FilterVerdict
  /** As people read it. */
  readonly text: string
  /** `file:line`, or table, chain and handle where the source is one line. */
  readonly source: string
}

/** Of a packet, to connection tracking (conntrack(8)). */
export type TrackedState = 'new' | 'established' | 'untracked'

/**
 * What a rule asks of a packet of a connection. What a source negates is written as the complement, so that
 * only names of interfaces need a `not`.
 */
export type PacketMatch =
  | { readonly on: 'family'; readonly is: 'ipv4' | 'ipv6' }
  | { readonly on: 'source' | 'destination' | 'original-destination'; readonly in: AddressSet }
  | { readonly on: 'transport'; readonly in: readonly Transport[] }
  /** The destination's port; of the packet as it is now, or before its address was translated. */
  | { readonly on: 'port' | 'original-port'; readonly in: IntervalSet }
  /** That of the sender, who chooses it; in an answer, the port that was asked. */
  | { readonly on: 'source-port'; readonly in: IntervalSet }
  /** Names; `eth*` for all that begin so. */
  | { readonly on: 'in' | 'out'; readonly names: readonly string[]; readonly not: boolean }
  | { readonly on: 'state'; readonly in: readonly TrackedState[] }
  /** `ct direction`; false for replies. */
  | { readonly on: 'original-direction'; readonly is: boolean }
  /** Flags of TCP, asked in a way that the first segment passes or not; others may do the one or the other. */
  | { readonly on: 'first-segment'; readonly is: boolean }
  /** The destination was translated (`ct status dnat`). */
  | { readonly on: 'translated'; readonly is: boolean }
  /** The address is one of the host's own. */
  | { readonly on: 'source-local' | 'destination-local'; readonly is: boolean }
  | { readonly on: 'mark'; readonly value: number; readonly mask: number; readonly not: boolean }
  /** One of these conjunctions; none of them where it is empty: another protocol, a later packet. */
  | { readonly on: 'any'; readonly of: readonly (readonly PacketMatch[])[] }
  /** Not modelled, or chosen by the sender, or different from packet to packet. */
  | { readonly on: 'unknown'; readonly text: string }

export type FilterVerdict =
  | { readonly do: 'accept' | 'drop' | 'reject' | 'return' | 'next' | 'mark' | 'notrack' }
  | { readonly do: 'jump' | 'goto'; readonly chain: string }
  | Translation
  /** The source is replaced; by what is null for the address of the interface that the packet leaves by. */
  | { readonly do: 'masquerade'; readonly by: AddressSet | null }
  /** It may do anything, drop included. */
  | { readonly do: 'unknown'; readonly text: string }

/** A new destination. Null keeps what the packet has; `here` is an address of the interface that it came by. */
export interface Translation {
  readonly do: 'translate'
  /** Several where the kernel chooses. */
  readonly to: AddressSet | 'here' | null
  readonly ports: IntervalSet | null
}

export const NEVER: PacketMatch = { on: 'any', of: [] }
