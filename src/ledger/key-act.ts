import { fromBase64 } from '../lib/base64.ts'
import { type NoteKey, readNoteKey } from '../lib/note-key.ts'
import { NoteError } from '../lib/signed-note.ts'
import {
  type EntryType,
  HOLDER_KINDS,
  type HolderKind,
  type Json,
  type JsonObject,
  KEY_SCOPES,
} from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { isInstant } from './record.ts'
import { isPseudonym } from './statement.ts'

/** What an entry of type `key` does: docs/formats/ledger-keys-v1.md, "Bodies". */
export type KeyAct =
  | { readonly act: 'root'; readonly rootKeys: readonly NoteKey[]; readonly threshold: number }
  | EnrolAct
  | { readonly act: 'retire'; readonly key: NoteKey; readonly reason: string }
  | { readonly act: 'compromise'; readonly key: NoteKey; readonly since: number; readonly reason: string }
  | { readonly act: 'log'; readonly key: NoteKey }
  | { readonly act: 'log-end'; readonly key: NoteKey }

export interface EnrolAct {
  readonly act: 'enrol'
  readonly key: NoteKey
  readonly kind: HolderKind
  readonly scope: readonly EntryType[]
  readonly until: Instant | null
}

const MOST_ROOTS = 16
const MOST_REASON = 200
const MEMBERS = {
  root: ['root_keys', 'threshold'],
  enrol: ['holder', 'key', 'kind', 'scope'],
  retire: ['key', 'reason'],
  compromise: ['key', 'reason', 'since_index'],
  log: ['key'],
  'log-end': ['key'],
} as const satisfies Record<KeyAct['act'], readonly string[]>

/** Reads a body, `possession` apart. Throws `Refusal('leaf-invalid')`. */
export function readKeyAct(body: JsonObject): KeyAct {
  const { act } = body
  if (!isAct(act)) throw refuse('`act` is not one of a key')
  const optional = act === 'enrol' ? ['until', 'possession'] : ['possession']
  const names = Object.keys(body).filter((name) => name !== 'act' && !optional.includes(name))
  if (names.sort().join(' ') !== MEMBERS[act].join(' ')) throw refuse(`an act ${act} has other members`)
  return READ[act](body)
}

/** The proofs of possession in a record, one for each of the keys that it names; null where one is left out. */
export function possessionOf(body: JsonObject): readonly (Uint8Array | null)[] {
  const { possession } = body
  if (possession === undefined) return []
  const proofs: readonly (Json | undefined)[] = Array.isArray(possession) ? possession : [possession]
  return proofs.map((proof) => {
    const bytes = typeof proof === 'string' && proof !== '' ? fromBase64(proof) : null
    if (bytes === null && proof !== null) throw refuse('`possession` is not a signature in base64')
    return bytes
  })
}

/** What the holder of a new key signs where no statement carries their signature. */
export function possessionText(origin: string, key: NoteKey): string {
  return `${POSSESSION_NAMESPACE}\n${origin}\n${key.text}\n`
}
export const POSSESSION_NAMESPACE = 'portreeve.dev/possession/v1'

/** The keys that an act brings in, whose holders prove that they have them. */
export function newKeysOf(act: KeyAct): readonly NoteKey[] {
  if (act.act === 'root') return act.rootKeys
  return act.act === 'enrol' || act.act === 'log' ? [act.key] : []
}

/** Throws `Refusal('leaf-invalid')`. */
export function keyOf(text: Json | undefined): NoteKey {
  if (typeof text !== 'string') throw refuse('a key is not a text')
  try {
    return readNoteKey(text)
  } catch (error) {
    if (error instanceof NoteError) throw refuse(error.message)
    throw error
  }
}

const READ = { root, enrol, retire, compromise, log, 'log-end': logEnd } satisfies Record<
  KeyAct['act'],
  (body: JsonObject) => KeyAct
>

function root({ root_keys: keys, threshold }: JsonObject): KeyAct {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_ROOTS)
    throw refuse(`\`root_keys\` are 1 to ${MOST_ROOTS} keys`)
  if (!isSorted(keys)) throw refuse('`root_keys` are out of order')
  if (typeof threshold !== 'number' || threshold < 1 || threshold > keys.length)
    throw refuse('`threshold` is not a number of root keys')
  const rootKeys = keys.map((key: Json) => personalKey(key))
  for (const part of [materialText, (key: NoteKey) => `${key.name}+${key.keyId}`])
    if (new Set(rootKeys.map(part)).size !== keys.length) throw refuse('`root_keys` hold a key twice')
  return { act: 'root', rootKeys, threshold }
}

function enrol({ key, holder, kind, scope, until }: JsonObject): KeyAct {
  const enrolled = personalKey(key)
  if (holder !== enrolled.name) throw refuse('`holder` is not the name of the key')
  if (!isOneOf(HOLDER_KINDS, kind)) throw refuse('`kind` is neither person nor machine')
  if (!Array.isArray(scope) || scope.length === 0 || !isSorted(scope))
    throw refuse('`scope` is not a list of entry types in their order')
  const types = scope.map((type: Json) => {
    if (!isOneOf(KEY_SCOPES, type)) throw refuse('`scope` holds what a key cannot sign')
    return type
  })
  if (until !== undefined && !isInstant(until)) throw refuse('`until` is not a time')
  return { act: 'enrol', key: enrolled, kind, scope: types, until: until ?? null }
}

function retire({ key, reason }: JsonObject): KeyAct {
  return { act: 'retire', key: personalKey(key), reason: reasonOf(reason) }
}

function compromise({ key, reason, since_index: since }: JsonObject): KeyAct {
  if (typeof since !== 'number' || since < 0) throw refuse('`since_index` is not an index')
  return { act: 'compromise', key: personalKey(key), since, reason: reasonOf(reason) }
}

function log({ key }: JsonObject): KeyAct {
  return { act: 'log', key: keyOf(key) }
}

function logEnd({ key }: JsonObject): KeyAct {
  return { act: 'log-end', key: keyOf(key) }
}

/** The bytes of a key's type and key, as a map compares them. */
export function materialText({ material }: NoteKey): string {
  return Buffer.from(material).toString('latin1')
}

function personalKey(text: Json | undefined): NoteKey {
  const key = keyOf(text)
  if (!isPseudonym(key.name)) throw refuse(`${JSON.stringify(key.name)} is not a pseudonym`)
  return key
}

function reasonOf(reason: Json | undefined): string {
  if (typeof reason === 'string' && reason !== '' && Buffer.byteLength(reason) <= MOST_REASON) return reason
  throw refuse(`\`reason\` is not a text of 1 to ${MOST_REASON} bytes`)
}

function isAct(value: Json | undefined): value is KeyAct['act'] {
  return typeof value === 'string' && Object.hasOwn(MEMBERS, value)
}

function isOneOf<T extends string>(values: readonly T[], value: Json | undefined): value is T {
  return (values as readonly unknown[]).includes(value)
}

/** Strictly ascending, all of them text. ASCII, so code units are bytes. */
function isSorted(values: readonly Json[]): boolean {
  let previous = ''
  for (const value of values) {
    if (typeof value !== 'string' || value <= previous) return false
    previous = value
  }
  return true
}

function refuse(detail: string): Refusal {
  return new Refusal('leaf-invalid', `not an entry of type key: ${detail}`, {
    hint: 'names are pseudonyms of [a-z0-9_-]; docs/formats/ledger-keys-v1.md says what such an entry holds',
  })
}
