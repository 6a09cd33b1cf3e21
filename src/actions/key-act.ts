import type { KeyAct as KeyActInput } from '../api/keys.ts'
import type { Output, Parsed } from '../api/operations.ts'
import { foldKey } from '../ledger/authority.ts'
import { parseCheckpoint } from '../ledger/checkpoint.ts'
import {
  type KeyAct,
  newKeysOf,
  POSSESSION_NAMESPACE,
  possessionText,
  readKeyAct,
} from '../ledger/key-act.ts'
import { applyAct, type KeyRegistry, logKeysAt, type RootSet, rootsAt } from '../ledger/key-registry.ts'
import { draftStatement, sealDraft } from '../ledger/leaf.ts'
import { draftId, idFrom } from '../ledger/log.ts'
import { isPersonal } from '../ledger/personal.ts'
import { readRecord } from '../ledger/record.ts'
import { STATEMENT_NAMESPACE } from '../ledger/statement.ts'
import { fromBase64, toBase64 } from '../lib/base64.ts'
import { parseNote } from '../lib/signed-note.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Book } from './book.ts'
import type { Environment } from './environment.ts'
import { settleKeys, signersOf, textOf } from './keys.ts'

/** What is to be signed before the act can stand; refused at once where no signature could make it stand. */
export async function draftKeyAct(
  env: Environment,
  book: Book,
  input: Parsed<'draftKeyAct'>,
): Promise<Output<'draftKeyAct'>> {
  const registry = await registryOf(env, book)
  const body = await completed(env, registry, input.body)
  const act = readKeyAct(body)
  const roots = rootsAt(registry, registry.size)
  applyAct(registry, registry.size, act, 'roots')
  if (roots !== null) return statementDraft(env, book, body, act, roots, input.by)
  const namespace = POSSESSION_NAMESPACE
  const texts = newKeysOf(act).map((key) => ({
    key: key.text,
    text: possessionText(registry.origin, key),
    namespace,
  }))
  return { form: 'record', texts, needs: possessionNeeds(act) }
}

/** Writes the act on the word of the log. Only while the log has no root keys. */
export async function writeKeyAct(
  env: Environment,
  book: Book,
  { body: input, possession, idempotencyKey }: Parsed<'writeKeyAct'>,
): Promise<Output<'writeKeyAct'>> {
  if (input.act === 'log-end') await requireOverlap(env, book)
  const { origin } = await registryOf(env, book)
  const id = idempotencyKey === undefined ? draftId(env.random) : idFrom(idempotencyKey, 0)
  const at = env.now()
  const { indexes, repeated } = await book.append(
    async (tx) => {
      const head = await tx.head()
      const registry = await book.keys.at(tx, head?.size ?? 0)
      const body = await completed(env, registry, input)
      const proofs = new Map(possession.map(({ key, signature }) => [key, signature]))
      const draft: Draft = {
        id,
        type: 'key',
        at,
        body: await withPossession(env, registry, body, proofs),
        personal: [],
      }
      // A repeated request is compared with what stands, and judged no second time.
      if ((await tx.entryById(id)) === null)
        foldKey(registry, registry.size, readRecord(sealDraft(draft, { origin, random: env.random }).leaf))
      return [draft]
    },
    { idempotent: true, alone: true },
  )
  await afterKeyAct(env, book)
  return { index: indexes[0] ?? 0, repeated }
}

/** Once a key of the log has ended and the checkpoint behind it is signed, the next key takes its place. */
export async function afterKeyAct(env: Environment, book: Book): Promise<void> {
  await book.checkpoint()
  await settleKeys(env.key, await registryOf(env, book))
}

/**
 * Before a key of the log ends, a checkpoint carries its signature and that of the key that stays: who knows the old
 * one alone finds the new one by it. Throws `Refusal('ledger-key')` where the key that stays is not here.
 */
export async function requireOverlap(env: Environment, book: Book): Promise<void> {
  const registry = await registryOf(env, book)
  await signersOf(env.key, registry, registry.size)
  await book.checkpoint()
}

async function registryOf(env: Environment, book: Book): Promise<KeyRegistry> {
  const head = await env.store.read.head()
  return book.keys.at(env.store.read, head?.size ?? 0)
}

async function statementDraft(
  env: Environment,
  book: Book,
  body: JsonObject,
  act: KeyAct,
  roots: RootSet,
  by: string | undefined,
): Promise<Output<'draftKeyAct'>> {
  await book.checkpoint()
  const note = await env.store.read.checkpoint()
  if (note === null) throw new Error('a book with root keys has no checkpoint')
  const { origin, ...base } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const draft: Draft = { id: draftId(env.random), type: 'key', at: env.now(), body, personal: [] }
  const speaker = { by: by ?? roots.keys[0]?.name ?? '', base }
  const { text } = draftStatement(draft, { origin, random: env.random }, speaker)
  return {
    form: 'statement',
    texts: [{ key: null, text, namespace: STATEMENT_NAMESPACE }],
    needs: statementNeeds(act, roots, speaker.by),
  }
}

/** Lists in their order, and the keys that only the log knows. */
async function completed(env: Environment, registry: KeyRegistry, body: KeyActInput): Promise<JsonObject> {
  switch (body.act) {
    case 'root':
      return { ...body, root_keys: body.root_keys.toSorted() }
    case 'enrol': {
      const { until, ...rest } = body
      const scope = [...new Set(body.scope)].sort()
      return { ...rest, scope, ...(until === undefined ? {} : { until }) }
    }
    case 'retire':
    case 'compromise':
      refusePersonal(body.reason)
      return body
    case 'log':
      return { ...body, key: await textOf(registry.origin, await env.key.makeNext()) }
    case 'log-end':
      return { ...body, key: logKeysAt(registry, registry.size)[0]?.key.text ?? '' }
  }
  throw new Error(`an act that is none: ${JSON.stringify(body)}`)
}

async function withPossession(
  env: Environment,
  { origin }: KeyRegistry,
  body: JsonObject,
  proofs: ReadonlyMap<string, string>,
): Promise<JsonObject> {
  const act = readKeyAct(body)
  const proven = await Promise.all(
    newKeysOf(act).map(async (key) => {
      if (act.act !== 'log') return proofs.get(key.text) ?? null
      const next = await env.key.makeNext()
      return toBase64(await next.sign(Buffer.from(possessionText(origin, key))))
    }),
  )
  for (const proof of proven)
    if (proof !== null && fromBase64(proof) === null)
      throw new Refusal('bad-input', 'a proof of possession is base64 of a signature')
  if (act.act === 'root') return { ...body, possession: proven }
  const [only] = proven
  if (only === undefined) return body
  if (only !== null) return { ...body, possession: only }
  throw new Refusal('quorum-missing', 'the new key did not sign', {
    hint: 'whoever holds it signs the text of possession: portreeve key enroll --help',
  })
}

function possessionNeeds(act: KeyAct): string {
  if (act.act === 'root') return `${act.threshold} of the new root keys show that somebody holds them`
  if (act.act === 'enrol') return 'the new key shows that somebody holds it'
  return 'nobody else; the log has no root keys'
}

function statementNeeds(act: KeyAct, roots: RootSet, by: string): string {
  const names = roots.keys.map(({ name }) => name).join(', ')
  const quorum = `${roots.threshold} of the root keys (${names})`
  const speaker = `; ${by} speaks, and is among them`
  switch (act.act) {
    case 'root':
      return `${quorum}, and ${act.threshold} of the new ones${speaker}`
    case 'enrol':
      return `${quorum}, and the new key of ${act.key.name}${speaker}`
    case 'retire':
    case 'compromise':
      return `${quorum}, or a key of ${act.key.name} that is in force${speaker}`
    case 'log':
    case 'log-end':
      return `${quorum}${speaker}`
  }
  throw new Error(`an act that is none: ${JSON.stringify(act)}`)
}

function refusePersonal(reason: string): void {
  if (!isPersonal(reason)) return
  throw new Refusal('leaf-invalid', 'the reason names somebody, and it stands on the ledger for ever', {
    hint: 'say it without addresses, numbers and paths of people',
  })
}
