import { fromBase64 } from '../lib/base64.ts'
import { canonicalFault } from '../lib/canonical-json.ts'
import { HASH_SIZE, sameBytes } from '../lib/merkle.ts'
import { MAX_ENTRY } from '../lib/tile.ts'
import { ENTRY_TYPES, type EntryType, type Json, type JsonObject } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { Commitment } from './commitment.ts'
import { checkPointers, isWithheldAt } from './pointer.ts'
import { type Base, baseOf, isPseudonym, readSigned, type Signed, STATEMENT_LINE } from './statement.ts'

/** First line of an entry that the log itself vouches for. */
export const RECORD_LINE = 'portreeve.dev/record/v1\n'
const RECORD = Buffer.from(RECORD_LINE)
const STATEMENT = Buffer.from(STATEMENT_LINE)
const NEWLINE = 0x0a

/** What a leaf says, before any sealed value was put back. */
export interface LedgerRecord {
  readonly at: Instant
  readonly body: JsonObject
  readonly id: string
  /** Origin of the log that it was written for; an entry of another log's is a replay. */
  readonly log: string
  readonly commitments: readonly Commitment[]
  readonly type: EntryType
  /** Null for a record, which stands on the log's word. */
  readonly statement: Statement | null
}

/** What a leaf of kind `statement/v1` says beyond a record. */
export interface Statement extends Signed {
  /** Pseudonym of who speaks. */
  readonly by: string
  readonly base: Base
}

/** Reads the bytes of an entry of either kind. Throws `Refusal('leaf-invalid')` unless they are its one encoding. */
export function readRecord(leaf: Uint8Array): LedgerRecord {
  if (leaf.length > MAX_ENTRY) throw refuse(`${leaf.length} bytes are more than ${MAX_ENTRY}`)
  if (beginsWith(leaf, RECORD)) return recordOf(membersOf(recordJson(leaf), RECORD_MEMBERS), null)
  if (!beginsWith(leaf, STATEMENT)) throw refuse('it is of neither kind, record/v1 nor statement/v1')
  const signed = readSigned(leaf)
  return recordOf(
    membersOf(Buffer.from(signed.text).subarray(STATEMENT.length, -1), STATEMENT_MEMBERS),
    signed,
  )
}

/** RFC 3339 in UTC with milliseconds, and a day and an hour that exist. */
export function isInstant(value: unknown): value is Instant {
  return typeof value === 'string' && INSTANT.test(value) && isOnCalendar(value)
}
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/

/** 128 bits in hexadecimal. */
export function isEntryId(value: unknown): value is string {
  return typeof value === 'string' && ENTRY_ID.test(value)
}
const ENTRY_ID = /^[0-9a-f]{32}$/

/** A log's name is a note's key name (C2SP signed-note): no spaces, no plus; and one line of text. */
export function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && ORIGIN.test(value)
}
const ORIGIN = /^[!-*,-~]{1,255}$/

function recordJson(leaf: Uint8Array): Uint8Array {
  if (leaf.at(-1) !== NEWLINE) throw refuse('it does not end its line')
  return leaf.subarray(RECORD.length, -1)
}

const RECORD_MEMBERS: readonly string[] = ['at body id log t', 'at body id log priv t']
const STATEMENT_MEMBERS: readonly string[] = ['at base body by id log t', 'at base body by id log priv t']

function membersOf(json: Uint8Array, allowed: readonly string[]): JsonObject {
  const fault = canonicalFault(json)
  if (fault !== null) throw refuse(`it is not canonical JSON: ${fault}`)
  const members = JSON.parse(textOf(json)) as Json
  if (!isObject(members)) throw refuse('it is not an object')
  const names = Object.keys(members).join(' ')
  if (!allowed.includes(names)) throw refuse(`it has the members ${names}`)
  return members
}

function recordOf(members: JsonObject, signed: Signed | null): LedgerRecord {
  const { at, body, id, log, priv, t } = members
  if (!isInstant(at)) throw refuse('`at` is not a time')
  if (!isEntryId(id)) throw refuse('`id` is not 32 hexadecimal digits')
  if (!isOrigin(log)) throw refuse('`log` is not the origin of a log')
  if (!isType(t)) throw refuse('`t` is not a type of entry')
  if (!isObject(body)) throw refuse('`body` is not an object')
  const commitments = priv === undefined ? [] : commitmentsOf(priv)
  checkPointers(commitments.map(({ pointer }) => pointer))
  for (const { pointer } of commitments)
    if (!isWithheldAt(body, pointer))
      throw refuse(`the place of the commitment ${pointer} is taken, or is none`)
  const statement = signed === null ? null : statementOf(members, t, signed)
  return { at, body, id, log, commitments, type: t, statement }
}

function statementOf({ base, by }: JsonObject, type: EntryType, signed: Signed): Statement {
  // Only a log can begin itself.
  if (type === 'genesis') throw refuse('a genesis is not signed')
  if (!isPseudonym(by)) throw refuse('`by` is not a pseudonym')
  const seen = baseOf(base)
  if (seen === null) throw refuse('`base` is not the size and root of a checkpoint')
  return { ...signed, by, base: seen }
}

function commitmentsOf(priv: Json): Commitment[] {
  if (!Array.isArray(priv) || priv.length === 0) throw refuse('`priv` is not a list of commitments')
  return priv.map((one: Json) => {
    if (!isObject(one) || Object.keys(one).join(' ') !== 'c p') throw refuse('`priv` holds something else')
    const { c, p } = one
    const digest = typeof c === 'string' ? fromBase64(c) : null
    if (digest?.length !== HASH_SIZE || typeof p !== 'string')
      throw refuse('`priv` holds a malformed commitment')
    return { pointer: p, digest }
  })
}

/** The digits of an `INSTANT`. Every entry that is read passes here, and a Date there and back costs ten times as much. */
function isOnCalendar(instant: string): boolean {
  const [year, month, day] = [number(instant, 0, 4), number(instant, 5, 7), number(instant, 8, 10)]
  const days = month === 2 && isLeap(year) ? 29 : DAYS[month - 1]
  if (days === undefined || day < 1 || day > days) return false
  return number(instant, 11, 13) < 24 && number(instant, 14, 16) < 60 && number(instant, 17, 19) < 60
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function number(text: string, from: number, to: number): number {
  return Number(text.slice(from, to))
}

const TYPES: ReadonlySet<unknown> = new Set(ENTRY_TYPES)
function isType(value: unknown): value is EntryType {
  return TYPES.has(value)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function beginsWith(leaf: Uint8Array, line: Uint8Array): boolean {
  return sameBytes(leaf.subarray(0, line.length), line)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

function refuse(detail: string): Refusal {
  return new Refusal('leaf-invalid', `not an entry: ${detail}`)
}
