import { sameBytes } from './bytes.ts'
import { Fault, must } from './fault.ts'
import { checkEnrollable, parseKey, type Key } from './key.ts'
import type { Json } from './jcs.ts'
import { PSEUDONYM, type Leaf } from './leaf.ts'
import type { TrustedRoots } from './trust.ts'

/** Who may sign what, by the order of entries alone: docs/formats/ledger-keys-v1.md. */

export interface LogKey {
  readonly key: Key
  /** Index of the entry that named it, and of the one that ended it. */
  readonly since: number
  readonly until: number | null
  /** Root keys signed that entry, and not the log alone. */
  readonly byRoots: boolean
}

export interface RootSet {
  readonly since: number
  readonly keys: readonly Key[]
  readonly threshold: number
}

export interface HolderKey {
  readonly key: Key
  readonly kind: string
  readonly scope: readonly string[]
  /** An instant; shown where it is passed, and decides nothing. */
  readonly until: string | null
  readonly enrolled: number
  /** Enrolled by a record: nobody but the log says so. */
  readonly onLogsWord: boolean
  readonly retired: number | null
  readonly compromises: readonly { readonly index: number; readonly reach: number }[]
}

/** What the entries up to some size leave. Values of this type are never changed. */
export interface Registry {
  readonly origin: string
  readonly logKeys: readonly LogKey[]
  /** Every set there was, the present one last. */
  readonly roots: readonly RootSet[]
  readonly holders: readonly HolderKey[]
}

/** What the genesis says. Its root keys, if any, must all sign until they are replaced. */
export function registryOf(genesis: Leaf, origin: string): Registry {
  must(genesis.type === 'genesis' && genesis.kind === 'record', 'entry 0 is not a genesis')
  const body = genesis.members['body'] as Readonly<Record<string, Json>>
  must(body['format'] === 1, 'the genesis is of another format')
  const logKey = logKeyIn(body['log_key'], origin)
  const rootKeys = keysIn(body['root_keys'], 0)
  const roots = rootKeys.length === 0 ? [] : [{ since: 0, keys: rootKeys, threshold: rootKeys.length }]
  return { origin, logKeys: [{ key: logKey, since: 0, until: null, byRoots: false }], roots, holders: [] }
}

/** The log's keys that sign a checkpoint of this size. */
export function logKeysAt(registry: Registry, size: number): Key[] {
  return registry.logKeys
    .filter(({ since, until }) => since < size && !(until !== null && until < size))
    .map(({ key }) => key)
}

/** The root keys in force at an index; null while there are none. */
export function rootsAt(registry: Registry, index: number): RootSet | null {
  return registry.roots.findLast(({ since }) => since < index) ?? null
}

/** Whether the root keys behind an entry are these, with this threshold. */
export function areRootsOf(registry: Registry, { index, threshold, keys }: TrustedRoots): boolean {
  const found = rootsAt(registry, index + 1)
  return found !== null && found.threshold === threshold && textsOf(found.keys) === textsOf(keys)
}

/** Why the key is not in force at the index, or null where it is. */
export function notInForce({ enrolled, retired, compromises }: HolderKey, index: number): string | null {
  if (enrolled >= index) return `it was enrolled later, by entry ${enrolled}`
  if (retired !== null && retired <= index) return `it was retired by entry ${retired}`
  const compromise = compromises.find(({ reach }) => reach <= index)
  return compromise === undefined
    ? null
    : `entry ${compromise.index} calls it compromised from entry ${compromise.reach} on`
}

/** Every key that the log ever gave this name and id, whatever its role. */
export function keyNamed(registry: Registry, name: string, id: string): Key | undefined {
  return namedKeys(registry).find((key) => key.name === name && key.id === id)
}

export function namedKeys({ roots, holders }: Registry): Key[] {
  return [...roots.flatMap(({ keys }) => keys), ...holders.map(({ key }) => key)]
}

/** A key that an entry names for the first time; refuses one that could be disowned. */
export function newKeyIn(value: Json | undefined): Key {
  must(typeof value === 'string', 'a key is a text')
  const key = parseKey(value)
  must(
    key.kind !== 'cosigner' && PSEUDONYM.test(key.name),
    `key ${key.id} cannot be one of a holder or a root`,
  )
  checkEnrollable(key)
  return key
}

/** Root keys: ascending, no material and no name with id twice. */
export function keysIn(value: Json | undefined, least: number): Key[] {
  must(Array.isArray(value) && value.length >= least && value.length <= 16, 'root keys are a list of 1 to 16')
  const keys = (value as readonly Json[]).map(newKeyIn)
  for (const [i, key] of keys.entries()) {
    const others = keys.slice(0, i)
    must(
      others.every(({ text }) => text < key.text),
      'root keys are not in ascending order',
    )
    must(!others.some((other) => sameBytes(other.material, key.material)), `root key ${key.id} stands twice`)
    must(
      !others.some(({ name, id }) => name === key.name && id === key.id),
      `two root keys are called ${key.name} ${key.id}`,
    )
  }
  return keys
}

export function logKeyIn(value: Json | undefined, origin: string): Key {
  must(typeof value === 'string', 'a log key is a text')
  const key = parseKey(value)
  must(key.kind === 'ed25519' && key.name === origin, 'a log key is an Ed25519 key with the name of the log')
  checkEnrollable(key)
  return key
}

export function holderKeyNamed(registry: Registry, text: Json | undefined): HolderKey {
  const found = registry.holders.find(({ key }) => key.text === text)
  if (found === undefined) throw new Fault('the entry names a key that was never enrolled')
  return found
}

function textsOf(keys: readonly Key[]): string {
  return keys
    .map(({ text }) => text)
    .toSorted()
    .join()
}
