import { fromBase64, sameBytes, utf8 } from './bytes.ts'
import { Fault, must } from './fault.ts'
import { instant } from './form.ts'
import type { Json, JsonObject } from './jcs.ts'
import { checkSignature, type Key } from './key.ts'
import { STATEMENT_LINE, TYPE_NAMES, type Leaf } from './leaf.ts'
import {
  holderKeyNamed,
  keysIn,
  logKeyIn,
  namedKeys,
  newKeyIn,
  notInForce,
  rootsAt,
  type HolderKey,
  type Registry,
} from './registry.ts'

/** Entries of type `key`: docs/formats/ledger-keys-v1.md, "Bodies" and "Who may write which act". */

/** The registry behind the entry. Refuses an entry that the keys before it do not allow; it then has no effect. */
export function applyKeyEntry(registry: Registry, index: number, leaf: Leaf): Registry {
  must(leaf.commitments.length === 0, 'a key entry with commitments')
  const body = leaf.members['body'] as JsonObject
  const act = actOf(registry, body)
  checkMembers(
    body,
    leaf.kind === 'record' && act.newKeys !== null ? [...act.members, 'possession'] : act.members,
  )
  for (const key of act.newKeys ?? []) checkName(registry, key)
  const roots = rootsAt(registry, index)
  if (roots !== null) {
    must(leaf.kind === 'statement', 'the book has root keys, and they did not sign')
    return act.apply(registry, index, checkSigners(registry, index, leaf, act))
  }
  must(leaf.kind === 'record', 'a statement about keys, while there are no root keys that could sign it')
  if (act.newKeys !== null) checkPossession(registry.origin, act, body['possession'])
  return act.apply(registry, index, 'log')
}

/** On whose word an act stands. */
type Authority = 'log' | 'roots' | 'holder'

interface Act {
  readonly members: readonly string[]
  /** Keys that prove to be in somebody's hands; null where the act names none. */
  readonly newKeys: readonly Key[] | null
  /** How many of the new keys must sign. */
  readonly ownThreshold: number
  /** Whose holder may do it without the roots. */
  readonly holder: string | null
  readonly apply: (registry: Registry, index: number, authority: Authority) => Registry
}

function actOf(registry: Registry, body: JsonObject): Act {
  switch (body['act']) {
    case 'root':
      return rootAct(body)
    case 'enrol':
      return enrolAct(registry, body)
    case 'retire':
      return endAct(registry, body, ['act', 'key', 'reason'], (key, index) => ({
        ...key,
        retired: key.retired ?? index,
      }))
    case 'compromise':
      return compromiseAct(registry, body)
    case 'log':
      return logAct(registry, body)
    case 'log-end':
      return logEndAct(registry, body)
    default:
      throw new Fault('an act that no key entry knows')
  }
}

function rootAct(body: JsonObject): Act {
  const keys = keysIn(body['root_keys'], 1)
  const threshold = body['threshold']
  must(
    typeof threshold === 'number' && threshold >= 1 && threshold <= keys.length,
    'the threshold is out of range',
  )
  return {
    members: ['act', 'root_keys', 'threshold'],
    newKeys: keys,
    ownThreshold: threshold,
    holder: null,
    apply: (registry, index) => ({
      ...registry,
      roots: [...registry.roots, { since: index, keys, threshold }],
    }),
  }
}

const TYPES_IN_SCOPE = new Set(TYPE_NAMES.filter((name) => name !== 'genesis' && name !== 'key'))

function enrolAct(registry: Registry, body: JsonObject): Act {
  const key = newKeyIn(body['key'])
  const { holder, kind, scope, until = null } = body
  must(holder === key.name, 'the holder is the name of the key')
  must(kind === 'person' || kind === 'machine', 'a holder is a person or a machine')
  must(Array.isArray(scope) && scope.length > 0, 'a key without a scope')
  let before = ''
  for (const type of scope as readonly Json[]) {
    must(typeof type === 'string' && TYPES_IN_SCOPE.has(type), 'a scope holds types of entries')
    must(before < type, 'a scope is in ascending order')
    before = type
  }
  const end = until === null ? null : instant(until)
  const used = [...registry.holders.map((each) => each.key), ...registry.logKeys.map((each) => each.key)]
  must(
    !used.some(({ material }) => sameBytes(material, key.material)),
    `key ${key.id} was enrolled before, or is the log's`,
  )
  const members = ['act', 'holder', 'key', 'kind', 'scope', ...(until === null ? [] : ['until'])]
  return {
    members,
    newKeys: [key],
    ownThreshold: 1,
    holder: null,
    apply: (before, index, authority) => ({
      ...before,
      holders: [
        ...before.holders,
        {
          key,
          kind,
          scope: scope as readonly string[],
          until: end,
          enrolled: index,
          onLogsWord: authority === 'log',
          retired: null,
          compromises: [],
        },
      ],
    }),
  }
}

function compromiseAct(registry: Registry, body: JsonObject): Act {
  const since = body['since_index']
  must(typeof since === 'number' && since >= 0, '`since_index` is not an index')
  return endAct(registry, body, ['act', 'key', 'reason', 'since_index'], (key, index, authority) => {
    must(since <= index, '`since_index` lies behind the entry')
    // A holder alone cannot reach back, or whoever approved something could take it back by calling the key stolen.
    const reach = authority === 'holder' ? index : since
    return { ...key, compromises: [...key.compromises, { index, reach }] }
  })
}

function endAct(
  registry: Registry,
  body: JsonObject,
  members: readonly string[],
  end: (key: HolderKey, index: number, authority: Authority) => HolderKey,
): Act {
  const target = holderKeyNamed(registry, body['key'])
  const reason = body['reason']
  const bytes = typeof reason === 'string' ? utf8(reason).length : 0
  must(bytes >= 1 && bytes <= 200, 'a reason has 1 to 200 bytes')
  return {
    members,
    newKeys: null,
    ownThreshold: 0,
    holder: target.key.name,
    apply: (before, index, authority) => ({
      ...before,
      holders: before.holders.map((key) => (key === target ? end(key, index, authority) : key)),
    }),
  }
}

function logAct(registry: Registry, body: JsonObject): Act {
  const key = logKeyIn(body['key'], registry.origin)
  must(
    !registry.logKeys.some((known) => sameBytes(known.key.material, key.material)),
    `log key ${key.id} was named before`,
  )
  return {
    members: ['act', 'key'],
    newKeys: [key],
    ownThreshold: 1,
    holder: null,
    apply: (before, index, authority) => ({
      ...before,
      logKeys: [...before.logKeys, { key, since: index, until: null, byRoots: authority === 'roots' }],
    }),
  }
}

function logEndAct(registry: Registry, body: JsonObject): Act {
  const inForce = registry.logKeys.filter(({ until }) => until === null)
  const target = inForce.find(({ key }) => key.text === body['key'])
  must(target !== undefined, 'the entry ends a log key that is not in force')
  must(inForce.length > 1, 'the entry ends the last log key')
  return {
    members: ['act', 'key'],
    newKeys: null,
    ownThreshold: 0,
    holder: null,
    apply: (before, index) => ({
      ...before,
      logKeys: before.logKeys.map((known) => (known === target ? { ...known, until: index } : known)),
    }),
  }
}

function checkMembers(body: JsonObject, members: readonly string[]): void {
  must(
    Object.keys(body).join() === members.toSorted().join(),
    `a key entry with the members ${Object.keys(body).join(', ')}`,
  )
}

/** Name and id tell keys apart, here and in signature lines. */
function checkName(registry: Registry, { name, id, material }: Key): void {
  const known = [...namedKeys(registry), ...registry.logKeys.map(({ key }) => key)]
  const other = known.find((key) => key.name === name && key.id === id)
  must(other === undefined || sameBytes(other.material, material), `the name and id of key ${id} are taken`)
}

/** Refuses an act that not enough signed; answers on whose word it stands. */
function checkSigners(registry: Registry, index: number, leaf: Leaf, act: Act): Authority {
  const roots = rootsAt(registry, index)
  must(roots !== null, 'there are no root keys')
  const named = [...namedKeys(registry), ...(act.newKeys ?? [])]
  const signers = leaf.signatures.flatMap(({ name, keyId, signature }) => {
    const key = named.find((known) => known.name === name && known.id === keyId)
    if (key === undefined) return []
    checkSignature(key, leaf.text, STATEMENT_LINE.trimEnd(), signature)
    return [key]
  })
  const has = (key: Key) => signers.some(({ material }) => sameBytes(material, key.material))
  const ofRoots = roots.keys.filter(has)
  const ofNew = (act.newKeys ?? []).filter(has)
  const ofHolder = registry.holders
    .filter((holder) => holder.key.name === act.holder && notInForce(holder, index) === null)
    .map(({ key }) => key)
    .filter(has)
  must(ofNew.length >= act.ownThreshold, 'the new key did not sign')
  const byRoots = ofRoots.length >= roots.threshold
  must(byRoots || ofHolder.length > 0, `${ofRoots.length} root keys signed, and ${roots.threshold} must`)
  const counting = [...ofRoots, ...ofNew, ...ofHolder]
  must(
    counting.some(({ name }) => name === leaf.by),
    `${leaf.by} speaks, and no key of that name signed`,
  )
  return byRoots ? 'roots' : 'holder'
}

/** A record about a new key holds a signature by it, so that nobody enrols a key that is not his. */
function checkPossession(origin: string, { newKeys, ownThreshold }: Act, possession: Json | undefined): void {
  const keys = newKeys ?? []
  const proofs = typeof possession === 'string' ? [possession] : possession
  must(Array.isArray(proofs) && proofs.length === keys.length, 'the proof of possession is missing')
  const given = (proofs as readonly Json[]).flatMap((proof, i) => {
    if (proof === null) return []
    must(typeof proof === 'string', 'a proof of possession is a text')
    const key = keys[i] as Key
    const text = utf8(`${POSSESSION}\n${origin}\n${key.text}\n`)
    checkSignature(key, text, POSSESSION, fromBase64(proof))
    return [key]
  })
  must(given.length >= ownThreshold, 'too few of the new keys prove to be in somebody’s hands')
}
const POSSESSION = 'portreeve.dev/possession/v1'
