import { hash } from 'node:crypto'
import type { Actor, Output, Parsed } from '../api/operations.ts'
import { draftId } from '../ledger/log.ts'
import { findPersonal } from '../ledger/personal.ts'
import type { Draft, EntryType, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { PortRow } from '../registry/book.ts'
import { freezeBody, placeBody, releaseBody, RELEASERS, type Hold, type Scope } from '../registry/hold.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { findPort } from './find-port.ts'
import { holdsNow } from './preservation.ts'

export async function listHolds(env: Environment): Promise<Output<'listHolds'>> {
  return { holds: (await holdsNow(env.store.read)).map(viewOf) }
}

export async function placeHold(
  env: Environment,
  book: Book,
  input: Parsed<'placeHold'>,
  actor: Actor,
): Promise<Output<'placeHold'>> {
  const { hold: name, reason, scope } = input
  const { indexes } = await book.append(async (tx) => {
    await refuseTaken(tx, name)
    const whole = await withNames(tx, scope)
    return [draftOf(env, 'hold', placeBody({ name, reason, scope: whole, by: actor.id }))]
  })
  return { index: indexes[0] ?? 0 }
}

/** One person's word that a hold may end. The second person's releases it. */
export async function releaseHold(
  env: Environment,
  book: Book,
  input: Parsed<'releaseHold'>,
  actor: Actor,
): Promise<Output<'releaseHold'>> {
  const { hold: name, reason } = input
  const by = input.as ?? actor.id
  if (input.as !== undefined && actor.id !== OPERATOR)
    throw new Refusal('forbidden', 'who is signed in speaks for nobody else', {
      hint: 'leave --as out; it is for the operator of the machine that runs Portreeve',
    })
  let said = 0
  const { indexes } = await book.append(async (tx) => {
    const standing = (await holdsNow(tx)).find((hold) => hold.name === name)
    if (standing === undefined) throw noHold(name)
    if (standing.releases.some((release) => release.by === by))
      throw new Refusal('conflict', `${by} has said already that the hold ${name} may end`, {
        hint: 'it takes the word of a second person',
      })
    said = standing.releases.length + 1
    // Statements signed by each person take the place of this word once keys are enrolled for it.
    const word = actor.id === OPERATOR ? 'operator' : 'session'
    return [draftOf(env, 'hold', releaseBody({ name, reason, by, word }))]
  })
  return { index: indexes[0] ?? 0, released: said >= RELEASERS, said, needed: RELEASERS }
}

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
    const size = (await tx.head())?.size ?? 0
    const rows = await tx.portHistory(row.id)
    digest = stateDigest(rows)
    const scope = await withNames(tx, { places: [row.place] })
    const body = freezeBody(
      { name: input.hold, reason: input.reason, scope, by: actor.id },
      { size, ports: [row.id], digest },
    )
    return [draftOf(env, 'freeze', body)]
  })
  return { index: indexes[0] ?? 0, port: row.id, sha256: digest }
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

const OPERATOR = 'operator'

/** A place is meant by every name that the book knows it by. */
async function withNames(read: StoreReads, scope: Scope): Promise<Scope> {
  if (scope.places === undefined) return scope
  const names = new Set(scope.places)
  for (const id of scope.places) for (const name of (await read.place(id))?.names ?? []) names.add(name)
  return { ...scope, places: [...names].toSorted() }
}

async function refuseTaken(read: StoreReads, name: string): Promise<void> {
  if ((await holdsNow(read)).some((hold) => hold.name === name))
    throw new Refusal('conflict', `a hold ${name} stands already`, {
      hint: 'portreeve hold list shows it; choose another name',
    })
}

function noHold(name: string): Refusal {
  return new Refusal('not-found', `no hold ${name} stands`, {
    hint: 'portreeve hold list shows those that do',
  })
}

/** Names of places and documents are no texts of persons, and must be readable as long as the hold stands. */
function draftOf(env: Environment, type: EntryType, body: JsonObject): Draft {
  const { reason = null } = body
  return { id: draftId(env.random), type, at: env.now(), body, personal: findPersonal({ reason }) }
}

function viewOf({
  name,
  kind,
  scope,
  reason,
  by,
  at,
  index,
  releases,
}: Hold): Output<'listHolds'>['holds'][number] {
  const { places, documents, types, by: of } = scope
  const shown = JSON.parse(
    JSON.stringify({ places, documents, types, by: of }),
  ) as Output<'listHolds'>['holds'][number]['scope']
  return {
    hold: name,
    kind,
    scope: shown,
    reason,
    by,
    at,
    index,
    releases: releases.map((release) => ({ ...release })),
  }
}
