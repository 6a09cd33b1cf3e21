import type { PolicyFacts, PolicyRule } from '../model/cluster.ts'
import type { Reason, ReasonCode } from '../model/reach.ts'
import type { Transport } from '../model/port.ts'
import { spanText } from './cluster.ts'
import { hasConnection } from './connection-set.ts'
import type { ConnectionId } from './connection-table.ts'
import type { Connectivity } from './connectivity.ts'
import type { Match } from './label-match.ts'
import type { Applied } from './row.ts'
import type { Direction, Rule } from './rules.ts'

/** What the policies of one end say of one packet, and which rule says it. */
export interface Decision {
  readonly verdict: 'allowed' | 'denied' | 'unknown'
  /** `ingress allowed by rule 1 of NetworkPolicy default/web`. */
  readonly because: string
  readonly source: string | null
}

export interface Packet {
  readonly transport: Transport
  readonly port: number
}

/**
 * @param subject the peer whose policies are asked: the source for `egress`, the destination for `ingress`
 * @param other the peer at the other end
 */
export function decisionOn(
  connectivity: Connectivity,
  direction: Direction,
  subject: number,
  other: number,
  packet: Packet,
): Decision {
  const { atoms, table, row } = connectivity
  const { must, may } = row(direction, atoms.ofPeer[subject]!)
  const atom = atoms.ofPeer[other]!
  const open = (id: ConnectionId) => hasConnection(table.setOf(id), packet.transport, packet.port)
  const verdict = open(must[atom]!) ? 'allowed' : open(may[atom]!) ? 'unknown' : 'denied'
  return { verdict, ...reasonFor(connectivity, direction, subject, other, packet, verdict) }
}

/** `NetworkPolicy default/web`. */
export function policyText({ kind, namespace, name }: PolicyFacts): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
}

/** What in the policies of a peer is not understood or not known, so that both bounds of a direction may differ. */
export function unknownsOf(
  connectivity: Connectivity,
  direction: Direction,
  subject: number,
): readonly Reason[] {
  const found = new Map<string, Reason>()
  const note = (code: ReasonCode, text: string) => void found.set(`${code} ${text}`, { code, text })
  const applied = connectivity.applied(subject).filter(({ policy }) => policy[direction] !== null)
  for (const { policy, sure } of applied) {
    const where = `${policyText(policy.facts)} (${spanText(policy.facts)})`
    for (const text of oddities(policy.facts, policy.facts[direction] ?? []))
      note('expression-unknown', `${where} says "${text}", which is not understood`)
    for (const { facts, peers } of policy[direction] ?? []) {
      if (peers.must.length === peers.may.length) continue
      if (facts.peers?.some(({ peer }) => peer === 'addresses' || peer === 'nodes') === true)
        note(
          'addresses-of-pods-unread',
          `whether what ${where} names by address are pods or nodes is not known`,
        )
      if (facts.peers?.some((one) => one.peer === 'pods' && one.namespaces.length > 0) === true)
        note(
          'namespace-unread',
          `whom ${where} means depends on labels of a namespace that no file describes`,
        )
    }
    if (!sure)
      note(
        'namespace-unread',
        `whether ${where} selects it depends on labels of a namespace that no file describes`,
      )
  }
  for (const [rank, tied] of Map.groupBy(
    applied,
    ({ policy }) => `${policy.facts.tier} ${policy.facts.priority}`,
  ))
    if (tied.length > 1 && !rank.startsWith('namespace'))
      note(
        'priority-shared',
        `${tied.map(({ policy }) => policyText(policy.facts)).join(', ')} have one priority, and so no order`,
      )
  if (connectivity.enforcement === 'unknown' && applied.length > 0)
    note('policies-not-enforced', 'whether a network plugin enforces policies is not known')
  return [...found.values()]
}

/** Everything unknown in a policy, as it is written. */
function oddities({ subject }: PolicyFacts, rules: readonly PolicyRule[]): readonly string[] {
  const peers = rules.flatMap((rule) => rule.peers ?? [])
  const selectors = [subject, ...peers.filter((one) => one.peer === 'pods')].flatMap((one) => [
    ...one.namespaces,
    ...one.pods,
  ])
  return [
    ...selectors.flatMap((one) => (one.operator === 'unknown' ? [one.text] : [])),
    ...peers.flatMap((one) => (one.peer === 'unknown' ? [one.text] : [])),
    ...rules.flatMap((rule) => rule.ports ?? []).flatMap((one) => (one.port === 'unknown' ? [one.text] : [])),
  ]
}

/** A rule that speaks of two peers, and where it stands. */
export interface SpokenRule {
  readonly direction: Direction
  readonly policy: string
  readonly action: 'allow' | 'deny' | 'pass'
  readonly rule: number
  readonly source: string
}

/** Every rule at either end that covers a connection from one peer to another, in no order of rank. */
export function rulesBetween(connectivity: Connectivity, from: number, to: number): readonly SpokenRule[] {
  return [...rulesAt(connectivity, 'egress', from, to), ...rulesAt(connectivity, 'ingress', to, from)]
}

function rulesAt(
  connectivity: Connectivity,
  direction: Direction,
  subject: number,
  other: number,
): readonly SpokenRule[] {
  return connectivity.applied(subject).flatMap(({ policy }) =>
    (policy[direction] ?? []).flatMap((rule, n) => {
      if (!rule.peers.may.includes(other)) return []
      const { file, line } = rule.facts.span
      return [
        {
          direction,
          policy: policyText(policy.facts),
          action: rule.facts.action,
          rule: n + 1,
          source: line === null ? file : `${file}:${line}`,
        },
      ]
    }),
  )
}

type Found = Pick<Decision, 'because' | 'source'>

function reasonFor(
  connectivity: Connectivity,
  direction: Direction,
  subject: number,
  other: number,
  packet: Packet,
  verdict: Decision['verdict'],
): Found {
  const { enforcement } = connectivity
  if (enforcement === 'none')
    return { because: `${direction} allowed: policies are taken as not enforced`, source: null }
  if (enforcement === 'unknown' && verdict === 'unknown')
    return { because: `${direction} open where policies are not enforced, which is not known`, source: null }
  const wanted: Match = verdict === 'unknown' ? 'perhaps' : 'yes'
  const own = connectivity
    .applied(subject)
    .filter(({ policy }) => policy[direction] !== null)
    .toSorted((a, b) => a.policy.facts.priority - b.policy.facts.priority)
  const inTier = (tier: string) => own.filter(({ policy }) => policy.facts.tier === tier)
  const matching = (applied: readonly Applied[]) =>
    firstMatch(connectivity, direction, applied, other, subject, packet, wanted)

  const admin = matching(inTier('admin'))
  if (admin !== null && admin.rule.facts.action !== 'pass') return said(direction, admin, verdict)
  const isolating = inTier('namespace')
  if (isolating.length > 0) {
    const allowing = matching(isolating)
    if (allowing !== null) return said(direction, allowing, verdict)
    if (verdict === 'denied') return isolated(direction, isolating)
  }
  const behind = matching(inTier('baseline'))
  if (behind !== null && behind.rule.facts.action !== 'pass') return said(direction, behind, verdict)
  if (verdict === 'unknown')
    return { because: `${direction} open or closed by what is not known`, source: null }
  return {
    because:
      own.length === 0
        ? `no policy governs its ${direction}`
        : `no policy decides on its ${direction}: allowed`,
    source: null,
  }
}

interface Matched {
  readonly policy: Applied['policy']
  readonly rule: Rule
  /** From 1, as people count. */
  readonly number: number
}

function firstMatch(
  connectivity: Connectivity,
  direction: Direction,
  applied: readonly Applied[],
  other: number,
  subject: number,
  packet: Packet,
  wanted: Match,
): Matched | null {
  for (const { policy, sure } of applied) {
    for (const [n, rule] of (policy[direction] ?? []).entries()) {
      const match = matches(connectivity, direction, rule, other, subject, packet)
      const found = match === 'yes' && !sure ? 'perhaps' : match
      if (found === wanted) return { policy, rule, number: n + 1 }
    }
  }
  return null
}

function matches(
  { peers, table }: Connectivity,
  direction: Direction,
  rule: Rule,
  other: number,
  subject: number,
  packet: Packet,
): Match {
  if (!rule.peers.may.includes(other)) return 'no'
  const bounds = rule.ports(peers.all[direction === 'egress' ? other : subject]!)
  if (!hasConnection(table.setOf(bounds.may), packet.transport, packet.port)) return 'no'
  const sure =
    rule.peers.must.includes(other) && hasConnection(table.setOf(bounds.must), packet.transport, packet.port)
  return sure ? 'yes' : 'perhaps'
}

function said(direction: Direction, { policy, rule, number }: Matched, verdict: Decision['verdict']): Found {
  const name = rule.facts.name === null ? '' : ` "${rule.facts.name}"`
  const word = verdict === 'unknown' ? 'perhaps decided' : verdict
  const { file, line } = rule.facts.span
  return {
    because: `${direction} ${word} by rule ${number}${name} of ${policyText(policy.facts)}`,
    source: line === null ? file : `${file}:${line}`,
  }
}

/** Denied because nothing allows it: what isolates is the reason. */
function isolated(direction: Direction, isolating: readonly Applied[]): Found {
  const [first] = isolating
  const names = isolating.map(({ policy }) => policyText(policy.facts))
  const shown = names.slice(0, 3).join(', ')
  return {
    because: `${direction} denied: isolated by ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}, and no rule allows it`,
    source: first === undefined ? null : spanText(first.policy.facts),
  }
}
