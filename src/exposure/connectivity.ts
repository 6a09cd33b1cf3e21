import type { ClusterFacts } from '../model/cluster.ts'
import { atomsOf } from './atoms.ts'
import type { Atoms } from './atoms.ts'
import { clusterOf } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { ALL, ConnectionTable } from './connection-table.ts'
import { peersOf } from './peers.ts'
import type { Peers } from './peers.ts'
import { rowOf } from './row.ts'
import type { Applied, Row } from './row.ts'
import { policiesOf } from './rules.ts'
import type { Bounds, Direction, Policy } from './rules.ts'
import { selectorOver } from './selection.ts'
import type { Selector } from './selection.ts'

/** What the next answer can take over. */
interface Kept {
  readonly facts: readonly ClusterFacts[]
  readonly selector: Selector
  readonly rows: Readonly<Record<Direction, Map<string, Row>>>
  /** Of a subject that no policy governs. */
  readonly open: Row
}

/** Who may connect to whom in a cluster, by policy. Rows are worked out when they are first asked for. */
export interface Connectivity extends Kept {
  readonly enforcement: PolicyEnforcement
  readonly cluster: Cluster
  readonly peers: Peers
  readonly atoms: Atoms
  readonly policies: readonly Policy[]
  readonly table: ConnectionTable
  /** What policies of `subject` (an atom) leave open in one direction. */
  readonly row: (direction: Direction, subject: number) => Row
  /** Both ends must allow it; `from` and `to` are peers. */
  readonly between: (from: number, to: number) => Bounds
  /** The policies that select a peer, in no order. */
  readonly applied: (peer: number) => readonly Applied[]
}

/** Whether the network plugin enforces policies; manifests do not say. */
export const ENFORCEMENTS = ['assumed', 'unknown', 'none'] as const
export type PolicyEnforcement = (typeof ENFORCEMENTS)[number]

/**
 * @param enforcement `unknown`: in `may`, policies have no effect; `none`: they have none at all
 * @param before the answer to earlier facts: what the same objects (not equal ones) still state is taken over
 */
export function connectivityOf(
  facts: readonly ClusterFacts[],
  enforcement: PolicyEnforcement = 'assumed',
  before?: Connectivity,
): Connectivity {
  const cluster = clusterOf(facts, before)
  const peers = peersOf(cluster, before)
  const kept = before?.peers === peers ? before : undefined
  const table = kept?.table ?? new ConnectionTable()
  const selector = kept?.selector ?? selectorOver(cluster, peers)
  const policies = policiesOf(cluster, selector, table, kept?.policies)
  const fresh = atomsOf(peers, policies)
  const same = kept !== undefined && kept.atoms.ofPeer.every((atom, i) => atom === fresh.ofPeer[i])
  const atoms = same ? kept.atoms : fresh
  const applied = appliedTo(policies, atoms)
  const open = same ? kept.open : openRow(atoms.peers.length)
  const rows = same ? kept.rows : { ingress: new Map<string, Row>(), egress: new Map<string, Row>() }
  const bySubject = { ingress: [] as (Row | undefined)[], egress: [] as (Row | undefined)[] }

  const bounded = (row: Row): Row =>
    enforcement === 'assumed' ? row : enforcement === 'none' ? open : { must: row.must, may: open.may }

  const row = (direction: Direction, subject: number): Row =>
    (bySubject[direction][subject] ??= bounded(workOut(direction, subject)))

  const workOut = (direction: Direction, subject: number): Row => {
    const own = (applied[subject] ?? []).filter(({ policy }) => policy[direction] !== null)
    if (own.length === 0) return open
    const self = atoms.peers[subject]!
    const named =
      direction === 'ingress' && own.some(({ policy }) => policy.ingress?.some((rule) => rule.named))
    // Subjects of the same policies have the same row, unless its ports are named by each of them.
    const key = `${own.map(({ policy, sure }) => `${policy.id}${sure ? '' : '?'}`).join()}${named ? ` ${subject}` : ''}`
    // Policies keep their number when they are taken over, so that the key means the same as before.
    const known = rows[direction].get(key)
    if (known !== undefined) return known
    const made = rowOf(own, direction, self, atoms, table)
    rows[direction].set(key, made)
    return made
  }

  return {
    facts,
    selector,
    rows,
    open,
    enforcement,
    cluster,
    peers,
    atoms,
    policies,
    table,
    row,
    applied: (peer) => applied[atoms.ofPeer[peer]!] ?? [],
    between(from, to) {
      const [source, destination] = [atoms.ofPeer[from]!, atoms.ofPeer[to]!]
      const out = row('egress', source)
      const into = row('ingress', destination)
      return {
        must: table.intersect(out.must[destination]!, into.must[source]!),
        may: table.intersect(out.may[destination]!, into.may[source]!),
      }
    },
  }
}

function appliedTo(policies: readonly Policy[], atoms: Atoms): readonly (readonly Applied[])[] {
  const applied: Applied[][] = atoms.peers.map(() => [])
  for (const policy of policies) {
    const { atoms: subjects, sure } = atoms.setOf(policy.subject)
    for (const [n, subject] of subjects.entries()) applied[subject]!.push({ policy, sure: sure[n] === 1 })
  }
  return applied
}

function openRow(size: number): Row {
  const open = new Int32Array(size).fill(ALL)
  return { must: open, may: open }
}
