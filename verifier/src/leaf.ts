import { fromBase64Hash, fromUtf8, isDigit, sameBytes, startsWith, utf8 } from './bytes.ts'
import { Fault, must } from './fault.ts'
import { canonicalEnd, isObject, MAX_DEPTH, type Json, type JsonObject } from './jcs.ts'
import { parseNote, type NoteSignature } from './note.ts'
import { checkPlaces, pathOf, withValueAt } from './pointer.ts'

/** Entries: docs/formats/ledger-entry-v1.md (records) and ledger-statement-v1.md (statements). */

export interface Leaf {
  readonly kind: 'record' | 'statement'
  readonly type: string
  readonly at: string
  readonly id: string
  /** Of a statement: who speaks, and the checkpoint that they saw. */
  readonly by: string | null
  readonly base: { readonly size: number; readonly root: Uint8Array } | null
  /** Line 2 as an object, without what is committed. */
  readonly members: JsonObject
  readonly commitments: readonly Commitment[]
  /** Of a statement: what is signed. */
  readonly text: Uint8Array
  readonly signatures: readonly NoteSignature[]
}

export interface Commitment {
  /** Pointer into the body. */
  readonly pointer: string
  readonly digest: Uint8Array
}

export const MAX_LEAF = 65_535
export const RECORD_LINE = 'portreeve.dev/record/v1\n'
export const STATEMENT_LINE = 'portreeve.dev/statement/v1\n'

/** Where the parts of a leaf stand; the whole of the form is checked, nothing is decoded. */
export interface LeafShape {
  readonly kind: Leaf['kind']
  readonly type: string
  readonly hasCommitments: boolean
  /** Where the 32 digits of the id begin. */
  readonly idAt: number
  /** Behind the newline of line 2. */
  readonly textEnd: number
}

/**
 * Checks the form of a leaf of the log `origin` against the bytes: the two lines of a record, or the note of a
 * statement up to its signatures. The members of line 2 stand in one order, so they are read in it.
 */
export function shapeOf(leaf: Uint8Array, origin: string): LeafShape {
  must(leaf.length <= MAX_LEAF, 'a leaf of more than 65,535 bytes')
  const isRecord = startsWith(leaf, 0, LINES.record)
  must(isRecord || startsWith(leaf, 0, LINES.statement), 'a leaf of an unknown kind')
  const word = literalsOf(origin)
  let at = expect(leaf, isRecord ? LINES.record.length : LINES.statement.length, word.at)
  at = expect(leaf, instantEnd(leaf, at), word.quote)
  if (!isRecord) at = canonicalEnd(leaf, expect(leaf, at, word.base), MAX_DEPTH - 1)
  at = expect(leaf, at, word.body)
  must(leaf[at] === OPEN_OBJECT, '`body` is not an object')
  at = canonicalEnd(leaf, at, MAX_DEPTH - 1)
  if (!isRecord) at = canonicalEnd(leaf, expect(leaf, at, word.by), 0)
  const idAt = expect(leaf, at, word.id)
  at = expect(leaf, idEnd(leaf, idAt), word.quote)
  must(startsWith(leaf, at, word.log), 'the entry was written for another log')
  at += word.log.length
  const hasCommitments = startsWith(leaf, at, word.priv)
  if (hasCommitments) at = canonicalEnd(leaf, at + word.priv.length, MAX_DEPTH - 1)
  at = expect(leaf, at, word.type)
  const type = TYPES.find(({ bytes }) => startsWith(leaf, at, bytes) && leaf[at + bytes.length] === QUOTE)
  must(type !== undefined, 'the entry is of an unknown type')
  at = expect(leaf, at + type.bytes.length, word.end)
  must(!isRecord || at === leaf.length, 'bytes behind the second line of a record')
  must(isRecord || type.name !== 'genesis', 'a genesis is a record')
  return { kind: isRecord ? 'record' : 'statement', type: type.name, hasCommitments, idAt, textEnd: at }
}

/** Reads a leaf of the log `origin`. */
export function parseLeaf(leaf: Uint8Array, origin: string): Leaf {
  const { kind, type, textEnd } = shapeOf(leaf, origin)
  const text = leaf.subarray(0, textEnd)
  const firstLine = kind === 'record' ? RECORD_LINE : STATEMENT_LINE
  const members = JSON.parse(fromUtf8(text.subarray(firstLine.length, -1))) as JsonObject
  const { at, base, by, id, priv } = members
  const commitments = priv === undefined ? [] : commitmentsIn(priv)
  checkPlaces(
    members['body'] as JsonObject,
    commitments.map(({ pointer }) => pointer),
  )
  return {
    kind,
    type,
    at: at as string,
    id: id as string,
    by: kind === 'statement' ? speakerIn(by) : null,
    base: kind === 'statement' ? baseIn(base) : null,
    members,
    commitments,
    text,
    signatures: kind === 'statement' ? signaturesBehind(leaf, text) : [],
  }
}

/** The members of line 2 with disclosed values back in their places. */
export function membersWith(leaf: Leaf, values: ReadonlyMap<string, Json>): JsonObject {
  let body = leaf.members['body'] as Json
  for (const [pointer, value] of values) body = withValueAt(body, pathOf(pointer), value)
  return { ...leaf.members, body }
}

const LINES = { record: utf8(RECORD_LINE), statement: utf8(STATEMENT_LINE) }
const QUOTE = 0x22
const OPEN_OBJECT = 0x7b
// The commonest first.
export const TYPE_NAMES: readonly string[] =
  'sighting coverage declaration decision grant proposal key anchor snapshot genesis policy withdrawal revocation deviation position contract delegation erasure freeze hold tombstone incident'.split(
    ' ',
  )
const TYPES = TYPE_NAMES.map((name) => ({ name, bytes: utf8(name) }))

type Literals = Readonly<
  Record<'quote' | 'at' | 'base' | 'body' | 'by' | 'id' | 'log' | 'priv' | 'type' | 'end', Uint8Array>
>
let latest: { readonly origin: string; readonly literals: Literals } | null = null
/** What stands between the values of line 2, for a log. A replay asks a million times for one log. */
function literalsOf(origin: string): Literals {
  if (latest?.origin === origin) return latest.literals
  const literals = {
    quote: utf8('"'),
    at: utf8('{"at":"'),
    base: utf8(',"base":'),
    body: utf8(',"body":'),
    by: utf8(',"by":'),
    id: utf8(',"id":"'),
    log: utf8(`,"log":${JSON.stringify(origin)}`),
    priv: utf8(',"priv":'),
    type: utf8(',"t":"'),
    end: utf8('"}\n'),
  }
  latest = { origin, literals }
  return literals
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const INSTANT = utf8('0000-00-00T00:00:00.000Z')
const ZERO = 0x30

/** `2026-11-23T09:00:01.000Z`: a day and a time of the calendar, no leap second. */
function instantEnd(leaf: Uint8Array, start: number): number {
  for (let i = 0; i < INSTANT.length; i++) {
    const byte = leaf[start + i]
    const fits = INSTANT[i] === ZERO ? isDigit(byte) : byte === INSTANT[i]
    if (!fits) throw new Fault('`at` is not a time')
  }
  const two = (at: number) => 10 * (leaf[start + at] as number) + (leaf[start + at + 1] as number) - 11 * ZERO
  const year = 100 * two(0) + two(2)
  const month = two(5)
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = (DAYS[month - 1] ?? 0) + (month === 2 && leap ? 1 : 0)
  must(two(8) >= 1 && two(8) <= days, '`at` is no day of the calendar')
  must(two(11) < 24 && two(14) < 60 && two(17) < 60, '`at` is no time of the day')
  return start + INSTANT.length
}

function idEnd(leaf: Uint8Array, start: number): number {
  for (let at = start; at < start + 32; at++) {
    const byte = leaf[at]
    const isHex = isDigit(byte) || (byte !== undefined && byte >= 0x61 && byte <= 0x66)
    if (!isHex) throw new Fault('`id` is not 32 hexadecimal digits')
  }
  return start + 32
}

function expect(leaf: Uint8Array, at: number, literal: Uint8Array): number {
  if (!startsWith(leaf, at, literal))
    throw new Fault(`line 2 does not have the members of its kind, at byte ${at}`)
  return at + literal.length
}

function signaturesBehind(leaf: Uint8Array, text: Uint8Array): readonly NoteSignature[] {
  const note = parseNote(leaf)
  // The text holds no empty line of its own, so a longer one is a third line.
  must(sameBytes(utf8(note.text), text), 'a statement has two lines before its signatures')
  const names = note.signatures.map(({ name, keyId }) => `${name} ${keyId}`)
  must(new Set(names).size === names.length, 'one key signed a statement twice')
  return note.signatures
}

function baseIn(base: Json | undefined): NonNullable<Leaf['base']> {
  must(
    isObject(base) && Object.keys(base).join() === 'root,size',
    '`base` is not the root and size of a checkpoint',
  )
  const { root, size } = base
  must(typeof root === 'string' && typeof size === 'number' && size >= 1, '`base` is not a checkpoint')
  return { root: fromBase64Hash(root), size }
}

function speakerIn(by: Json | undefined): string {
  must(typeof by === 'string' && PSEUDONYM.test(by), '`by` is not a pseudonym')
  return by
}
/** What stands for a person or a machine. */
export const PSEUDONYM = /^[a-z0-9_-]{1,64}$/

function commitmentsIn(priv: Json): readonly Commitment[] {
  must(Array.isArray(priv) && priv.length > 0, '`priv` is not a list of commitments')
  return (priv as readonly Json[]).map((one) => {
    must(isObject(one) && Object.keys(one).join() === 'c,p', '`priv` holds something else than commitments')
    const { c, p } = one
    must(typeof c === 'string' && typeof p === 'string', '`priv` holds a malformed commitment')
    return { pointer: p, digest: fromBase64Hash(c) }
  })
}
