import type { Cidr, IpAddress } from '../lib/ip.ts'
import type { FilterTable } from './packet-filter.ts'
import type { Reason } from './reach.ts'

/** One network namespace of a host, as far as it decides where a packet goes. */
export interface HostNetwork {
  /** Label of the namespace; `net:1` is that of process 1. */
  readonly net: string
  readonly interfaces: readonly NetworkInterface[]
  /** Null: not read. */
  readonly routes: readonly Route[] | null
  readonly settings: NetworkSettings
  /** Null: not read; then a rule may be there that drops. */
  readonly tables: readonly FilterTable[] | null
  /** What was not read of it. */
  readonly reasons: readonly Reason[]
}

export interface NetworkInterface {
  readonly name: string
  readonly index: number
  readonly up: boolean
  readonly loopback: boolean
  /** `bridge`, `veth` … where the source says. */
  readonly kind: string | null
  /** The bridge or bond that it is a part of. */
  readonly master: string | null
  /** Index of the other end of a veth pair, in the namespace where that is. */
  readonly peerIndex: number | null
  /** The other end lies in another namespace. */
  readonly peerElsewhere: boolean
  /** A program that filters before any rule does. */
  readonly program: boolean
  readonly addresses: readonly InterfaceAddress[]
}

export interface InterfaceAddress {
  readonly address: IpAddress
  /** What is reached on the link without a router. */
  readonly subnet: Cidr
  readonly scope: 'global' | 'link' | 'host'
}

export interface Route {
  readonly to: Cidr
  readonly kind: 'unicast' | 'local' | 'blocked' | 'other'
  readonly device: string | null
  readonly gateway: IpAddress | null
  readonly metric: number
  readonly table: string
}

/** Settings of the kernel (sysctl); null where one was not read. Those of one interface by its name. */
export interface NetworkSettings {
  readonly forwards: { readonly ipv4: boolean | null; readonly ipv6: boolean | null }
  readonly forwardsOn: ReadonlyMap<string, boolean>
  readonly routeLocalnet: boolean | null
  readonly routeLocalnetOn: ReadonlyMap<string, boolean>
  /** Bridged packets go through the rules of iptables. */
  readonly bridgeFilters: boolean | null
  /** Routing by more than the destination (`ip rule`). */
  readonly policyRouting: boolean | null
}
