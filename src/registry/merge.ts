import type { Observed } from '../model/port.ts'
import { OBSERVING_KINDS, SOURCE_KINDS, type Sighting } from '../model/source.ts'
import { provesAbsence } from './absent.ts'
import { answersOn } from './address.ts'
import type { Opening, SightingRow, SourceRow } from './book.ts'
import { isSilent } from './silence.ts'

/** In the book a manifest proves nothing about what listens; at the gate what it would open is taken as open. */
export type Basis = 'book' | 'gate'

/** One port of a place over every source that speaks of it. */
export interface ObservedPort {
  /** Names the port and says who holds it: the row of the source that sees most. */
  readonly lead: SightingRow
  /** Every row on it, the lead first, then by how much the source sees. */
  readonly rows: readonly SightingRow[]
  readonly observed: Observed
  readonly since: Opening | null
}

/** What the word of one source is worth. */
interface Voice {
  readonly rank: number
  readonly observing: boolean
  /** Looks from elsewhere and therefore sees addresses, not sockets. */
  readonly outside: boolean
  readonly lastPass: string
  /** Looked once or was stopped: what it saw is not looked at again. */
  readonly ended: boolean
  /** Sources inside the place that looked completely after this one's last look. */
  readonly heirs: readonly SourceRow[]
}

/**
 * The ports of one place. Sources inside it agree on a port's key; an outside scan of an address belongs to the
 * socket that answers there, and is a port of its own where there is none (what NAT publishes has no socket).
 */
export function mergeSightings(
  sightings: readonly SightingRow[],
  sources: readonly SourceRow[],
  basis: Basis,
): readonly ObservedPort[] {
  const voices = new Map(sources.map((source) => [source.source, voiceOf(source, sources, basis)]))
  const voice = (row: SightingRow) => voices.get(row.source) ?? UNHEARD
  // Most places have one source, and the keys of one source are distinct: nothing to gather.
  const [first] = sightings
  if (first === undefined || sightings.every((row) => row.source === first.source))
    return sightings.map((row) => portOf([row], voice))
  const sockets = new Map<string, SightingRow[]>()
  const outside: SightingRow[] = []
  for (const row of sightings) {
    if (voice(row).outside) outside.push(row)
    else gather(sockets, row.key, row)
  }
  if (outside.length > 0) attach(outside, sockets)
  return Array.from(sockets.values(), (rows) => portOf(rows, voice))
}

function voiceOf(source: SourceRow, sources: readonly SourceRow[], basis: Basis): Voice {
  const outside = source.kind === 'nmap-xml'
  return {
    rank: SOURCE_KINDS.indexOf(source.kind),
    observing: basis === 'gate' || OBSERVING_KINDS.includes(source.kind),
    outside,
    lastPass: source.lastPass,
    ended: source.state !== 'observing',
    heirs: outside || basis === 'gate' ? [] : sources.filter((other) => succeeds(other, source)),
  }
}

/** A collector that was killed never said that it stopped; its successor on the same host outlives its silence. */
function succeeds(heir: SourceRow, before: SourceRow): boolean {
  const inside = OBSERVING_KINDS.includes(heir.kind) && heir.kind !== 'nmap-xml'
  const later = heir.lastComplete !== null && heir.lastComplete > before.lastPass
  if (heir.source === before.source || heir.state !== 'observing' || !inside || !later) return false
  return before.state !== 'observing' || (heir.kind === before.kind && isSilent(before, heir.lastPass))
}

/** A source of which no pass is on record: its word counts, after all others. */
const UNHEARD: Voice = {
  rank: SOURCE_KINDS.length,
  observing: true,
  outside: false,
  lastPass: '',
  ended: false,
  heirs: [],
}

function gather(ports: Map<string, SightingRow[]>, key: string, row: SightingRow): void {
  const rows = ports.get(key)
  if (rows === undefined) ports.set(key, [row])
  else rows.push(row)
}

function attach(outside: readonly SightingRow[], sockets: Map<string, SightingRow[]>): void {
  const byNumber = Map.groupBy([...sockets].map(socketOf), (socket) => numberOf(socket.sighting))
  // All are decided before the first is added, or the order of the rows would matter.
  const keys = outside.map(
    (row) => answering(byNumber.get(numberOf(row.sighting)) ?? [], row.sighting) ?? row.key,
  )
  for (const [i, row] of outside.entries()) gather(sockets, keys[i]!, row)
}

interface Socket {
  readonly key: string
  readonly sighting: Sighting
  readonly open: boolean
  /** No source could tell whether `::` answers on IPv4. */
  readonly ipv4Unknown: boolean
}

function socketOf([key, rows]: readonly [string, readonly SightingRow[]]): Socket {
  return {
    key,
    sighting: rows[0]!.sighting,
    open: rows.some((row) => row.sighting.state === 'open'),
    ipv4Unknown: rows.every((row) => row.sighting.flags.includes('ipv4-unknown')),
  }
}

function numberOf(sighting: Sighting): string {
  return `${sighting.net}/${sighting.port}/${sighting.transport}`
}

function answering(sockets: readonly Socket[], probed: Sighting): string | null {
  const [best] = sockets
    .filter((socket) => answersOn(socket.sighting.address, probed.address, socket.ipv4Unknown))
    .toSorted((a, b) => (answerOrder(a, probed) < answerOrder(b, probed) ? -1 : 1))
  return best?.key ?? null
}

/** Open sockets before closed ones, then the most specific: the kernel prefers it as well. */
function answerOrder({ key, sighting, open }: Socket, probed: Sighting): string {
  const address = sighting.address === probed.address ? 0 : sighting.address === '*' ? 2 : 1
  return `${open ? 0 : 1}${sighting.device === null ? 0 : 1}${address}${key}`
}

function portOf(rows: SightingRow[], voice: (row: SightingRow) => Voice): ObservedPort {
  const [only] = rows
  if (only !== undefined && rows.length === 1) {
    const own = voice(only)
    if (!own.observing) return { lead: only, rows, observed: 'unknown', since: null }
    if (isDenied(only, rows, own)) return { lead: only, rows, observed: 'closed', since: null }
    return { lead: only, rows, observed: only.sighting.state, since: only.since }
  }
  rows.sort(
    (a, b) => voice(a).rank - voice(b).rank || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0),
  )
  const heard = rows.filter((row) => voice(row).observing)
  const observed = observedOver(heard, voice)
  return { lead: rows[0]!, rows, observed, since: sinceOf(heard, observed) }
}

function observedOver(rows: readonly SightingRow[], voice: (row: SightingRow) => Voice): Observed {
  const open = rows.filter((row) => row.sighting.state === 'open')
  const closed = rows.filter((row) => row.sighting.state === 'closed')
  if (open.length === 0) return closed.length > 0 ? 'closed' : 'unknown'
  const outdated = open.every((seen) => isDenied(seen, rows, voice(seen)) || closedAfter(seen, closed, voice))
  return outdated ? 'closed' : 'open'
}

/** The host itself, later, outweighs an earlier look that is not repeated; another vantage point does not. */
function closedAfter(
  seen: SightingRow,
  closed: readonly SightingRow[],
  voice: (row: SightingRow) => Voice,
): boolean {
  const { ended, outside, lastPass } = voice(seen)
  return (ended || outside) && closed.some((row) => !voice(row).outside && lastPass < row.since.notAfter)
}

/** A later complete pass looked there and did not see it open. */
function isDenied({ sighting }: SightingRow, rows: readonly SightingRow[], { heirs }: Voice): boolean {
  if (sighting.state !== 'open') return false
  return heirs.some(
    (heir) =>
      provesAbsence(heir.absent, sighting) &&
      rows.every((row) => row.source !== heir.source || row.sighting.state === 'closed'),
  )
}

/** It was open from when the first source saw it so, and closed when the last one did. */
function sinceOf(rows: readonly SightingRow[], observed: Observed): Opening | null {
  const agreeing = rows.filter((row) => row.sighting.state === observed).map((row) => row.since)
  const sign = observed === 'open' ? 1 : -1
  return agreeing.toSorted((a, b) => sign * order(a, b))[0] ?? null
}

function order(a: Opening, b: Opening): number {
  const [one, other] = [`${a.notAfter} ${a.notBefore ?? ''}`, `${b.notAfter} ${b.notBefore ?? ''}`]
  return one < other ? -1 : one > other ? 1 : 0
}
