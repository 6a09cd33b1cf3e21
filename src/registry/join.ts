import { hash } from 'node:crypto'

import type { PlaceClaim } from '../model/source.ts'
import { isIpAddress, namesOneMachine } from './address.ts'
import type { PlaceRow } from './book.ts'

/** Which place of the book a source speaks of. `ambiguous` is kept apart under an id of its own, never guessed. */
export type Join =
  | { readonly kind: 'existing'; readonly place: PlaceRow }
  | { readonly kind: 'new'; readonly id: string }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly PlaceRow[]; readonly id: string }

/**
 * Identity wins; then the name within the kind; then an address within the realm.
 * @param candidates places that share an identity, name or address with the claim (`BookReads.placesLike`)
 */
export function joinPlace(claim: PlaceClaim, candidates: readonly PlaceRow[]): Join {
  const own =
    cloneNamed(claim, candidates) ??
    candidates.find((row) => isSame(row, claim) || row.id === distinctId(claim))
  if (own !== undefined) return { kind: 'existing', place: own }
  const alike = candidates.filter((row) => row.kind === claim.kind)
  return byName(claim, alike) ?? byAddress(claim, alike) ?? fresh(claim, candidates)
}

/** A place of its own for one of several machines of one identity. */
export function joinApart(
  claim: PlaceClaim,
  same: readonly PlaceRow[],
  candidates: readonly PlaceRow[],
): Join {
  const id = distinctId(claim)
  const taken = candidates.some((row) => row.id === id)
  return ambiguous(same, claim, taken ? distinctId(claim, claim.addresses.toSorted()) : id)
}

/**
 * The place after a source spoke of it: a place known by name only takes the identity of its first observer. The
 * row itself where nothing is new.
 */
export function adoptClaim(row: PlaceRow, claim: PlaceClaim, index: number): PlaceRow {
  const identity = row.identity ?? claim.identity
  const names = union(row.names, [claim.name, ...claim.names])
  // A host knows its own addresses, also those it gave back; anybody else, and a document, only adds some.
  const replaces = claim.identity !== null && row.declared === null
  const addresses = replaces ? union(claim.addresses, []) : union(row.addresses, claim.addresses)
  const realm = row.identity === null && claim.identity !== null ? claim.realm : row.realm
  const changed =
    identity !== row.identity ||
    realm !== row.realm ||
    !equal(names, row.names) ||
    !equal(addresses, row.addresses)
  return changed ? { ...row, identity, names, addresses, realm, fromIndex: index, toIndex: null } : row
}

export function newPlace(id: string, claim: PlaceClaim, index: number): PlaceRow {
  return {
    id,
    kind: claim.kind,
    identity: claim.identity,
    names: union([claim.name, ...claim.names], []),
    addresses: union(claim.addresses, []),
    realm: claim.realm,
    declared: null,
    inScope: true,
    fromIndex: index,
    toIndex: null,
  }
}

/** Places that one which was kept apart may be, or was copied from. Empty once a Place document has settled what it is. */
export function rivalsOf(place: PlaceRow, others: readonly PlaceRow[]): readonly PlaceRow[] {
  if (place.declared !== null || !place.id.includes('~')) return []
  const alike = others.filter((row) => row.kind === place.kind && row.id !== place.id)
  return alike
    .filter(
      (row) =>
        isClone(row, place) || place.names.some((name) => hasName(row, name)) || sharesAddress(row, place),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Two places of one identity: machines that were copied from one image. */
export function isClone(one: PlaceRow, other: PlaceRow): boolean {
  return one.id !== other.id && one.identity !== null && one.identity === other.identity
}

/** Where several places bear the identity that somebody writes down, the name says which is meant. */
function cloneNamed(claim: PlaceClaim, candidates: readonly PlaceRow[]): PlaceRow | undefined {
  const same = candidates.filter((row) => isSame(row, claim))
  return same.length < 2 ? undefined : same.find((row) => hasName(row, claim.name))
}

function isSame(row: PlaceRow, claim: PlaceClaim): boolean {
  return row.kind === claim.kind && row.identity !== null && row.identity === claim.identity
}

function isAnother(row: PlaceRow, claim: PlaceClaim): boolean {
  return row.identity !== null && claim.identity !== null && row.identity !== claim.identity
}

function byName(claim: PlaceClaim, alike: readonly PlaceRow[]): Join | null {
  // A scan's host names are what the reverse zone's owner chose to answer, so a claim by address joins by address.
  const names = isIpAddress(claim.name) ? [claim.name] : [claim.name, ...claim.names]
  const named = alike.filter((row) => names.some((name) => hasName(row, name)))
  const possible = named.filter((row) => !isAnother(row, claim))
  if (possible.length > 0) return oneOf(bearers(possible, claim), claim)
  if (named.length > 0) return ambiguous(named, claim)
  if (claim.kind !== 'host') return null
  const short = alike.filter((row) => !isAnother(row, claim) && names.some((name) => isShortOf(row, name)))
  return short.length === 0 ? null : oneOf(short, claim)
}

/** Of several places a bare name means the one that bears it in the book; then those that were not kept apart. */
function bearers(rows: readonly PlaceRow[], claim: PlaceClaim): readonly PlaceRow[] {
  if (claim.identity !== null) return rows
  const bearing = rows.filter((row) => comparable(row, row.id) === comparable(row, claim.name))
  if (bearing.length > 0) return bearing
  const first = rows.filter((row) => !row.id.includes('~'))
  return first.length > 0 ? first : rows
}

function byAddress(claim: PlaceClaim, alike: readonly PlaceRow[]): Join | null {
  const sharing = alike.filter((row) => !isAnother(row, claim) && sharesAddress(row, claim))
  return sharing.length === 0 ? null : oneOf(sharing, claim)
}

function fresh(claim: PlaceClaim, candidates: readonly PlaceRow[]): Join {
  const taken = candidates.some((row) => row.id.toLowerCase() === claim.name.toLowerCase())
  return { kind: 'new', id: taken || claim.name.includes('~') ? distinctId(claim) : claim.name }
}

function oneOf(rows: readonly PlaceRow[], claim: PlaceClaim): Join {
  const [only, second] = rows
  return only !== undefined && second === undefined
    ? { kind: 'existing', place: only }
    : ambiguous(rows, claim)
}

function ambiguous(candidates: readonly PlaceRow[], claim: PlaceClaim, id = distinctId(claim)): Join {
  return { kind: 'ambiguous', candidates: candidates.toSorted((a, b) => (a.id < b.id ? -1 : 1)), id }
}

/** `name~<8 hex>`: the same machine gets the same id again, whatever its addresses are by then. */
function distinctId(claim: PlaceClaim, more: readonly string[] = []): string {
  const subject = [claim.kind, claim.identity ?? claim.realm, claim.name.toLowerCase(), ...more].join('\n')
  return `${claim.name}~${hash('sha256', subject, 'hex').slice(0, 8)}`
}

function hasName(row: PlaceRow, name: string): boolean {
  const wanted = comparable(row, name)
  return comparable(row, row.id) === wanted || row.names.some((each) => comparable(row, each) === wanted)
}

/** `db-1` and `db-1.example.com`: one is the first label of the other. */
function isShortOf(row: PlaceRow, name: string): boolean {
  return [row.id, ...row.names].some((each) => {
    if (isIpAddress(each) || isIpAddress(name)) return false
    const [one, other] = [each.toLowerCase(), name.toLowerCase()]
    return one.startsWith(`${other}.`) || other.startsWith(`${one}.`)
      ? !one.includes('.') || !other.includes('.')
      : false
  })
}

/** DNS compares without case (RFC 4343); project, cluster and account names do not. */
function comparable(row: PlaceRow, name: string): string {
  return row.kind === 'host' ? name.toLowerCase() : name
}

function sharesAddress(
  row: PlaceRow,
  claim: { readonly realm: string; readonly addresses: readonly string[] },
): boolean {
  if (row.realm !== claim.realm) return false
  return claim.addresses.some((address) => namesOneMachine(address) && row.addresses.includes(address))
}

function union(some: readonly string[], others: readonly string[]): readonly string[] {
  return [...new Set([...some, ...others])]
}

function equal(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, i) => each === others[i])
}
