import type { Output, Parsed } from '../api/operations.ts'
import { parseCheckpoint } from '../ledger/checkpoint.ts'
import { toBase64 } from '../lib/base64.ts'
import { parseNote } from '../lib/signed-note.ts'
import { parseTilePath, sizeWith } from '../lib/tile.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment } from './environment.ts'
import { proofHead, signedSize } from './proof-head.ts'
import type { Tiles } from './tiles.ts'
import { vouchersFor } from './vouchers.ts'

export async function showCheckpoint(
  env: Environment,
  { size }: Parsed<'showCheckpoint'>,
): Promise<Output<'showCheckpoint'>> {
  const note = size === undefined ? (await proofHead(env.store.read)).note : await archived(env, size)
  const { origin, root, ...signed } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  return {
    origin,
    size: signed.size,
    root: toBase64(root),
    note,
    ...(await vouchersFor(env, signed.size, note)),
  }
}

export async function listCheckpoints(
  env: Environment,
  { from, limit }: Parsed<'listCheckpoints'>,
): Promise<Output<'listCheckpoints'>> {
  const found = await env.store.read.checkpoints({ from, limit: limit + 1 })
  return { checkpoints: found.slice(0, limit), next: found[limit]?.size ?? null }
}

export async function listTimestamps(
  env: Environment,
  { from, limit }: Parsed<'listTimestamps'>,
): Promise<Output<'listTimestamps'>> {
  // Those of one checkpoint stay together, so that a page begins where the last ended.
  const found = await env.store.read.timestamps({ from, limit: limit + MOST_OF_ONE })
  const next = found[limit]?.size ?? null
  const shown = found.filter(({ size }, n) => n < limit && size !== next)
  const page = next === null ? found : shown
  return { timestamps: page.map((one) => ({ ...one, token: toBase64(one.token) })), next }
}

/** Authorities that a configuration may name. */
const MOST_OF_ONE = 8

/** Nothing beyond the newest checkpoint: what no signature covers yet is nobody's business. */
export async function readTile(
  env: Environment,
  tiles: Tiles,
  { path }: Parsed<'readTile'>,
): Promise<Output<'readTile'>> {
  const tile = parseTilePath(path)
  if (tile === null || sizeWith(tile) > (await signedSize(env.store.read))) {
    throw new Refusal('not-found', 'the log has no such tile under a signed checkpoint', {
      hint: 'paths are those of C2SP tlog-tiles; the newest checkpoint says how far they go',
    })
  }
  return { bytes: toBase64(await tiles.tile(tile)) }
}

async function archived(env: Environment, size: number): Promise<string> {
  const [found] = await env.store.read.checkpoints({ from: size, limit: 1 })
  if (found?.size === size) return found.note
  throw new Refusal('not-found', `no checkpoint of ${size} entries was signed`, {
    hint: 'GET /api/v1/ledger/checkpoints lists those that were',
  })
}
