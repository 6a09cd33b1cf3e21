import type { TileFiles } from '../../ledger/tile-files.ts'
import { Refusal } from '../../model/refusal.ts'

/** A bundle holds 256 entries of at most 65,535 bytes, each behind its length. */
const MOST = 256 * (65_535 + 2)
const PATIENCE_MS = 30_000

/** A log that somebody serves as C2SP tlog-tiles; `url` is what stands before `/checkpoint`. Throws `Refusal` unreachable. */
export function tileWeb(url: string): Pick<TileFiles, 'read'> {
  const base = url.endsWith('/') ? url : `${url}/`
  return { read: (path) => fetched(new URL(path, base)) }
}

/** Null where there is no such file. */
async function fetched(url: URL): Promise<Uint8Array | null> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (cause: unknown) => {
      throw unreachable(url, 'nobody answers', cause)
    },
  )
  if (response.status === 404) return null
  if (response.status !== 200) throw unreachable(url, `it answers ${response.status}`, null)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MOST) throw unreachable(url, `it answers more than ${MOST} bytes`, null)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function unreachable(url: URL, what: string, cause: unknown): Refusal {
  return new Refusal('unreachable', `${url.href}: ${what}`, {
    hint: 'name what stands before /checkpoint, such as https://ports.example.com/ledger; a private book is served to nobody: use portreeve log export there',
    cause,
  })
}
