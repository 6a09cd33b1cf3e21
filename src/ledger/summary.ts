import type { Entry, EntryType, Json, JsonObject } from '../model/entry.ts'

/** One line for a list of entries: what the entry says, without the reader having to know its body. */
export function summarise(entry: Entry): string {
  return (SUMMARIES[entry.type] ?? (() => entry.type))(entry.body)
}

const SUMMARIES: Partial<Record<EntryType, (body: JsonObject) => string>> = {
  genesis: () => 'the ledger begins',
  declaration: (body) => `${text(body['kind'])} ${text(body['name'])} declared by ${text(body['by'])}`,
  tombstone: (body) =>
    `${text(body['kind'])} ${text(body['name'])} closed by ${text(body['by'])}: ${text(body['reason'])}`,
  sighting: (body) =>
    `${text(member(body['source'], 'name'))} at ${text(member(body['place'], 'id'))}: ${changes(body['changes'])}`,
  coverage: (body) =>
    `${text(member(body['source'], 'name'))} ${text(body['state'])}: ${passes(body['complete_passes'])} over ${places(body['places'])}`,
}

function changes(value: Json | undefined): string {
  if (!Array.isArray(value)) return 'no change'
  const counts = new Map<string, number>()
  for (const change of value) {
    const state = text(member(change as Json, 'state'))
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
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
