import { type Checkpoint, parseCheckpoint, verifyCheckpoint } from '../ledger/checkpoint.ts'
import { cosignerKeyId } from '../ledger/cosignature.ts'
import { appendToHead, newLog } from '../ledger/log.ts'
import type { LogHead } from '../ledger/store.ts'
import type { PolicyWitness } from '../ledger/trust-policy.ts'
import { toBase64 } from '../lib/base64.ts'
import { sameBytes } from '../lib/merkle.ts'
import { parseNote } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import { askForLatest, askToCosign } from './ask-witness.ts'
import type { Environment } from './environment.ts'
import { Keys, logKeyTexts } from './keys.ts'
import { Tiles } from './tiles.ts'
import { FORK_HINT, forkAhead, forkAt } from './witnessing.ts'

/** Leaf hashes read at a time. */
const STRIDE = 50_000
/** A witness that is away must not keep the book from being opened. */
const PATIENCE_MS = 3_000

/** Throws `Refusal('ledger-fork')` where the database is older than the pin, or another history. */
export async function refuseOlderThanPin(env: Environment, head: LogHead | null): Promise<void> {
  const pinned = await env.key.pinned()
  if (pinned === null) return
  const size = head?.size ?? 0
  if (size >= pinned.size && sameBytes(await rootAt(env, head, pinned.size), pinned.root)) return
  throw new Refusal(
    'ledger-fork',
    size < pinned.size
      ? `the database holds ${size} entries, but ${pinned.size} were signed: it is an older copy, or another book's`
      : `the first ${pinned.size} entries of the database are not those that were signed: it is another history of this book, or another book's`,
    {
      hint: 'put the newest database back, or what it lacks (portreeve log import EXPORT), or open it with the data folder that belongs to it; signing on would fork the ledger',
    },
  )
}

/**
 * As `refuseOlderThanPin`, by what was handed out: an old backup or a copied volume has its old pin with it. Asked
 * before the first signature of a process. Who does not answer is passed over: availability is not theirs to give.
 */
export async function refuseOlderThanHandedOut(env: Environment): Promise<void> {
  const head = await env.store.read.head()
  if (head === null) return
  const keys = logKeyTexts(await new Keys().at(env.store.read, head.size))
  const witnesses = env.outside.policy.witnesses.filter(({ url }) => url !== null)
  await Promise.all([
    refuseOlderThanRepository(env, head, keys),
    ...witnesses.map((witness) => refuseOlderThanWitness(env, head, keys, witness)),
  ])
}

async function refuseOlderThanWitness(
  env: Environment,
  head: LogHead,
  keys: readonly string[],
  witness: PolicyWitness,
): Promise<void> {
  const latest = await askForLatest(env.outside.web, witness, { origin: head.origin, keys }, PATIENCE_MS)
  if (latest === null) return refuseOlderThanSaid(env, head, witness)
  if (latest.size > head.size) throw forkAhead(witness, latest.size, head.size)
  const root = await rootAt(env, head, latest.size)
  if (!sameBytes(root, latest.root)) throw forkAt(witness, latest.size, toBase64(root), toBase64(latest.root))
}

/** A witness that shows no checkpoint still says the size of the last when it is asked to cosign one that stands. */
async function refuseOlderThanSaid(env: Environment, head: LogHead, witness: PolicyWitness): Promise<void> {
  const note = await env.store.read.checkpoint()
  if (note === null) return
  const { size } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const { name } = witness
  const old = await env.store.read.cosignedSize({ name, keyId: cosignerKeyId(witness) })
  const tiles = new Tiles(env.store.read, env.tiles)
  const asked = await askToCosign(env.outside.web, witness, tiles, { old, size, note }, PATIENCE_MS)
  if (asked.kind !== 'elsewhere' || asked.size <= head.size) return
  throw new Refusal(
    'ledger-fork',
    `the witness ${witness.alias} (${witness.url}) says that it cosigned ${asked.size} entries, and the database holds ${head.size}: it is an older copy, or the witness is wrong`,
    { hint: `${FORK_HINT}. If it is the witness, take it out of the policy` },
  )
}

async function refuseOlderThanRepository(
  env: Environment,
  head: LogHead,
  keys: readonly string[],
): Promise<void> {
  const { repository } = env.outside
  const note = (await repository?.committed(head.origin)) ?? null
  if (repository === null || note === null) return
  const committed = await committedCheckpoint(note, keys, repository.path)
  if (committed.size <= head.size && sameBytes(await rootAt(env, head, committed.size), committed.root))
    return
  throw new Refusal(
    'ledger-fork',
    committed.size > head.size
      ? `the repository ${repository.path} holds a checkpoint of ${committed.size} entries, and the database ${head.size}: it is an older copy`
      : `the first ${committed.size} entries of the database are not those whose checkpoint stands in the repository ${repository.path}`,
    { hint: FORK_HINT },
  )
}

async function committedCheckpoint(note: string, keys: readonly string[], path: string): Promise<Checkpoint> {
  try {
    return verifyCheckpoint(Buffer.from(note), ...keys)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(
      'ledger-key',
      `the checkpoint in the repository ${path} is not one of this log's key: ${error.message}`,
      {
        hint: 'look at its history: git log -- portreeve/',
      },
    )
  }
}

/** The root when the log had so many entries. Longer than the pin after a crash, or where another server signs too. */
async function rootAt(env: Environment, head: LogHead | null, size: number): Promise<Uint8Array> {
  if (head === null || head.size === size) return head?.root ?? new Uint8Array()
  let tree = newLog(head.origin)
  for (let from = 0; from < size; from += STRIDE)
    tree = appendToHead(tree, await env.store.read.leafHashes(from, Math.min(from + STRIDE, size)))
  return tree.root
}
