import type { Instant } from '../model/port.ts'
import type { PlaceClaim, SourceKind } from '../model/source.ts'
import { isDefaultBridge, namesOneMachine } from './address.ts'
import type { PlaceRow, SourceRow } from './book.ts'
import { joinApart, joinPlace, type Join } from './join.ts'
import { isSilent } from './silence.ts'

/** When a claim is made, and from when on its collector has been running; null: it starts now. */
export interface Moment {
  readonly now: Instant
  readonly since: Instant | null
}

/**
 * As `joinPlace`, for a collector on the machine itself. Machines that were copied from one image share an identity:
 * where another of them is being observed under it, the one that comes later is kept apart.
 * @param sources of each candidate, by place
 */
export function joinMachine(
  claim: PlaceClaim,
  candidates: readonly PlaceRow[],
  sources: ReadonlyMap<string, readonly SourceRow[]>,
  moment: Moment,
): Join {
  const same = candidates.filter((row) => row.kind === claim.kind && row.identity === claim.identity)
  if (claim.identity === null || same.length === 0) return joinPlace(claim, candidates)
  const at = ({ id }: PlaceRow) => sources.get(id) ?? []
  const free = same.filter((row) => !at(row).some((source) => isAnotherMachine(source, claim, moment)))
  // Of several places of one identity it is the one that was seen like this before, or none.
  const mine = same.length === 1 ? free : free.filter((row) => at(row).some(isLike(claim)))
  const [only, second] = mine
  if (only !== undefined && second === undefined) return { kind: 'existing', place: only }
  return joinApart(claim, same, candidates)
}

/**
 * Whether a source of the place is another machine's collector. Two runs of a kernel at one time are two machines;
 * of a run that began after the other was last heard, another name or none of its addresses says so.
 */
export function isAnotherMachine(source: SourceRow, claim: PlaceClaim, { now, since }: Moment): boolean {
  if (!ON_THE_MACHINE.includes(source.kind) || source.claim.identity !== claim.identity) return false
  if (source.state !== 'observing' || isSilent(source, now)) return false
  const other = source.claim
  const renamed = other.name.toLowerCase() !== claim.name.toLowerCase()
  if (other.boot === undefined || claim.boot === undefined) return renamed && isDisjoint(other, claim)
  if (other.boot === claim.boot) return false
  return renamed || isDisjoint(other, claim) || (since !== null && source.lastPass > since)
}

const ON_THE_MACHINE: readonly SourceKind[] = ['linux-host', 'macos-host']

function isLike(claim: PlaceClaim): (source: SourceRow) => boolean {
  return ({ claim: other }) =>
    (other.boot !== undefined && other.boot === claim.boot) ||
    (other.name.toLowerCase() === claim.name.toLowerCase() && !isDisjoint(other, claim))
}

/** True where both have addresses of their own, and none in common. */
function isDisjoint(one: PlaceClaim, other: PlaceClaim): boolean {
  const [some, others] = [addressesOf(one), addressesOf(other)]
  return some.length > 0 && others.length > 0 && !some.some((address) => others.includes(address))
}

function addressesOf({ addresses }: PlaceClaim): readonly string[] {
  return addresses.filter((address) => namesOneMachine(address) && !isDefaultBridge(address))
}
