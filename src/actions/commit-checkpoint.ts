import type { Desk } from '../api/operations.ts'
import { type Checkpoint, parseCheckpoint } from '../ledger/checkpoint.ts'
import type { CheckpointRepository } from '../ledger/checkpoint-repository.ts'
import { NoteError, parseNote } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'

export type CheckpointFolder = CheckpointRepository

/** Commits the newest checkpoint; `commit` is null where it is there already. Throws `Refusal('ledger-fork')`. */
export async function commitCheckpoint(
  desk: Desk,
  repository: CheckpointRepository,
): Promise<{ readonly size: number; readonly commit: string | null }> {
  const { origin, size, note } = await desk.call('showCheckpoint', {})
  const standing = await repository.committed(origin)
  if (standing === note) return { size, commit: null }
  const before = standing === null ? null : readStanding(standing, repository.path)
  if (before !== null && before.size > size) {
    throw new Refusal(
      'ledger-fork',
      `the repository ${repository.path} holds a checkpoint of ${before.size} entries, and the book has signed ${size}`,
      { hint: 'the book is an older copy, or another: put the newest database back' },
    )
  }
  return { size, commit: await repository.commit(origin, { size, note }) }
}

function readStanding(note: string, path: string): Checkpoint {
  try {
    return parseCheckpoint(parseNote(Buffer.from(note)).text)
  } catch (error) {
    if (!(error instanceof NoteError || error instanceof Refusal)) throw error
    throw new Refusal('conflict', `the checkpoint in the repository ${path} is none: ${error.message}`, {
      hint: 'look at its history: git log -- portreeve/',
    })
  }
}
