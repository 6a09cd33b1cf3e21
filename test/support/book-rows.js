import { createHash } from 'node:crypto'
/** Rows and entries of a book, as small as they can be, with what a test wants to be different. */
export const AT = '2026-11-01T00:00:00.000Z'
const HELD = { fromIndex: 0, toIndex: null }
export function portRow(row) {
  return {
    ...HELD,
    place: 'db-1',
    host: 'db-1',
    workload: null,
    net: 'net:1',
    transport: 'tcp',
    address: '*',
    device: null,
    family: 'dual',
    port: 5432,
    last: row.port ?? 5432,
    service: null,
    processes: [],
    record: null,
    system: null,
    owner: null,
    environment: null,
    purpose: null,
    observed: 'open',
    documented: 'none',
    approval: 'none',
    enforcement: 'none',
    since: null,
    flaps: null,
    flags: [],
    sources: [],
    rules: [],
    severity: null,
    ...row,
  }
}
export function findingRow(row) {
  return {
    ...HELD,
    rule: 'drift.undeclared',
    severity: 'medium',
    status: 'candidate',
    adopted: true,
    text: 'db-1 5432/tcp is open and in no document',
    hint: null,
    cites: [],
    port: null,
    record: null,
    place: null,
    since: null,
    at: null,
    ...row,
  }
}
export function placeRow(row) {
  const known = { identity: null, names: [], addresses: [], realm: 'default', declared: null, inScope: true }
  return { ...HELD, kind: 'host', ...known, ...row }
}
export function sightingRow(row) {
  return {
    ...HELD,
    since: { notBefore: null, notAfter: AT },
    flaps: null,
    sighting: {
      net: 'net:1',
      address: '*',
      device: null,
      port: 5432,
      transport: 'tcp',
      state: 'open',
      family: 'dual',
      last: 5432,
      service: null,
      owners: [],
      workload: null,
      flags: [],
      count: 1,
      span: null,
      detail: null,
    },
    ...row,
  }
}
/** The next `count` entries behind `old`, and the head behind them. The root stands for a tree: it binds all leaves. */
export function entriesAfter(
  old,
  count,
  idOf = (index) => sha256(`id ${index}`).toString('hex').slice(0, 32),
) {
  const first = old?.size ?? 0
  const entries = Array.from({ length: count }, (_, at) => entryOf(first + at, idOf(first + at)))
  const root = entries.reduce((above, entry) => sha256(above, entry.leafHash), Buffer.from(old?.root ?? []))
  const next = {
    origin: 'test.example/book',
    size: first + count,
    root: plain(root),
    frontier: [plain(root), plain(root)],
  }
  return { entries, next }
}
function entryOf(index, id) {
  const leaf = new TextEncoder().encode(JSON.stringify({ index, id }))
  const type = index === 0 ? 'genesis' : index % 2 === 0 ? 'coverage' : 'sighting'
  return { index, id, type, at: AT, leaf, leafHash: plain(sha256(leaf)) }
}
function sha256(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
function plain(bytes) {
  return new Uint8Array(bytes)
}
//# sourceMappingURL=book-rows.js.map
