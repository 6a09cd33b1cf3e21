import type { Actor, Output, Parsed } from '../api/operations.ts'
import { draftId, idFrom } from '../ledger/log.ts'
import type { DocumentKind } from '../model/document.ts'
import { Refusal } from '../model/refusal.ts'
import { tombstoneBody } from '../registry/declaration.ts'
import type { DocumentKey } from '../registry/book.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment, StoreReads } from './environment.ts'

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
      if (!standing) await refuseNamed(tx, kind, name)
      return [draft]
    },
    { idempotent: true },
  )
  return { index: indexes[0] ?? 0 }
}

/** A document that others name cannot go: they would name nothing, and could not be declared again. */
async function refuseNamed(read: StoreReads, kind: DocumentKind, name: string): Promise<void> {
  const naming = await read.documentsNaming(kind, name, MOST_COUNTED + 1)
  if (naming.length > 0) throw stillNamed(`${kind} ${name}`, naming)
}

function stillNamed(subject: string, naming: readonly DocumentKey[]): Refusal {
  const some = naming.slice(0, MOST_NAMED).map((document) => `${document.kind} ${document.name}`)
  const more = naming.length > MOST_COUNTED ? 'more than ' : ''
  const others = Math.min(naming.length, MOST_COUNTED) - some.length
  const by = others > 0 ? `${some.join(', ')} and ${more}${others} others` : some.join(', ')
  return new Refusal('conflict', `${subject} is still named by ${by}`, {
    hint: 'close those first, or declare them again without it',
  })
}

const MOST_NAMED = 5
/** Zones and contracts may be named by as many ports as the book has. */
const MOST_COUNTED = 1_000
