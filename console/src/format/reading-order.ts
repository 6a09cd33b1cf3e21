/** Members in the order in which people read a document. The ledger's canonical form sorts them by letter. */
const ORDER = [
  'system',
  'owner',
  'service',
  'at',
  'bindings',
  'transport',
  'port',
  'address',
  'purpose',
  'justification',
  'why',
  'ifClosed',
  'environment',
  'data',
  'audience',
  'safeguards',
  'reviewBy',
]

/** A copy of a JSON value, members in reading order; those that have no place in it follow as they came. */
export function inReadingOrder<T>(value: T): T {
  if (Array.isArray(value)) return value.map(inReadingOrder) as T
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]) => [key, inReadingOrder(member)] as const)
  return Object.fromEntries(members.sort(([a], [b]) => rank(a) - rank(b))) as T
}

function rank(key: string): number {
  const place = ORDER.indexOf(key)
  return place === -1 ? ORDER.length : place
}
