import { hash } from 'node:crypto'

import { formatAddCheckpoint } from '../ledger/add-checkpoint.ts'
import { type Checkpoint, verifyCheckpoint } from '../ledger/checkpoint.ts'
import { type Cosignature, cosignaturesOn } from '../ledger/cosignature.ts'
import type { PolicyWitness } from '../ledger/trust-policy.ts'
import type { Web } from '../ledger/web.ts'
import { consistencyProof } from '../lib/merkle.ts'
import { NoteError } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import type { Tiles } from './tiles.ts'

/** What a witness made of a checkpoint that it was asked to cosign. */
export type Asked =
  | { readonly kind: 'cosigned'; readonly cosignature: Cosignature }
  /** It cosigned a checkpoint of another size last. */
  | { readonly kind: 'elsewhere'; readonly size: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly status: number; readonly said: string }
  | { readonly kind: 'nonsense'; readonly why: string }

const PATIENCE_MS = 10_000
/** What is quoted of an answer. */
const QUOTED = 120
const SIZE = /^(0|[1-9][0-9]{0,15})\n$/

/** `old` is the size that the witness is believed to have cosigned last; `note` the log's own signed checkpoint. */
export async function askToCosign(
  web: Web,
  witness: PolicyWitness,
  tiles: Tiles,
  { old, size, note }: { readonly old: number; readonly size: number; readonly note: string },
  patience = PATIENCE_MS,
): Promise<Asked> {
  const proof =
    old === 0 || old === size
      ? []
      : await tiles.over(size, (subtrees) => consistencyProof(old, size, subtrees))
  const answer = await web({
    method: 'POST',
    url: below(witness, 'add-checkpoint'),
    body: Buffer.from(formatAddCheckpoint({ old, proof, note })),
    type: 'text/plain',
    patience,
  })
  if (answer === null) return { kind: 'silent' }
  const text = Buffer.from(answer.body).toString('utf8')
  if (answer.status === 200) return cosignedIn(note + text, witness)
  if (answer.status === 409) return sizeIn(text)
  if (answer.status >= 500) return { kind: 'silent' }
  return { kind: 'refused', status: answer.status, said: text.slice(0, QUOTED).trim() }
}

/**
 * The checkpoint that the witness cosigned last, signed by the log's key and so nobody's word but the log's; null
 * where it shows none, as a witness need not (tlog-witness v1.0.0 leaves this open).
 */
export async function askForLatest(
  web: Web,
  witness: PolicyWitness,
  log: { readonly origin: string; readonly keys: readonly string[] },
  patience = PATIENCE_MS,
): Promise<Checkpoint | null> {
  const url = below(witness, `${hash('sha256', log.origin, 'hex')}/checkpoint`)
  const answer = await web({ method: 'GET', url, body: null, type: null, patience })
  if (answer?.status !== 200) return null
  try {
    const checkpoint = verifyCheckpoint(answer.body, ...log.keys)
    return checkpoint.origin === log.origin ? checkpoint : null
  } catch (error) {
    if (error instanceof Refusal || error instanceof NoteError) return null
    throw error
  }
}

function cosignedIn(note: string, witness: PolicyWitness): Asked {
  try {
    const [cosignature] = cosignaturesOn(note, [witness])
    return cosignature === undefined
      ? { kind: 'nonsense', why: 'it answered without a cosignature by the key that the policy names' }
      : { kind: 'cosigned', cosignature }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    return { kind: 'nonsense', why: error.message }
  }
}

function sizeIn(text: string): Asked {
  const size = Number(SIZE.exec(text)?.[1] ?? NaN)
  return Number.isSafeInteger(size)
    ? { kind: 'elsewhere', size }
    : { kind: 'nonsense', why: 'it refused the size and did not say its own' }
}

function below({ url }: PolicyWitness, path: string): string {
  return `${(url ?? '').replace(/\/+$/, '')}/${path}`
}
