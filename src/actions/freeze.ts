import { hash } from 'node:crypto'
import type { Actor, Output, Parsed } from '../api/operations.ts'
import type { Draft } from '../model/entry.ts'
import type { PortRow } from '../registry/book.ts'
import { freezeBody } from '../registry/hold.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { findPort } from './find-port.ts'
import { holdDraft, refuseTaken, withNames } from './holds.ts'
import { holdsNow } from './preservation.ts'

/** The machine's own preservation: what the book says of a port now, and everything on its place from here on. */
export async function freezePort(
  env: Environment,
  book: Book,
  input: Parsed<'freezePort'>,
  actor: Actor,
): Promise<Output<'freezePort'>> {
  const row = await findPort(env.store.read, input.port)
  let digest = ''
  const { indexes } = await book.append(async (tx) => {
    await refuseTaken(tx, input.hold)
    const state = await stateOf(tx, [row.id])
    digest = state.digest
    const scope = await withNames(tx, { places: [row.place] })
    const body = freezeBody({ name: input.hold, reason: input.reason, scope, by: actor.id }, state)
    return [holdDraft(env, 'freeze', body)]
  })
  return { index: indexes[0] ?? 0, port: row.id, sha256: digest }
}

/** Pseudonym of the machine, where nobody asked it to. */
const MACHINE = 'portreeve'

/** Something that the machine preserves for, unasked: docs/guide/privacy.md says when. */
export interface Alarm {
  /** Of the freeze; one of this name that stands is enough. */
  readonly name: string
  readonly reason: string
  /** Null: the whole book. */
  readonly place: string | null
}

/** Freezes unasked; the index of the entry, or null where such a freeze stands. Who releases it are people. */
export async function freezeOn(env: Environment, book: Book, alarm: Alarm): Promise<number | null> {
  const { indexes } = await book.append((tx) => freezeDrafts(env, tx, alarm))
  return indexes[0] ?? null
}

/** None where such a freeze stands. */
export async function freezeDrafts(
  env: Environment,
  read: StoreReads,
  { name, reason, place }: Alarm,
): Promise<Draft[]> {
  if ((await holdsNow(read)).some((hold) => hold.name === name)) return []
  const ports = place === null ? [] : (await read.portsAt(place)).map(({ id }) => id)
  const scope = place === null ? {} : await withNames(read, { places: [place] })
  const state = await stateOf(read, ports.toSorted().slice(0, MOST_PORTS))
  return [holdDraft(env, 'freeze', freezeBody({ name, reason, scope, by: MACHINE }, state))]
}

/** The name of a freeze over a place, in the letters that such names have. */
export function freezeName(cause: string, place: string): string {
  const plain = place.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return `${cause}-${plain}`.slice(0, 63).replace(/-+$/, '')
}

/** Ids that fit a leaf beside the scope. */
const MOST_PORTS = 150

async function stateOf(read: StoreReads, ports: readonly string[]) {
  const rows: PortRow[] = []
  for (const port of ports) rows.push(...(await read.portHistory(port)))
  return { size: (await read.head())?.size ?? 0, ports, digest: stateDigest(rows) }
}

/** SHA-256 over the rows as JSON, members in order of their names: docs/formats/ledger-hold-v1.md. */
function stateDigest(rows: readonly PortRow[]): string {
  return hash('sha256', JSON.stringify(rows.map(sorted)), 'hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]))
}
