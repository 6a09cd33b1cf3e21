import type { Entry, EntryType, Json, JsonObject } from '../model/entry.ts'
import { bindingText, TRANSPORTS } from '../model/port.ts'

/** One line for a list of entries: what the entry says, without the reader having to know its body. */
export function summarise(entry: Entry): string {
  const said = (SUMMARIES[entry.type] ?? (() => entry.type))(entry.body)
  return entry.by === null ? said : `${said}, signed by ${entry.by}`
}

const SUMMARIES: Partial<Record<EntryType, (body: JsonObject) => string>> = {
  genesis: ({ previous }) =>
    previous === undefined ? 'the ledger begins' : `the ledger begins after ${logText(previous)}`,
  incident: (body) =>
    body['act'] === 'succeeds'
      ? `it goes on for ${logText(body['previous'])}: ${text(body['reason'])}`
      : `the database had gone back: ${text(body['reason'])}`,
  key: (body) => KEY_ACTS[text(body['act'])]?.(body) ?? 'a key',
  declaration: (body) => `${text(body['kind'])} ${text(body['name'])} declared by ${text(body['by'])}`,
  tombstone: (body) =>
    `${text(body['kind'])} ${text(body['name'])} closed by ${text(body['by'])}: ${text(body['reason'])}`,
  erasure: (body) =>
    body['act'] === 'deferred'
      ? `erasure by ${text(body['by'])} deferred: ${list(body['because'])}`
      : `values erased by ${text(body['by'])} in ${count(body['targets'])} entries: ${text(body['basis'])}`,
  hold: (body) =>
    body['act'] === 'release'
      ? `${text(body['by'])} says that hold ${text(body['hold'])} may end: ${text(body['reason'])}`
      : `hold ${text(body['hold'])} placed by ${text(body['by'])}: ${text(body['reason'])}`,
  freeze: (body) =>
    body['what'] === 'population'
      ? `the population ${text(body['population'])} of ${text(body['count'])} items frozen by ${text(body['by'])}`
      : `${frozen(body)} frozen as ${text(body['hold'])} by ${text(body['by'])}: ${text(body['reason'])}`,
  sighting: (body) =>
    `${text(member(body['source'], 'name'))} at ${text(member(body['place'], 'id'))}: ${changes(body['changes'])}`,
  anchor: (body) =>
    `the checkpoint of ${text(body['size'])} entries, stamped by ${text(body['authority'])} at ${text(body['gen_time'])}`,
  snapshot: (body) => `the state of ${text(body['size'])} entries, kept beside the log`,
  coverage: (body) =>
    `${text(member(body['source'], 'name'))} ${text(body['state'])}: ${passes(body['complete_passes'])} over ${places(body['places'])}`,
}

/** One port, else the place, else everything. */
function frozen({ state, scope }: JsonObject): string {
  const ports = member(state, 'ports')
  if (count(ports) === 1) return list(ports)
  const places = member(scope, 'places')
  return count(places) === 0 ? 'the whole book' : list(places)
}

function logText(previous: Json | undefined): string {
  return `${text(member(previous, 'size'))} entries of ${text(member(previous, 'log'))}`
}

const KEY_ACTS: Readonly<Record<string, (body: JsonObject) => string>> = {
  root: (body) => `${text(body['threshold'])} of ${keyIds(body['root_keys'])} decide about keys from here on`,
  enrol: (body) => `key ${keyId(body['key'])} enrolled for ${list(body['scope'])}`,
  retire: (body) => `key ${keyId(body['key'])} retired: ${text(body['reason'])}`,
  compromise: (body) =>
    `key ${keyId(body['key'])} compromised since entry ${text(body['since_index'])}: ${text(body['reason'])}`,
  log: (body) => `key ${keyId(body['key'])} signs the log as well from here on`,
  'log-end': (body) => `key ${keyId(body['key'])} signs the log up to here`,
}

/** Name and id; the key itself is long and says nothing to people. */
function keyId(key: Json | undefined): string {
  return text(key).split('+').slice(0, 2).join('+')
}

function keyIds(keys: Json | undefined): string {
  return Array.isArray(keys) ? keys.map((key: Json) => keyId(key)).join(', ') : text(undefined)
}

function list(values: Json | undefined): string {
  return Array.isArray(values) ? values.map((value: Json) => text(value)).join(', ') : text(undefined)
}

function changes(value: Json | undefined): string {
  if (!Array.isArray(value)) return 'no change'
  if (value.length <= MOST_NAMED) return value.map((change: Json) => changedPort(change)).join(', ')
  const counts = new Map<string, number>()
  for (const change of value) {
    const state = text(member(change as Json, 'state'))
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}

/** A pass that found a few ports changed names them; a first one counts. */
const MOST_NAMED = 3

function changedPort(change: Json): string {
  const [address, device, port, last] = ['address', 'device', 'port', 'last'].map((key) =>
    member(change, key),
  )
  const transport = TRANSPORTS.find((each) => each === member(change, 'transport')) ?? 'tcp'
  const binding = bindingText({
    address: typeof address === 'string' ? address : null,
    device: typeof device === 'string' ? device : null,
    port: Number(port),
    last: Number(last ?? port),
    transport,
  })
  return `${binding} ${text(member(change, 'state'))}`
}

function count(value: Json | undefined): number {
  return Array.isArray(value) ? value.length : 0
}

function passes(count: Json | undefined): string {
  return `${text(count)} complete ${count === 1 ? 'pass' : 'passes'}`
}

function places(value: Json | undefined): string {
  if (!Array.isArray(value)) return 'no place'
  return value.length === 1 ? text(member(value[0] as Json, 'id')) : `${value.length} places`
}

function member(value: Json | undefined, key: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}

function text(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '(withheld)'
}
