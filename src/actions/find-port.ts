import { Refusal } from '../model/refusal.ts'
import type { BookAt, Page, PortFilter, PortRow } from '../registry/book.ts'

/** PORT as people write it: an id, a record's name, or `HOST:PORT/PROTO`; it must match one port. */
export async function findPort(read: BookAt, text: string): Promise<PortRow> {
  const byId = await read.port(text)
  if (byId !== null) return byId
  const matches = await candidates(read, text)
  const [only, ...others] = matches
  if (only === undefined) {
    // A port that closed and that no record declares has left the present; what was known of it has not.
    const past = await findPast(read, text)
    if (past !== null) return past
    throw new Refusal('not-found', `no port in the book is called ${text}`, {
      hint: `search for it: portreeve ports --search ${JSON.stringify(text)}`,
    })
  }
  if (others.length > 0) {
    const ids = matches.slice(0, 5).map((row) => row.id)
    const more = matches.length > 5 ? ', …' : ''
    throw new Refusal('port-ambiguous', `${text} matches ${matches.length} ports: ${ids.join(', ')}${more}`, {
      hint: `name one by its id: portreeve show ${JSON.stringify(ids[0])}`,
    })
  }
  return only
}

async function findPast(read: BookAt, id: string): Promise<PortRow | null> {
  const last = (await read.portHistory(id)).at(-1)
  if (last === undefined) return null
  const sightings = await read.sightings(last.place)
  const closed = sightings.find((row) => `${row.place}/${row.key}` === id && row.sighting.state === 'closed')
  return {
    ...last,
    observed: closed === undefined ? 'unknown' : 'closed',
    since: closed?.since ?? null,
    rules: [],
    severity: null,
  }
}

async function candidates(read: BookAt, text: string): Promise<readonly PortRow[]> {
  const byRecord = await pick(read, { record: text })
  if (byRecord.length > 0) return byRecord
  const query = parseQuery(text)
  if (query === null) return []
  const byNumber = { transport: query.transport, port: query.port }
  const rows =
    query.place === '' ? await pick(read, byNumber) : await pick(read, { ...byNumber, place: query.place })
  if (rows.length > 0 || query.place === '') return rows
  // The host part may be an address instead of a place's name.
  return pickAddress(read, byNumber, query.place)
}

const PAGE = 1000
const BY_ID = { by: 'id', descending: false } as const

async function pick(read: BookAt, filter: PortFilter): Promise<readonly PortRow[]> {
  return (await read.ports(filter, BY_ID, { limit: PAGE, cursor: null })).items
}

/** Page by page: a fleet has the same number open on every host, and the address may be on the last. */
async function pickAddress(read: BookAt, filter: PortFilter, address: string): Promise<PortRow[]> {
  const found: PortRow[] = []
  let cursor: string | null = null
  do {
    const page: Page<PortRow> = await read.ports(filter, BY_ID, { limit: PAGE, cursor })
    found.push(...page.items.filter((row) => row.address === address))
    cursor = page.next
  } while (cursor !== null)
  return found
}

function parseQuery(text: string): { place: string; port: number; transport: 'tcp' | 'udp' | 'sctp' } | null {
  const match = /^(?:\[([^\]]+)\]|(.*?)):?(?<=:|^)(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text)
  if (match === null) return null
  return {
    place: match[1] ?? match[2] ?? '',
    port: Number(match[3]),
    transport: (match[4] ?? 'tcp') as 'tcp' | 'udp' | 'sctp',
  }
}
