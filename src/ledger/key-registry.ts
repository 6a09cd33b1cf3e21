import type { NoteKey } from '../lib/note-key.ts'
import type { EntryType, HolderKind, Json } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { type EnrolAct, type KeyAct, keyOf, materialText, newKeysOf } from './key-act.ts'
import type { LedgerRecord } from './record.ts'

/** Who may sign what, as the first `size` entries leave it: docs/formats/ledger-keys-v1.md. Never changed in place. */
export interface KeyRegistry {
  readonly origin: string
  /** Entries that were folded. */
  readonly size: number
  /** In the order in which they were named. */
  readonly logKeys: readonly LogKey[]
  /** Newest last. */
  readonly roots: readonly RootSet[]
  /** By `materialText`. */
  readonly held: ReadonlyMap<string, HeldKey>
}

export interface LogKey {
  readonly key: NoteKey
  /** Index of the entry that names it. */
  readonly from: number
  /** Index of the entry that ends it. */
  readonly until: number | null
}

export interface RootSet {
  readonly index: number
  readonly keys: readonly NoteKey[]
  readonly threshold: number
  readonly word: Word
}

/** On whose word an act stands. */
export type Word = 'log' | 'roots' | 'holder'

export interface HeldKey {
  readonly key: NoteKey
  readonly kind: HolderKind
  readonly scope: readonly EntryType[]
  /** A wish of who enrolled it; decides nothing. */
  readonly until: Instant | null
  readonly enrolled: { readonly index: number; readonly word: Word }
  readonly retired: { readonly index: number; readonly word: Word; readonly reason: string } | null
  readonly compromises: readonly Compromise[]
}

export interface Compromise {
  readonly index: number
  /** Signatures from this index on do not count. */
  readonly reach: number
  readonly word: Word
  readonly reason: string
}

/** The registry of entry 0. Throws `Refusal('leaf-invalid')` where its keys are none. */
export function beginRegistry({ log, body }: LedgerRecord): KeyRegistry {
  const { log_key: logKey, root_keys: rootKeys } = body
  const keys = Array.isArray(rootKeys) ? rootKeys.map((text: Json) => keyOf(text)) : []
  return {
    origin: log,
    size: 1,
    logKeys: [{ key: keyOf(logKey), from: 0, until: null }],
    roots: keys.length === 0 ? [] : [{ index: 0, keys, threshold: keys.length, word: 'log' }],
    held: new Map(),
  }
}

/** What the act leaves, once its authority was checked. Throws `Refusal` for what contradicts the registry. */
export function applyAct(registry: KeyRegistry, index: number, act: KeyAct, word: Word): KeyRegistry {
  for (const key of newKeysOf(act)) refuseKey(registry, key)
  return { ...registry, ...changeOf(registry, index, act, word), size: index + 1 }
}

export function rootsAt(registry: KeyRegistry, index: number): RootSet | null {
  return registry.roots.findLast((roots) => roots.index < index) ?? null
}

/** Keys that sign a checkpoint of this size. */
export function logKeysAt(registry: KeyRegistry, size: number): readonly LogKey[] {
  return registry.logKeys.filter(({ from, until }) => from < size && (until === null || until >= size))
}

/** Whether a signature of the key on the entry at `index` counts, by all that the registry knows. */
export function inForce(held: HeldKey, index: number): boolean {
  return (
    held.enrolled.index < index &&
    (held.retired === null || held.retired.index > index) &&
    held.compromises.every(({ reach }) => reach > index)
  )
}

/** A key of this name and id that the log names, whatever became of it. */
export function findNamed(registry: KeyRegistry, name: string, keyId: string): NoteKey | null {
  const named = [
    ...registry.roots.toReversed().flatMap(({ keys }) => keys),
    ...[...registry.held.values()].map(({ key }) => key),
    ...registry.logKeys.map(({ key }) => key),
  ]
  return named.find((key) => key.name === name && key.keyId === keyId) ?? null
}

function changeOf(registry: KeyRegistry, index: number, act: KeyAct, word: Word): Partial<KeyRegistry> {
  switch (act.act) {
    case 'root':
      return {
        roots: [...registry.roots, { index, keys: act.rootKeys, threshold: act.threshold, word }],
      }
    case 'enrol':
      return { held: withKey(registry, enrolled(registry, index, act, word)) }
    case 'retire':
      return { held: withKey(registry, retired(registry, index, act, word)) }
    case 'compromise':
      return { held: withKey(registry, compromised(registry, index, act, word)) }
    case 'log':
      return { logKeys: [...registry.logKeys, newLogKey(registry, index, act.key)] }
    case 'log-end':
      return { logKeys: endLogKey(registry, index, act.key) }
  }
  throw new Error(`an act that is none: ${JSON.stringify(act)}`)
}

/** What may not be named anew: a weak key, a key of the log, another key under the same name and id. */
function refuseKey(registry: KeyRegistry, key: NoteKey): void {
  const fault = key.fault()
  if (fault !== null) throw new Refusal('key-refused', `${key.name}+${key.keyId}: ${fault}`, NEW_KEY)
  if (registry.logKeys.some((log) => materialText(log.key) === materialText(key)))
    throw new Refusal('conflict', `${key.name}+${key.keyId} is a key of the log`, NEW_KEY)
  const named = findNamed(registry, key.name, key.keyId)
  if (named !== null && materialText(named) !== materialText(key))
    throw new Refusal('conflict', `another key is known as ${key.name}+${key.keyId}`, NEW_KEY)
}
const ENDED = { hint: 'portreeve key list shows what became of each key' }
const NEW_KEY = { hint: 'make a new key, for this alone' }

function enrolled(
  registry: KeyRegistry,
  index: number,
  { key, kind, scope, until }: EnrolAct,
  word: Word,
): HeldKey {
  const standing = registry.held.get(materialText(key))
  if (standing !== undefined) {
    const { name, keyId } = standing.key
    throw new Refusal(
      'conflict',
      `the key is enrolled since entry ${standing.enrolled.index} as ${name}+${keyId}`,
      {
        hint: 'a key is enrolled once; portreeve key list shows what it may sign',
      },
    )
  }
  return { key, kind, scope, until, enrolled: { index, word }, retired: null, compromises: [] }
}

type Ending<A extends KeyAct['act']> = Extract<KeyAct, { act: A }>

function retired(registry: KeyRegistry, index: number, act: Ending<'retire'>, word: Word): HeldKey {
  const held = enrolledKey(registry, act.key)
  if (held.retired !== null)
    throw new Refusal(
      'conflict',
      `${held.key.name}+${held.key.keyId} was retired in entry ${held.retired.index}`,
      ENDED,
    )
  return { ...held, retired: { index, word, reason: act.reason } }
}

function compromised(registry: KeyRegistry, index: number, act: Ending<'compromise'>, word: Word): HeldKey {
  const held = enrolledKey(registry, act.key)
  if (act.since > index)
    throw new Refusal('leaf-invalid', `entry ${act.since} is not there yet`, {
      hint: 'since which entry can the key have been in other hands? portreeve log list shows them',
    })
  // Otherwise whoever approved something could take it back by calling his own key stolen.
  const reach = word === 'holder' ? index : act.since
  if (held.compromises.some((earlier) => earlier.reach <= reach))
    throw new Refusal(
      'conflict',
      `${held.key.name}+${held.key.keyId} is marked compromised from there on already`,
      ENDED,
    )
  return { ...held, compromises: [...held.compromises, { index, reach, word, reason: act.reason }] }
}

function enrolledKey(registry: KeyRegistry, key: NoteKey): HeldKey {
  const held = registry.held.get(materialText(key))
  if (held?.key.text === key.text) return held
  throw new Refusal('key-unknown', `${key.name}+${key.keyId} is not enrolled`, {
    hint: 'portreeve key list shows the keys that are',
  })
}

function withKey(registry: KeyRegistry, held: HeldKey): ReadonlyMap<string, HeldKey> {
  return new Map(registry.held).set(materialText(held.key), held)
}

function newLogKey({ origin, held }: KeyRegistry, index: number, key: NoteKey): LogKey {
  if (key.kind !== 'ed25519' || key.name !== origin)
    throw new Refusal('leaf-invalid', `a key of the log is Ed25519 and bears the name ${origin}`, NEW_KEY)
  if (held.has(materialText(key)))
    throw new Refusal('conflict', 'the key is enrolled as a holder’s already', NEW_KEY)
  return { key, from: index, until: null }
}

function endLogKey({ logKeys }: KeyRegistry, index: number, key: NoteKey): readonly LogKey[] {
  const standing = logKeys.filter(({ until }) => until === null)
  if (!standing.some((log) => log.key.text === key.text))
    throw new Refusal('key-unknown', `${key.name}+${key.keyId} is not a key that signs the log`, ENDED)
  if (standing.length === 1)
    throw new Refusal('conflict', 'the log has no other key', {
      hint: 'portreeve key rotate-log brings one in first',
    })
  return logKeys.map((log) => (log.key.text === key.text ? { ...log, until: index } : log))
}
