import { ALL, NONE } from './connection-table.ts'
import type { ConnectionId, ConnectionTable } from './connection-table.ts'
import type { Atoms } from './atoms.ts'
import type { Peer } from './peers.ts'
import type { Bounds, Direction, Policy, Rule } from './rules.ts'

/** What one subject may do in one direction, by atom of the other side. */
export interface Row {
  readonly must: Int32Array
  readonly may: Int32Array
}

/** A policy that selects a subject, surely or perhaps. */
export interface Applied {
  readonly policy: Policy
  readonly sure: boolean
}

/**
 * The semantics of https://network-policy-api.sigs.k8s.io/api-overview/: the tier `admin` by priority, each rule
 * final but for Pass; then the NetworkPolicies, final for what they isolate; then the tier `baseline`; what nothing
 * decided is allowed.
 *
 * `must` reads everything unknown as closed, `may` as open: a rule that applies perhaps allows in `may` alone and
 * denies in `must` alone.
 *
 * @param self the peer whose policies these are: towards it, named ports of `ingress` are its own
 */
export function rowOf(
  applied: readonly Applied[],
  direction: Direction,
  self: Peer,
  atoms: Atoms,
  table: ConnectionTable,
): Row {
  const of: Scope = { direction, self, atoms, table }
  const must = evaluate(applied, 'must', of)
  return { must, may: isCertain(applied, of) ? must : evaluate(applied, 'may', of) }
}

interface Scope {
  readonly direction: Direction
  readonly self: Peer
  readonly atoms: Atoms
  readonly table: ConnectionTable
}

type Mode = 'must' | 'may'

/** Undecided, handed to the next tier, and allowed; by atom. What is in none of them was denied. */
interface State {
  readonly left: Int32Array
  readonly passed: Int32Array
  readonly allowed: Int32Array
}

function evaluate(applied: readonly Applied[], mode: Mode, of: Scope): Int32Array {
  const { table, direction } = of
  const size = of.atoms.peers.length
  const admin = fresh(new Int32Array(size).fill(ALL))
  decideTier(admin, inTier(applied, 'admin'), mode, of)
  const rest = zip(admin.left, admin.passed, (a, b) => table.unite(a, b))

  const isolating = inTier(applied, 'namespace').filter(({ policy }) => policy[direction] !== null)
  const isolated = isolating.length > 0
  const surely = isolating.some(({ sure }) => sure)
  const own = isolated ? ownAllowed(isolating, mode, of) : null
  if (own !== null && surely) {
    return zip3(admin.allowed, rest, own, (a, b, c) => table.unite(a, table.intersect(b, c)))
  }

  const behind = fresh(rest)
  decideTier(behind, inTier(applied, 'baseline'), mode, of)
  const outcome = zip3(behind.allowed, behind.left, behind.passed, (a, b, c) =>
    table.unite(a, table.unite(b, c)),
  )
  if (own === null) return zip(admin.allowed, outcome, (a, b) => table.unite(a, b))
  // Isolated perhaps: `must` needs both ways open, `may` one of them.
  const both = zip(outcome, own, (a, b) => (mode === 'must' ? table.intersect(a, b) : table.unite(a, b)))
  return zip3(admin.allowed, rest, both, (a, b, c) => table.unite(a, table.intersect(b, c)))
}

/** Policies of one priority are in no order: https://network-policy-api.sigs.k8s.io/reference/spec/ */
function decideTier(state: State, applied: readonly Applied[], mode: Mode, of: Scope): void {
  const byPriority = Map.groupBy(applied, ({ policy }) => policy.facts.priority)
  for (const [, tied] of [...byPriority].sort(([a], [b]) => a - b)) {
    const [only] = tied
    if (only !== undefined && tied.length === 1) decide(state, only, mode, of)
    else decideTied(state, tied, mode, of)
  }
}

function decide(state: State, { policy, sure }: Applied, mode: Mode, of: Scope): void {
  for (const rule of policy[of.direction] ?? []) {
    const set = of.atoms.setOf(rule.peers)
    const bounds = portsOf(rule, of)
    for (const [n, atom] of set.atoms.entries()) {
      step(state, atom, rule.facts.action, bounds(atom), sure && set.sure[n] === 1, mode, of.table)
    }
  }
}

function step(
  { left, passed, allowed }: State,
  atom: number,
  action: Rule['facts']['action'],
  bounds: Bounds,
  sure: boolean,
  mode: Mode,
  table: ConnectionTable,
): void {
  const before = left[atom]!
  const certain = sure ? table.intersect(before, bounds.must) : NONE
  const possible = table.intersect(before, bounds.may)
  if (action === 'allow') {
    const matched = mode === 'must' ? certain : possible
    allowed[atom] = table.unite(allowed[atom]!, matched)
    left[atom] = table.subtract(before, matched)
  } else if (action === 'deny') {
    left[atom] = table.subtract(before, mode === 'must' ? possible : certain)
  } else if (mode === 'must') {
    // Passed perhaps: it may end either way, so it is not proved.
    passed[atom] = table.unite(passed[atom]!, certain)
    left[atom] = table.subtract(before, possible)
  } else {
    passed[atom] = table.unite(passed[atom]!, possible)
    left[atom] = table.subtract(before, certain)
  }
}

/** Each policy decides for itself on what is left; where two differ, `must` takes the narrower and `may` the wider. */
function decideTied(state: State, tied: readonly Applied[], mode: Mode, of: Scope): void {
  const { table } = of
  const before = state.left.slice()
  const alone = tied.map((one) => {
    const own = fresh(before)
    decide(own, one, mode, of)
    return own
  })
  for (const [atom, whole] of before.entries()) {
    let [left, allowed, passed, denied] = [whole, NONE, NONE, NONE]
    for (const one of alone) {
      const rest = table.unite(table.unite(one.left[atom]!, one.passed[atom]!), one.allowed[atom]!)
      left = table.intersect(left, one.left[atom]!)
      allowed = table.unite(allowed, one.allowed[atom]!)
      passed = table.unite(passed, one.passed[atom]!)
      denied = table.unite(denied, table.subtract(whole, rest))
    }
    if (mode === 'must') {
      passed = table.subtract(passed, denied)
      allowed = table.subtract(table.subtract(allowed, denied), passed)
    }
    state.left[atom] = left
    state.passed[atom] = table.unite(state.passed[atom]!, passed)
    state.allowed[atom] = table.unite(state.allowed[atom]!, allowed)
  }
}

/** NetworkPolicies only allow, and add up. */
function ownAllowed(isolating: readonly Applied[], mode: Mode, of: Scope): Int32Array {
  const open = new Int32Array(of.atoms.peers.length)
  for (const { policy, sure } of isolating) {
    if (!sure && mode === 'must') continue
    for (const rule of policy[of.direction] ?? []) {
      const set = of.atoms.setOf(rule.peers)
      const bounds = portsOf(rule, of)
      for (const [n, atom] of set.atoms.entries()) {
        if (mode === 'must' && set.sure[n] === 0) continue
        open[atom] = of.table.unite(open[atom]!, bounds(atom)[mode])
      }
    }
  }
  return open
}

/** What the rule covers, by atom of the other side. */
function portsOf(rule: Rule, { direction, self, atoms }: Scope): (atom: number) => Bounds {
  if (rule.named && direction === 'egress') return (atom) => rule.ports(atoms.peers[atom]!)
  const same = rule.ports(self)
  return () => same
}

/** Nothing in these policies is a matter of perhaps, so that both bounds are one. */
function isCertain(applied: readonly Applied[], of: Scope): boolean {
  const priorities = new Set<string>()
  return applied.every(({ policy, sure }) => {
    const rules = policy[of.direction] ?? []
    const { tier, priority } = policy.facts
    const tied = tier !== 'namespace' && rules.length > 0 && priorities.has(`${tier} ${priority}`)
    if (rules.length > 0) priorities.add(`${tier} ${priority}`)
    return (
      sure && !tied && rules.every((rule) => rule.peers.must === rule.peers.may && portsCertain(rule, of))
    )
  })
}

function portsCertain(rule: Rule, { direction, self }: Scope): boolean {
  if (rule.named && direction === 'egress') return false
  const { must, may } = rule.ports(self)
  return must === may
}

function inTier(applied: readonly Applied[], tier: string): readonly Applied[] {
  return applied.filter(({ policy }) => policy.facts.tier === tier)
}

function fresh(left: Int32Array): State {
  return { left: left.slice(), passed: new Int32Array(left.length), allowed: new Int32Array(left.length) }
}

function zip(
  a: Int32Array,
  b: Int32Array,
  of: (a: ConnectionId, b: ConnectionId) => ConnectionId,
): Int32Array {
  const made = new Int32Array(a.length)
  for (let i = 0; i < a.length; i++) made[i] = of(a[i]!, b[i]!)
  return made
}

function zip3(
  a: Int32Array,
  b: Int32Array,
  c: Int32Array,
  of: (a: ConnectionId, b: ConnectionId, c: ConnectionId) => ConnectionId,
): Int32Array {
  const made = new Int32Array(a.length)
  for (let i = 0; i < a.length; i++) made[i] = of(a[i]!, b[i]!, c[i]!)
  return made
}
