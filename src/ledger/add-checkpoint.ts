import { fromBase64, toBase64 } from '../lib/base64.ts'
import { EMPTY_ROOT, HASH_SIZE, sameBytes, verifyConsistency } from '../lib/merkle.ts'
import { NoteError, openNote, parseNote, type NoteVerifier } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'

/** C2SP tlog-witness v1.0.0, `add-checkpoint`: what a log asks of a witness, and what a witness makes of it. */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness cosigned last, as the log believes; 0 for none. */
  readonly old: number
  /** RFC 6962 section 2.1.2, from `old` to the checkpoint. */
  readonly proof: readonly Uint8Array[]
  /** The checkpoint as a signed note. */
  readonly note: string
}

export type Verdict =
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string }
  /** `size` is that of the checkpoint that was cosigned last; the body of the answer. */
  | { readonly status: 409; readonly size: number; readonly reason: string }

const MAX_PROOF = 63
const OLD = /^old (0|[1-9][0-9]{0,15})$/

export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`
}

/** Null for every body that the specification does not describe, and for sizes beyond 2^53 - 1. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint | null {
  const text = Buffer.from(body).toString('utf8')
  const end = text.indexOf('\n\n')
  if (end < 0) return null
  const [first = '', ...lines] = text.slice(0, end).split('\n')
  const old = Number(OLD.exec(first)?.[1] ?? NaN)
  const proof = lines.map((line) => fromBase64(line))
  if (!Number.isSafeInteger(old) || lines.length > MAX_PROOF) return null
  if (!proof.every((hash) => hash?.length === HASH_SIZE)) return null
  return { old, proof: proof as Uint8Array[], note: text.slice(end + 2) }
}

/**
 * Whether the checkpoint continues `latest`, the one that was cosigned last. `logs` are the keys of each origin that
 * this witness follows. The order of the checks is that of the specification.
 */
export function judgeCheckpoint(
  { old, proof, note }: AddCheckpoint,
  logs: ReadonlyMap<string, readonly NoteVerifier[]>,
  latest: Checkpoint | null,
): Verdict {
  const claimed = claimedCheckpoint(note)
  if (claimed === null) return { status: 400, reason: 'not a checkpoint' }
  const { checkpoint, text } = claimed
  const keys = logs.get(checkpoint.origin)
  if (keys === undefined) return { status: 404, reason: 'this witness does not follow that log' }
  if (!isSigned(note, keys)) return { status: 403, reason: 'no key of that log that is known here signed it' }
  if (old > checkpoint.size) return { status: 400, reason: 'the old size is larger than the checkpoint' }
  const known = latest?.size ?? 0
  if (old !== known) return { status: 409, size: known, reason: `${known} entries were cosigned last` }
  if (latest !== null && latest.size === checkpoint.size && !sameBytes(latest.root, checkpoint.root))
    return { status: 409, size: known, reason: 'another root of this size was cosigned' }
  return isConsistent(checkpoint, proof, latest)
    ? { status: 200, checkpoint, text }
    : {
        status: 422,
        reason: 'the proof does not lead from the checkpoint that was cosigned last to this one',
      }
}

/** The origin that a request speaks of, before anything of it is believed; null where there is no checkpoint. */
export function claimedOrigin({ note }: AddCheckpoint): string | null {
  return claimedCheckpoint(note)?.checkpoint.origin ?? null
}

function claimedCheckpoint(note: string): { checkpoint: Checkpoint; text: string } | null {
  try {
    const { text } = parseNote(Buffer.from(note))
    return { checkpoint: parseCheckpoint(text), text }
  } catch (error) {
    if (error instanceof NoteError || error instanceof Refusal) return null
    throw error
  }
}

function isSigned(note: string, keys: readonly NoteVerifier[]): boolean {
  try {
    return openNote(Buffer.from(note), keys).signatures.length > 0
  } catch (error) {
    if (error instanceof NoteError) return false
    throw error
  }
}

function isConsistent(
  { size, root }: Checkpoint,
  proof: readonly Uint8Array[],
  latest: Checkpoint | null,
): boolean {
  if (size === 0) return proof.length === 0 && sameBytes(root, EMPTY_ROOT)
  if (latest === null || latest.size === 0) return proof.length === 0
  return verifyConsistency({
    older: BigInt(latest.size),
    newer: BigInt(size),
    olderRoot: latest.root,
    newerRoot: root,
    proof,
  })
}
