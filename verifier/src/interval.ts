import type { Found } from './case.ts'
import { citationIn, valueIn, type Citation } from './citation.ts'
import { Fault, must } from './fault.ts'
import { count, exactly } from './form.ts'
import { isObject, type Json, type JsonObject } from './jcs.ts'
import { anchorsOf, timeProofIn, type TimeProof } from './time-proof.ts'

/** When a port went live, as an interval: docs/formats/evidence-pack-v1.md, "Interval". */

/** Answers the index of the sighting, or null where the book holds no opening or the interval does not hold. */
export function checkInterval(found: Found, port: string, value: Json): number | null {
  if (value === null) {
    found.checks.make(
      'interval',
      () => null,
      () => 'the answer names no opening of this port',
    )
    return null
  }
  const work = () => intervalIn(found, port, value)
  const interval = found.checks.make('interval', work, ({ says }) => says)
  return interval?.logged ?? null
}

/** What the evidence of this pack proves about when an entry was logged, whatever the answer says. */
export function provenText(found: Found, logged: number): string[] {
  const cosigned = [...found.seen.values()].flatMap(({ checkpoint, cosignatures }) =>
    cosignatures.map(({ time, witness }) => ({ size: checkpoint.size, time: time * 1000, by: witness.name })),
  )
  const stamped = [...found.stamps].map(([name, stamp]) => ({ ...stamp, by: `timestamp ${name}` }))
  const anchored = anchorsOf(found).map((anchor) => ({ ...anchor, by: `anchor ${anchor.index}` }))
  const before = [
    ...cosigned.filter(({ size }) => size <= logged),
    ...anchored.filter(({ index }) => index < logged),
  ].toSorted((a, b) => b.time - a.time)[0]
  const after = [...cosigned, ...stamped]
    .filter(({ size }) => size > logged)
    .toSorted((a, b) => a.time - b.time)[0]
  const text = (end: typeof before) =>
    end === undefined ? 'not proven' : `${new Date(end.time).toISOString()} (${end.by})`
  return [
    `entry ${logged} was logged, as others than the log prove: not before ${text(before)}, not after ${text(after)}`,
  ]
}

interface Interval {
  readonly logged: number
  readonly says: string
}

function intervalIn(found: Found, port: string, value: Json): Interval {
  const interval = exactly(value, 'authorised claimed logged port proven width')
  const logged = count(interval['logged'])
  must(interval['port'] === port, 'the interval is of another port than the question')
  const claimed = claimedIn(found, logged, port, interval['claimed'])
  const proven = provenIn(logged, interval['proven'])
  const width = exactly(interval['width'], 'claimed proven')
  must(width['claimed'] === widthOf(claimed), 'the claimed width is not the distance of the claimed ends')
  must(width['proven'] === widthOf(proven), 'the proven width is not the distance of the proven ends')
  checkAuthorised(found, interval['authorised'])
  const from = claimed.notBefore ?? 'unknown (open when first looked at)'
  return {
    logged,
    says: `the collector claims an opening after ${from} and not after ${claimed.notAfter}, in entry ${logged}`,
  }
}

interface Ends {
  readonly notBefore: string | null
  readonly notAfter: string | null
}

const END = /^\/body\/changes\/(?:0|[1-9][0-9]{0,8})\/not_after$/
function claimedIn(found: Found, logged: number, port: string, value: Json | undefined): Ends {
  const { clock, not_after: last, not_before: first } = exactly(value, 'clock not_after not_before')
  if (clock !== null) citationIn(clock)
  const notAfter = citationIn(last)
  must(notAfter.leaf === logged && END.test(notAfter.pointer), 'the end is not cited from the sighting')
  const change = notAfter.pointer.slice(0, -'/not_after'.length)
  const notBefore = first === null ? null : citationIn(first)
  if (notBefore === null)
    must((valueIn(found, logged, `${change}/not_before`) ?? null) === null, 'the sighting knows a beginning')
  else
    must(
      notBefore.leaf === logged && notBefore.pointer === `${change}/not_before`,
      'the beginning is cited from elsewhere',
    )
  must(valueIn(found, logged, '/t') === 'sighting', `entry ${logged} is no sighting`)
  must(portIdAt(found, logged, change) === port, `entry ${logged} speaks of another port`)
  must(
    valueIn(found, logged, `${change}/state`) === 'open',
    `entry ${logged} does not say that the port was open`,
  )
  return { notBefore: notBefore === null ? null : timeIn(notBefore), notAfter: timeIn(notAfter) }
}

function provenIn(logged: number, value: Json | undefined): Ends {
  const { not_after: last, not_before: first } = exactly(value, 'not_after not_before')
  const notBefore = first === null ? null : timeProofIn(first)
  const notAfter = last === null ? null : timeProofIn(last)
  if (notBefore !== null)
    must(isLowerBound(notBefore, logged), 'the proven beginning proves nothing of the kind')
  if (notAfter !== null)
    must(
      notAfter.by !== 'anchor' && notAfter.size > logged,
      'the proven end is of a checkpoint without the entry',
    )
  return { notBefore: notBefore?.at ?? null, notAfter: notAfter?.at ?? null }
}

/** A token over a smaller checkpoint says that this was there before, and nothing about what came after it. */
function isLowerBound({ by, name, size }: TimeProof, logged: number): boolean {
  if (by === 'cosignature') return size <= logged
  return by === 'anchor' && Number(name) < logged
}

const AUTHORISING = ['grant', 'decision', 'declaration']
function checkAuthorised(found: Found, value: Json | undefined): void {
  if (value === null) return
  const { leaf, pointer } = citationIn(value)
  const type = valueIn(found, leaf, '/t')
  must(
    pointer === '/t' && typeof type === 'string' && AUTHORISING.includes(type),
    `entry ${leaf} authorises nothing`,
  )
}

/** `<place>/<net>/<address><device>:<port>/<transport>`. */
function portIdAt(found: Found, index: number, change: string): string {
  const at = valueIn(found, index, change)
  must(isObject(at), `entry ${index} has no such change`)
  const word = (member: string) => wordIn(at, member)
  const address = word('address') ?? '?'
  const host = address.includes(':') ? `[${address}]` : address
  const device = word('device')
  const place = valueIn(found, index, '/body/place/id')
  const number = at['port']
  must(typeof place === 'string' && typeof number === 'number', `entry ${index} does not name a port`)
  const on = device === null ? '' : `%${device}`
  return `${place}/${word('net')}/${host}${on}:${number}/${word('transport')}`
}

function wordIn(change: JsonObject, member: string): string | null {
  const value = change[member] ?? null
  must(value === null || typeof value === 'string', `a change whose ${member} is no text`)
  return value
}

function timeIn({ value }: Citation): string {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
    throw new Fault('an end of the interval is not a time')
  return value
}

function widthOf({ notBefore, notAfter }: Ends): number | null {
  return notBefore === null || notAfter === null ? null : Date.parse(notAfter) - Date.parse(notBefore)
}
