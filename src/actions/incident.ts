import { type Checkpoint, verifyCheckpoint } from '../ledger/checkpoint.ts'
import { draftId, genesisDraft, newOrigin } from '../ledger/log.ts'
import { toBase64 } from '../lib/base64.ts'
import { sameBytes } from '../lib/merkle.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment } from './environment.ts'
import { freezeDrafts } from './freeze.ts'
import type { Imported } from './import-tail.ts'

/** What happened to the log itself: docs/formats/ledger-incident-v1.md. */

/** Says that the database had gone back and what it was given again, and freezes the book; the first entry's index. */
export async function recordRollback(
  env: Environment,
  book: Book,
  { before, size, withheld }: Imported,
  source: string,
): Promise<number> {
  const reason = `The database held ${before} entries where ${size} were signed; the others came from ${source}`
  const { indexes } = await book.append(async (tx) => [
    incidentDraft(env, { act: 'went-back', before, by: 'portreeve', reason, size, withheld }),
    ...(await freezeDrafts(env, tx, { name: `went-back-${before}`, reason, place: null })),
  ])
  return indexes[0] ?? 0
}

export interface Succession {
  /** Signed checkpoints of the log that ended, each as somebody holds it. */
  readonly notes: readonly string[]
  /** Its keys, as a trust file names them. */
  readonly keys: readonly string[]
  readonly reason: string
}

export interface Begun {
  readonly origin: string
  readonly previous: { readonly origin: string; readonly size: number }
  /** Whether the notes hold two heads of one size that differ: proof that the old log was forked. */
  readonly isForked: boolean
}

/**
 * Begins a log after one that cannot go on: its genesis names the newest head of the old one, and its first entry holds
 * every head that is known. Throws `Refusal` conflict where the store holds a book, ledger-key for a note that no such
 * key signed, bad-input for notes of several logs.
 */
export async function beginAfter(env: Environment, software: string, succession: Succession): Promise<Begun> {
  const heads = succession.notes.map((note) => verifyCheckpoint(Buffer.from(note), ...succession.keys))
  const last = newestOf(heads)
  const origin = newOrigin(env.random)
  const key = await env.key.publicKey()
  const previous = { log: last.origin, root: toBase64(last.root), size: last.size }
  const genesis = genesisDraft({ origin, key, at: env.now(), random: env.random, software, previous })
  const body = {
    act: 'succeeds',
    by: 'operator',
    heads: [...succession.notes],
    previous,
    reason: succession.reason,
  }
  const book = new Book(env, origin, software)
  await book.append(async (tx) => {
    if ((await tx.head()) !== null)
      throw new Refusal('conflict', 'the store holds a book already', {
        hint: 'begin the new log in an empty data folder (--data DIR) or database',
      })
    return [genesis, incidentDraft(env, body)]
  })
  await book.close()
  const isForked = heads.some(({ size, root }) =>
    heads.some((other) => other.size === size && !sameBytes(other.root, root)),
  )
  return { origin, previous: { origin: last.origin, size: last.size }, isForked }
}

function newestOf(heads: readonly Checkpoint[]): Checkpoint {
  const [first] = heads.toSorted((a, b) => b.size - a.size)
  if (first === undefined) throw new Refusal('bad-input', 'no checkpoint of the old log was named')
  if (heads.every(({ origin }) => origin === first.origin)) return first
  throw new Refusal('bad-input', 'the checkpoints are of several logs', {
    hint: 'name checkpoints of the one log that ended',
  })
}

function incidentDraft(env: Environment, body: JsonObject): Draft {
  return entryDraft({ id: draftId(env.random), type: 'incident', at: env.now(), body, more: false })
}
