import { parseCheckpoint } from '../ledger/checkpoint.ts'
import type { LedgerReads } from '../ledger/store.ts'
import { parseNote } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'

/** The newest checkpoint, to which proofs lead. */
export interface ProofHead {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

/** Throws `Refusal` `not-found` before the first signature. */
export async function proofHead(read: Pick<LedgerReads, 'checkpoint'>): Promise<ProofHead> {
  const note = await read.checkpoint()
  if (note === null)
    throw new Refusal('not-found', 'no checkpoint was signed yet', {
      hint: 'one is signed within a second of an entry',
    })
  return { ...parseCheckpoint(parseNote(Buffer.from(note)).text), note }
}

/** How many entries the newest checkpoint covers; 0 before the first signature. */
export async function signedSize(read: Pick<LedgerReads, 'checkpoint'>): Promise<number> {
  const note = await read.checkpoint()
  return note === null ? 0 : parseCheckpoint(parseNote(Buffer.from(note)).text).size
}
