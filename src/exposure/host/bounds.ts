import {
  EVERY_ADDRESS,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'

/** Two sets of senders: who surely, and who by everything unknown read as open. `must` is a part of `may`. */
export interface Bounds {
  readonly must: AddressSet
  readonly may: AddressSet
}

export const NOBODY: Bounds = { must: NO_ADDRESS, may: NO_ADDRESS }
export const EVERYBODY: Bounds = { must: EVERY_ADDRESS, may: EVERY_ADDRESS }
export const PERHAPS: Bounds = { must: NO_ADDRESS, may: EVERY_ADDRESS }

export function exactly(set: AddressSet): Bounds {
  return { must: set, may: set }
}

export function perhaps(set: AddressSet): Bounds {
  return { must: NO_ADDRESS, may: set }
}

export function sure(holds: boolean): Bounds {
  return holds ? EVERYBODY : NOBODY
}

export function both(a: Bounds, b: Bounds): Bounds {
  if (a === EVERYBODY || b === NOBODY) return b
  if (b === EVERYBODY || a === NOBODY) return a
  return { must: intersectAddresses(a.must, b.must), may: intersectAddresses(a.may, b.may) }
}

export function either(a: Bounds, b: Bounds): Bounds {
  if (a === NOBODY || b === EVERYBODY) return b
  if (b === NOBODY || a === EVERYBODY) return a
  return { must: uniteAddresses(a.must, b.must), may: uniteAddresses(a.may, b.may) }
}

export function isNobody(bounds: Bounds): boolean {
  return isNoAddress(bounds.may)
}
