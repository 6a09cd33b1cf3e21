import type { Peer, Peers } from './peers.ts'
import type { Policy, Rule } from './rules.ts'
import type { PeerSet } from './selection.ts'

/** Peers that stand in exactly the same sets, and name their ports alike: no rule treats two of them differently. */
export interface Atoms {
  /** By index of the peer. */
  readonly ofPeer: readonly number[]
  /** One peer of each atom, to ask what its ports are. */
  readonly peers: readonly Peer[]
  readonly setOf: (set: PeerSet) => AtomSet
}

export interface AtomSet {
  readonly atoms: Int32Array
  /** 1 where the atom is in the set surely, 0 where perhaps. */
  readonly sure: Uint8Array
}

export function atomsOf({ all }: Peers, policies: readonly Policy[]): Atoms {
  const sets = new Set(
    policies.flatMap((policy) => [policy.subject, ...rulesOf(policy).map(({ peers }) => peers)]),
  )
  const memberships: number[][] = all.map(() => [])
  let id = 0
  for (const set of sets) {
    // Everybody is in it, and surely: it tells nobody apart.
    if (set.must.length === all.length) continue
    for (const { peer, sure } of members(set)) memberships[peer]!.push(sure ? 2 * id + 1 : 2 * id)
    id++
  }
  const byKey = new Map<string, number>()
  const peers: Peer[] = []
  const ofPeer = all.map((peer, i) => {
    const key = `${portsKey(peer)} ${memberships[i]!.join()}`
    const known = byKey.get(key)
    if (known !== undefined) return known
    byKey.set(key, peers.length)
    return peers.push(peer) - 1
  })
  const made = new Map<PeerSet, AtomSet>()
  return {
    ofPeer,
    peers,
    setOf(set) {
      const known = made.get(set)
      if (known !== undefined) return known
      const found = new Map<number, boolean>()
      for (const { peer, sure } of members(set)) found.set(ofPeer[peer]!, sure)
      const atoms = { atoms: Int32Array.from(found.keys()), sure: Uint8Array.from(found.values(), Number) }
      made.set(set, atoms)
      return atoms
    },
  }
}

function rulesOf({ ingress, egress }: Policy): readonly Rule[] {
  return [...(ingress ?? []), ...(egress ?? [])]
}

function* members({ must, may }: PeerSet): Generator<{ readonly peer: number; readonly sure: boolean }> {
  let next = 0
  for (const peer of may) {
    const sure = must[next] === peer
    if (sure) next++
    yield { peer, sure }
  }
}

/** What a named port would mean towards the peer. */
function portsKey(peer: Peer): string {
  if (peer.peer === 'addresses') return 'addresses'
  if (peer.peer !== 'pods') return 'unknown'
  return peer.namedPorts.map(({ name, transport, port }) => `${name}=${transport}/${port}`).join()
}
