import { addressesOf, NO_ADDRESS } from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { FilterRule } from '../../model/packet-filter.ts'
import type { Transport } from '../../model/port.ts'

/** What is fixed of a connection while the set of its senders is worked out. */
export interface Packet {
  readonly transport: Transport
  readonly destination: IpAddress
  readonly port: number
  /** Before a translation. */
  readonly original: { readonly destination: IpAddress; readonly port: number }
  readonly translated: boolean
  /** Null where it has none: a local sender's has no `in`, a delivered one's no `out`. */
  readonly in: string | null
  readonly out: string | null
  /** Where the senders' addresses were replaced: what stands there now. */
  readonly seenAs: AddressSet | null
  /** The first packet, a later one of the sender, or an answer to the sender. */
  readonly phase: 'first' | 'later' | 'reply'
  /** Connection tracking has seen it: not yet at `ingress` and in the first chains. */
  readonly tracked: boolean
  /** Its port is the one that was asked for. */
  readonly portKept: boolean
  readonly destinationKept: boolean
}

/** What rules did to some of the senders' packets on the way; grows while a packet goes on. */
export interface Marks {
  marked: AddressSet
  untracked: AddressSet
}

export function noMarks(): Marks {
  return { marked: NO_ADDRESS, untracked: NO_ADDRESS }
}

/** One rule that decided, in the order of the way. */
export interface Step {
  readonly net: string
  readonly hook: string
  readonly chain: string
  readonly rule: FilterRule | null
  readonly text: string
  readonly sure: boolean
}

export function single(address: IpAddress): AddressSet {
  return addressesOf([
    { family: address.family, base: address.value, bits: address.family === 'ipv4' ? 32 : 128 },
  ])
}
