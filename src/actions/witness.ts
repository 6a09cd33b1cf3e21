import {
  type AddCheckpoint,
  claimedOrigin,
  judgeCheckpoint,
  parseAddCheckpoint,
  type Verdict,
} from '../ledger/add-checkpoint.ts'
import { type Checkpoint, parseCheckpoint } from '../ledger/checkpoint.ts'
import { cosign, type Cosigner, cosignaturesOn } from '../ledger/cosignature.ts'
import type { WitnessState } from '../ledger/witness-state.ts'
import { ed25519NoteVerifier, type NoteVerifier, parseNote, parseNoteKey } from '../lib/signed-note.ts'

export interface WitnessSettings extends Cosigner {
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  /** Note keys of the logs that it follows; the name of each is an origin. */
  readonly logKeys: readonly string[]
  readonly state: WitnessState
  /** Seconds since 1970. */
  readonly now: () => number
}

/** `503`: this witness does not cosign at the moment, whatever the log did. */
export type WitnessAnswer =
  | { readonly status: 200; readonly line: string }
  | Exclude<Verdict, { readonly status: 200 }>
  | { readonly status: 503; readonly reason: string }

export interface Witness {
  /** C2SP tlog-witness v1.0.0 `add-checkpoint`. */
  addCheckpoint(body: Uint8Array): Promise<WitnessAnswer>
  /** The checkpoint that was cosigned last, by the SHA-256 of its origin in hexadecimal. */
  latest(digest: string): Promise<string | null>
}

export function witnessOf(settings: WitnessSettings): Witness {
  const logs = verifiersOf(settings.logKeys)
  // Two requests that are judged before either is remembered could cosign a rollback: one origin, one at a time.
  const queues = new Map<string, Promise<unknown>>()
  return {
    addCheckpoint: async (body) => {
      const request = parseAddCheckpoint(body)
      const origin = request === null ? null : claimedOrigin(request)
      if (request === null || origin === null) return { status: 400, reason: 'not an add-checkpoint request' }
      if (!logs.has(origin)) return { status: 404, reason: 'this witness does not follow that log' }
      const turn = (queues.get(origin) ?? Promise.resolve()).then(() =>
        addInTurn(settings, logs, origin, request),
      )
      queues.set(
        origin,
        turn.catch(() => undefined),
      )
      return turn
    },
    latest: (digest) => settings.state.byDigest(digest),
  }
}

function verifiersOf(logKeys: readonly string[]): ReadonlyMap<string, readonly NoteVerifier[]> {
  const keys = logKeys.map((text) => parseNoteKey(text))
  const verifiers = keys.map(({ name, publicKey }) => ed25519NoteVerifier(name, publicKey))
  return Map.groupBy(verifiers, ({ name }) => name)
}

async function addInTurn(
  settings: WitnessSettings,
  logs: ReadonlyMap<string, readonly NoteVerifier[]>,
  origin: string,
  request: AddCheckpoint,
): Promise<WitnessAnswer> {
  const remembered = await settings.state.latest(origin)
  const latest = remembered === null ? null : standingOf(remembered, settings)
  const verdict = judgeCheckpoint(request, logs, latest)
  if (verdict.status !== 200) return verdict
  const time = settings.now()
  // A cosignature says "the largest tree that I had seen at this time"; an earlier one would make the last a lie.
  if (latest !== null && time < latest.time)
    return { status: 503, reason: 'the clock of this witness stands before its last cosignature' }
  const line = await cosign(verdict.text, time, settings, settings.sign)
  // Remembered before anybody has it: a witness that forgets what it said can be made to contradict itself.
  await settings.state.remember(origin, request.note + line)
  return { status: 200, line }
}

function standingOf(note: string, cosigner: Cosigner): Checkpoint & { readonly time: number } {
  const checkpoint = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const own = cosignaturesOn(note, [cosigner])
  return { ...checkpoint, time: Math.max(0, ...own.map(({ time }) => time)) }
}
