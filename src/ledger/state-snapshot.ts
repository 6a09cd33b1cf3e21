import { createHmac, type Hmac } from 'node:crypto'
import { z } from 'zod'
import type { Entry, JsonObject } from '../model/entry.ts'

/** Entries of type `snapshot` and the digest that they commit to: docs/formats/state-snapshot-v1.md. */

/** Raised with every change of what a fold yields or how it is written down: a snapshot of another version is no start. */
export const STATE_VERSION = 1

export interface StateSnapshot {
  /** Of its entry. */
  readonly index: number
  /** So many entries were folded. */
  readonly size: number
  /** HMAC-SHA-256, 64 hexadecimal digits. */
  readonly digest: string
  /** Id of the key of digest and file. */
  readonly key: string
}

export function snapshotBody({ size, digest, key }: Omit<StateSnapshot, 'index'>): JsonObject {
  return { digest, key, size, state: STATE_VERSION }
}

/** Null for one of another version, or that the log does not vouch for itself. */
export function readSnapshot({ index, by, body }: Entry): StateSnapshot | null {
  const parsed = SnapshotBody.safeParse(body)
  if (!parsed.success || by !== null || parsed.data.size > index) return null
  const { size, digest, key } = parsed.data
  return { index, size, digest, key }
}

/** Of its file, in a folder of such files. */
export function snapshotName({ size, key }: Pick<StateSnapshot, 'size' | 'key'>): string {
  return `${size}-${key}`
}

/**
 * Takes the text of the state. Keyed, since a plain digest would let whoever has all but one value of the state try
 * what the last one was, long after it was erased; with the key gone, it says nothing.
 */
export function stateDigest(key: Uint8Array): Hmac {
  return createHmac('sha256', key).update('portreeve.dev/state/v1\0')
}

const SnapshotBody = z.object({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  key: z.string().regex(/^[0-9a-f]{32}$/),
  size: z.int().min(1),
  state: z.literal(STATE_VERSION),
})
