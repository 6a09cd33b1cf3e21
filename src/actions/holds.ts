import type { Actor, Output, Parsed } from '../api/operations.ts'
import { parseCheckpoint } from '../ledger/checkpoint.ts'
import { needsSignature, voiceOf } from '../ledger/hold-voice.ts'
import type { KeyRegistry } from '../ledger/key-registry.ts'
import { draftStatement } from '../ledger/leaf.ts'
import { draftId } from '../ledger/log.ts'
import { findPersonal, isPersonal } from '../ledger/personal.ts'
import type { LedgerRecord } from '../ledger/record.ts'
import { STATEMENT_NAMESPACE } from '../ledger/statement.ts'
import { parseNote } from '../lib/signed-note.ts'
import type { Draft, EntryType, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Voice } from '../model/voice.ts'
import {
  counting,
  hasSaid,
  placeBody,
  readSignedHold,
  releaseBody,
  RELEASERS,
  signedReleaseBody,
  type Hold,
  type Scope,
} from '../registry/hold.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { holdsNow } from './preservation.ts'

export async function listHolds(env: Environment): Promise<Output<'listHolds'>> {
  return { holds: (await holdsNow(env.store.read)).map(holdView) }
}

export async function placeHold(
  env: Environment,
  book: Book,
  input: Parsed<'placeHold'>,
  actor: Actor,
): Promise<Output<'placeHold'>> {
  const { hold: name, reason, scope } = input
  const { indexes } = await book.append(async (tx) => {
    await refuseUnsigned(book, tx, `hold place ${name}`)
    await refuseTaken(tx, name)
    const whole = await withNames(tx, scope)
    return [holdDraft(env, 'hold', placeBody({ name, reason, scope: whole, by: actor.id }))]
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
    await refuseUnsigned(book, tx, `hold release ${name}`)
    const standing = await standingHold(tx, name)
    refuseRepeated(standing, { by, key: null })
    said = standing.releases.length + 1
    const word = actor.id === OPERATOR ? 'operator' : 'session'
    return [holdDraft(env, 'hold', releaseBody({ name, reason, by, word }))]
  })
  return { index: indexes[0] ?? 0, released: said >= RELEASERS, said, needed: RELEASERS }
}

/** What a person signs to place or release a hold. Nothing is written. */
export async function draftHold(
  env: Environment,
  book: Book,
  input: Parsed<'draftHold'>,
): Promise<Output<'draftHold'>> {
  refuseNamed(input.reason)
  // The signer sees a checkpoint that covers what the statement speaks of.
  await book.checkpoint()
  const { read } = env.store
  const note = await read.checkpoint()
  if (note === null) throw new Error('a book without a checkpoint')
  const { origin, ...base } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const body = await signedBody(read, input)
  const draft: Draft = { id: draftId(env.random), type: 'hold', at: env.now(), body, personal: [] }
  const { text } = draftStatement(draft, { origin, random: env.random }, { by: input.by, base })
  return {
    form: 'statement',
    texts: [{ key: null, text, namespace: STATEMENT_NAMESPACE }],
    needs:
      input.act === 'release'
        ? `a key of ${input.by} that is enrolled for holds; ${RELEASERS} different people release a hold, each by a statement of their own`
        : `a key of ${input.by} that is enrolled for holds`,
  }
}

/** What is asked of a signed entry of type `hold` beyond signatures that count. Throws `Refusal`. */
export async function checkSignedHold(
  read: StoreReads,
  registry: KeyRegistry,
  record: LedgerRecord,
): Promise<void> {
  const body = readSignedHold(record.body)
  if (body === null || record.commitments.length > 0)
    throw new Refusal('leaf-invalid', 'not the body of a signed hold', {
      hint: 'portreeve hold place|release --statement FILE writes it; docs/formats/ledger-hold-v1.md says what it holds',
    })
  refuseNamed(body.reason)
  const { by, signatures } = record.statement ?? { by: '', signatures: [] }
  const other = signatures.find(({ name }) => name !== by)
  if (other !== undefined)
    throw new Refusal('bad-input', `${by} speaks in this statement, and ${other.name} signed it too`, {
      hint: 'each person signs a statement of their own: --holder says whose it is',
    })
  const voice = voiceOf(registry, registry.size, record)
  if (voice === null)
    throw new Refusal('key-scope', `the key of ${by} is not a person's`, {
      hint: 'holds are placed and released by people: portreeve key list shows whose keys are enrolled for hold',
    })
  if (body.act === 'place') return refuseTaken(read, body.hold)
  const standing = await standingHold(read, body.hold)
  if (standing.index !== body.entry)
    throw new Refusal(
      'conflict',
      `the statement speaks of the hold that entry ${body.entry} placed; the ${body.hold} that stands is of entry ${standing.index}`,
      { hint: 'draft and sign it anew' },
    )
  refuseRepeated(standing, voice)
}

const OPERATOR = 'operator'

async function signedBody(
  read: StoreReads,
  { act, hold: name, reason, scope }: Parsed<'draftHold'>,
): Promise<JsonObject> {
  if (act === 'release') {
    if (scope !== undefined)
      throw new Refusal('bad-input', 'a release names no scope', { hint: 'a hold ends as a whole' })
    return signedReleaseBody({ name, reason, entry: (await standingHold(read, name)).index })
  }
  await refuseTaken(read, name)
  return placeBody({ name, reason, scope: await withNames(read, scope ?? {}), by: null })
}

/** Whoever runs the machine can claim any name; from the first key of a person for holds on, keys say who it was. */
async function refuseUnsigned(book: Book, read: StoreReads, command: string): Promise<void> {
  const size = (await read.head())?.size ?? 0
  if (!needsSignature(await book.keys.at(read, size), size)) return
  throw new Refusal(
    'unsigned',
    'keys of people are enrolled for holds, and a bare word does not count any more',
    {
      hint: `sign it: portreeve ${command} --reason … --sign KEY; or for somebody elsewhere: --statement FILE --holder PSEUDONYM`,
    },
  )
}

async function standingHold(read: StoreReads, name: string): Promise<Hold> {
  const standing = (await holdsNow(read)).findLast((hold) => hold.name === name)
  if (standing !== undefined) return standing
  throw new Refusal('not-found', `no hold ${name} stands`, {
    hint: 'portreeve hold list shows those that do',
  })
}

function refuseRepeated(hold: Hold, voice: Voice): void {
  if (!hasSaid(hold, voice)) return
  const same = counting(hold.releases, voice).some(({ by }) => by === voice.by)
  throw new Refusal(
    'conflict',
    same
      ? `${voice.by} has said already that the hold ${hold.name} may end`
      : `the key of ${voice.by} has signed already, under another name, that the hold ${hold.name} may end`,
    { hint: 'it takes the word of a second person' },
  )
}

/** A place is meant by every name that the book knows it by. */
export async function withNames(read: StoreReads, scope: Scope): Promise<Scope> {
  if (scope.places === undefined) return scope
  const names = new Set(scope.places)
  for (const id of scope.places) for (const name of (await read.place(id))?.names ?? []) names.add(name)
  return { ...scope, places: [...names].toSorted() }
}

export async function refuseTaken(read: StoreReads, name: string): Promise<void> {
  if ((await holdsNow(read)).some((hold) => hold.name === name))
    throw new Refusal('conflict', `a hold ${name} stands already`, {
      hint: 'portreeve hold list shows it; choose another name',
    })
}

/** What is signed cannot be sealed afterwards: it would be another text. */
function refuseNamed(reason: string): void {
  if (!isPersonal(reason)) return
  throw new Refusal('leaf-invalid', 'the reason names somebody, and it stands on the ledger for ever', {
    hint: 'say it without addresses, numbers and paths of people, and sign that',
  })
}

/** Names of places and documents are no texts of persons, and must be readable as long as the hold stands. */
export function holdDraft(env: Environment, type: EntryType, body: JsonObject): Draft {
  const { reason = null } = body
  return { id: draftId(env.random), type, at: env.now(), body, personal: findPersonal({ reason }) }
}

export function holdView(hold: Hold): Output<'listHolds'>['holds'][number] {
  const { name, kind, scope, reason, by, at, index, ports, releases } = hold
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
    ports: [...ports],
    releases: releases.map(({ by, at, index, key }) => ({ by, at, index, signed: key !== null })),
  }
}
