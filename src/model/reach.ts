import type { Cidr } from '../lib/ip.ts'

/**
 * From where a port can be reached, as every source of facts answers it: sets of zones, never one level, because a
 * level hides the one zone that matters. Reference "exposure" §2.
 */

/** For display; `cluster` and `vpc` are not comparable. From near to far otherwise. */
export const LEVELS = [
  'none',
  'loopback',
  'host',
  'namespace',
  'cluster',
  'vpc',
  'organisation',
  'partner',
  'public',
] as const
export type Level = (typeof LEVELS)[number]

/** Why `must` and `may` differ, or what an answer rests on. */
export const REASON_CODES = [
  /** Policies are taken as enforced: without a network plugin that does so they have no effect. */
  'policies-assumed-enforced',
  'policies-not-enforced',
  /** Addresses of pods and Services are taken as not routed from outside the cluster. */
  'pod-network-assumed-closed',
  'namespace-unread',
  'expression-unknown',
  'pods-not-in-files',
  'endpoints-unknown',
  'source-rewritten',
  'node-addresses-unread',
  'balancer-unread',
  'controller-unread',
  'addresses-of-pods-unread',
  'priority-shared',
  /** Rules, routes or settings of the host's kernel that could not be read. */
  'firewall-unread',
  'routes-unread',
  /** A rule's condition that is not modelled, or that differs from packet to packet. */
  'rule-unknown',
  /** A rule may keep the answers of a connection, or its later packets. */
  'answer-unsure',
  /** What stands between the host and a zone (routers, clouds, their translations) is not read. */
  'upstream-unread',
  /** A source is taken to come by the interface by which the host would answer it. */
  'arrival-by-route',
  'socket-unclear',
] as const
export type ReasonCode = (typeof REASON_CODES)[number]

/** A place that traffic can come from, as a Zone document says. */
export interface ZoneFacts {
  readonly name: string
  readonly level: Level
  readonly cidrs: readonly Cidr[]
}

export interface Reason {
  readonly code: ReasonCode
  /** One sentence. */
  readonly text: string
}

/** One step of a packet's way. */
export interface Hop {
  /** What stands there: `Service default/web`, `pod default/Deployment/web`. */
  readonly at: string
  /** What it does with the packet, and by which rule. */
  readonly rule: string
  /** `file:line`; null where it is no rule of a file but how the thing works. */
  readonly source: string | null
}

export interface ReachPath {
  /** Zone. */
  readonly from: string
  readonly bound: 'must' | 'may'
  readonly hops: readonly Hop[]
}

/** A way through something that ends the connection and may authenticate: not the same as a direct one. */
export interface ReachVia {
  readonly from: string
  /** `Ingress default/web`. */
  readonly through: string
  readonly bound: 'must' | 'may'
  /** Null: the source does not say. */
  readonly authenticates: boolean | null
  readonly source: string | null
}

export interface Reach {
  /** Zones that surely can; part of `may`. */
  readonly must: readonly string[]
  /** Zones that can where everything unknown is open. */
  readonly may: readonly string[]
  readonly via: readonly ReachVia[]
  /** Zones that have a way to it, whether or not a rule lets a packet pass. */
  readonly accessible: readonly string[]
  /** The farthest levels; several where they are not comparable. */
  readonly level: { readonly must: readonly Level[]; readonly may: readonly Level[] }
  readonly reasons: readonly Reason[]
  readonly paths: readonly ReachPath[]
}
