import type { Actor, Output, Parsed } from '../api/operations.ts'
import { draftId, idFrom } from '../ledger/log.ts'
import { Refusal } from '../model/refusal.ts'
import { tombstoneBody } from '../registry/declaration.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment } from './environment.ts'

/** Takes a document out of the book's present; its history and the tombstone stay. */
export async function closeRecord(
  env: Environment,
  book: Book,
  input: Parsed<'closeRecord'>,
  actor: Actor,
): Promise<Output<'closeRecord'>> {
  const { kind, name, reason, idempotencyKey } = input
  const draft = entryDraft({
    id: idempotencyKey === undefined ? draftId(env.random) : idFrom(idempotencyKey, 0),
    type: 'tombstone',
    at: env.now(),
    body: tombstoneBody({ kind, name, reason, by: actor.id }),
    more: false,
  })
  const { indexes } = await book.append(
    async (tx) => {
      const standing = (await tx.entryById(draft.id)) !== null
      if (!standing && (await tx.document(kind, name)) === null) {
        throw new Refusal('not-found', `the book holds no ${kind} called ${name}`, {
          hint: 'portreeve ports lists the records',
        })
      }
      if (kind === 'System' && (await tx.recordsOf(name)).length > 0) {
        throw new Refusal('conflict', `System ${name} still has ports`, {
          hint: 'close its ports first, or move them to another system',
        })
      }
      return [draft]
    },
    { idempotent: true },
  )
  return { index: indexes[0] ?? 0 }
}
