import type { Output, Parsed } from '../api/operations.ts'
import { foldKey, refuseUncounted, requireHolder } from '../ledger/authority.ts'
import { parseCheckpoint } from '../ledger/checkpoint.ts'
import { keyOf } from '../ledger/key-act.ts'
import type { KeyRegistry } from '../ledger/key-registry.ts'
import { sealStatement } from '../ledger/leaf.ts'
import { isPersonal } from '../ledger/personal.ts'
import { type LedgerRecord, readRecord, type Statement } from '../ledger/record.ts'
import { joinSigned } from '../ledger/statement.ts'
import type { LedgerReads } from '../ledger/store.ts'
import { sameBytes } from '../lib/merkle.ts'
import { NoteError, type NoteSignature, parseNote, parseSignature } from '../lib/signed-note.ts'
import type { EntryType } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import type { Book } from './book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { checkSignedHold } from './holds.ts'
import { afterKeyAct, requireOverlap } from './key-act.ts'
import { textOf } from './keys.ts'

type SignedRecord = LedgerRecord & { readonly statement: Statement }

/** Types of statement whose body this version understands, and what it asks of one beyond its signatures. */
const TAKEN: Partial<
  Record<EntryType, (registry: KeyRegistry, record: SignedRecord, tx: StoreReads) => Promise<void>>
> = {
  key: async (registry, record) => {
    const { reason } = record.body
    if (typeof reason === 'string' && isPersonal(reason))
      throw new Refusal('leaf-invalid', 'the reason names somebody, and it stands on the ledger for ever', {
        hint: 'say it without addresses, numbers and paths of people, and sign that',
      })
    foldKey(registry, registry.size, record)
  },
  hold: (registry, record, tx) => checkSignedHold(tx, registry, record),
}

/** Puts a statement on the ledger whose signatures count; nothing is written where one does not. */
export async function submitStatement(
  env: Environment,
  book: Book,
  { text, signatures }: Parsed<'submitStatement'>,
): Promise<Output<'submitStatement'>> {
  const lines = signatures.map(lineOf)
  const record = readSigned(joinSigned({ text, signatures: lines }))
  const leaf = joinSigned({ text, signatures: [...lines, ...(await ownLine(env, record))] })
  const { id, sealed, type } = sealStatement(leaf, [])
  if (type === 'key' && record.body['act'] === 'log-end') await requireOverlap(env, book)
  const { indexes, repeated } = await book.append(
    async (tx) => {
      // A repeated statement is compared with what stands, and judged no second time.
      if ((await tx.entryById(id)) === null) await judge(tx, book, readSigned(leaf))
      return [{ id, leaf, sealed }]
    },
    { idempotent: true, alone: true },
  )
  if (type === 'key') await afterKeyAct(env, book)
  return { index: indexes[0] ?? 0, repeated }
}

async function judge(tx: StoreReads, book: Book, record: SignedRecord): Promise<void> {
  const head = await tx.head()
  const registry = await book.keys.at(tx, head?.size ?? 0)
  if (record.log !== registry.origin)
    throw new Refusal(
      'other-log',
      `the statement is for the log ${record.log}, and this is ${registry.origin}`,
      {
        hint: 'a signature holds in one log alone; draft and sign the statement anew here',
      },
    )
  await requireBase(tx, record.statement)
  const check = TAKEN[record.type]
  if (check === undefined)
    throw new Refusal('unsupported', `statements of type ${record.type} are not taken by this version`)
  refuseUncounted(registry, registry.size, record)
  if (record.type !== 'key') requireHolder(registry, registry.size, record)
  await check(registry, record, tx)
}

/** A signer who saw another history signed something else than what would stand here. */
async function requireBase(tx: LedgerReads, { base }: Statement): Promise<void> {
  const [signed] = await tx.checkpoints({ from: base.size, limit: 1 })
  if (signed?.size === base.size) {
    const { root } = parseCheckpoint(parseNote(Buffer.from(signed.note)).text)
    if (sameBytes(root, base.root)) return
  }
  throw new Refusal(
    'base-unknown',
    `the signer saw a checkpoint of ${base.size} entries that this log did not sign`,
    {
      hint: 'draft and sign the statement anew; if the signer holds that checkpoint with the signature of this log, it shows a fork: keep it',
    },
  )
}

/** A new key of the log signs here, where it is; nobody else could. */
async function ownLine(env: Environment, record: SignedRecord): Promise<readonly NoteSignature[]> {
  if (record.type !== 'key' || record.body['act'] !== 'log') return []
  const { name, keyId, text } = keyOf(record.body['key'])
  if (record.statement.signatures.some((line) => line.name === name && line.keyId === keyId)) return []
  for (const signer of [await env.key.next(), env.key])
    if (signer !== null && (await textOf(record.log, signer)) === text)
      return [{ name, keyId, signature: await signer.sign(Buffer.from(record.statement.text)) }]
  return []
}

function readSigned(leaf: Uint8Array): SignedRecord {
  const { statement, ...record } = readRecord(leaf)
  if (statement !== null) return { ...record, statement }
  throw new Refusal('leaf-invalid', 'the text is that of a record, which nobody signs')
}

function lineOf(line: string): NoteSignature {
  try {
    return parseSignature(line.replace(/\n$/, ''))
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new Refusal('bad-input', `not a signature line of a note: ${error.message}`)
  }
}
