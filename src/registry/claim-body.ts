import type { JsonObject } from '../model/entry.ts'
import type { PlaceClaim } from '../model/source.ts'

const MAX_NAMES = 32
const MAX_ADDRESSES = 128
/** Of all names together, in bytes of JSON: a scan's host names are whatever the reverse zone's owner answers. */
const NAMES_BUDGET = 4 * 1024

/** How a source names a place, as it stands in an entry: at most so many names and addresses, each whole. */
export function claimToBody(claim: PlaceClaim): JsonObject {
  return {
    kind: claim.kind,
    name: claim.name,
    identity: claim.identity,
    names: namesWithin(claim.names),
    addresses: claim.addresses.slice(0, MAX_ADDRESSES),
    realm: claim.realm,
  }
}

function namesWithin(names: readonly string[]): readonly string[] {
  let room = NAMES_BUDGET
  return names.slice(0, MAX_NAMES).filter((name) => {
    const cost = Buffer.byteLength(JSON.stringify(name)) + 1
    if (cost > room) return false
    room -= cost
    return true
  })
}
