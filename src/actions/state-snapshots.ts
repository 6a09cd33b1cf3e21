import { draftId } from '../ledger/log.ts'
import { openLeaf } from '../ledger/leaf.ts'
import type { LogHead } from '../ledger/store.ts'
import {
  readSnapshot,
  snapshotBody,
  snapshotName,
  stateDigest,
  type StateSnapshot,
} from '../ledger/state-snapshot.ts'
import type { Draft, Entry } from '../model/entry.ts'
import { Fatal } from '../model/refusal.ts'
import type { Environment, StoreReads, StoreWrites } from './environment.ts'
import { erasedKeys } from './erasures.ts'

export interface SnapshotNews {
  readonly made: (snapshot: StateSnapshot, bytes: number) => void
  readonly failed: (reason: string) => void
}

/** Older ones are of use where the newest is damaged, or an erasure took it. */
const KEPT = 3
/** More than were kept since the last time that somebody looked. */
const LOOKED_AT = 50

/** As a book's: decides on what the transaction sees, and answers with the indexes of what was written. */
export type Append = (
  decide: (tx: StoreWrites) => Promise<readonly Draft[]>,
) => Promise<{ readonly indexes: readonly number[] }>

/** A snapshot was begun and is of no use: the book is being rewritten, or this process ends. */
class Abandoned extends Error {}

/**
 * Keeps the state whenever the log has grown by so many entries, while others write: the book is read as of one
 * moment, some rows at a time, and only the entry that names what was kept is a writer's business.
 */
export class StateSnapshots {
  readonly #env: Environment
  readonly #append: Append
  readonly #news: SnapshotNews
  #making: Promise<void> | null = null
  #abandoning = new AbortController()
  #isDue = false
  #suspended = 0

  constructor(env: Environment, append: Append, news: SnapshotNews) {
    this.#env = env
    this.#append = append
    this.#news = news
  }

  /** Told after each commit that wrote something. */
  committed(entries: readonly Entry[], { size }: LogHead): void {
    const { every } = this.#env.snapshots
    // The snapshots' own entries bring none: with a small interval they would never end.
    if (entries.every(({ type }) => type === 'snapshot')) return
    if (Math.floor((size - entries.length) / every) < Math.floor(size / every)) this.#isDue = true
    this.#begin()
  }

  /** Makes the one that is missing: a process ended before it had made it, or an erasure took it. */
  async resume(): Promise<void> {
    const { store, vault, snapshots } = this.#env
    const size = (await store.read.head())?.size ?? 0
    if (size < snapshots.every) return
    const newest = (await snapshotsIn(store.read)).find(({ key }) => vault.key(key) !== null)
    if (Math.floor((newest?.size ?? 0) / snapshots.every) === Math.floor(size / snapshots.every)) return
    this.#isDue = true
    this.#begin()
  }

  /** Makes one now: those that there are cannot be used. */
  renew(): void {
    this.#isDue = true
    this.#begin()
  }

  /** While `work` rewrites the book, nobody reads it as of a moment before; what was begun is abandoned. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    this.#suspended++
    try {
      this.#abandoning.abort()
      await this.#making
      return await work()
    } finally {
      this.#suspended--
      this.#begin()
    }
  }

  /** Waits for what was begun, for so long, and then abandons it. Nothing is begun after that. */
  async end(milliseconds: number): Promise<void> {
    this.#suspended++
    const timer = setTimeout(() => this.#abandoning.abort(), milliseconds)
    await this.#making
    clearTimeout(timer)
  }

  /** Waits for what was begun. */
  async settle(): Promise<void> {
    while (this.#making !== null) await this.#making
  }

  #begin(): void {
    if (!this.#isDue || this.#making !== null || this.#suspended > 0) return
    this.#isDue = false
    this.#abandoning = new AbortController()
    this.#making = this.#make(this.#abandoning.signal).then(
      () => this.#ended(),
      (error: unknown) => {
        if (error instanceof Abandoned) this.#isDue = true
        else this.#news.failed(error instanceof Error ? error.message : String(error))
        this.#ended()
      },
    )
  }

  #ended(): void {
    this.#making = null
  }

  async #make(signal: AbortSignal): Promise<void> {
    const { store, vault, snapshots, random, now } = this.#env
    const sound = await soundSize(this.#env)
    const id = draftId(random)
    const subject = `state:${id}`
    const key = (await vault.keysFor([subject])).get(subject)
    if (key === undefined) throw new Error('the vault left a subject out')
    const kept: { name: string | null } = { name: null }
    try {
      const { size, digest, bytes } = await store.frozen(async (read) => {
        const size = (await read.head())?.size ?? 0
        const hmac = stateDigest(key.key)
        const name = snapshotName({ size, key: key.id })
        const bytes = await snapshots.files.write(name, key.key, taken(read.state(), signal, hmac))
        kept.name = name
        return { size, digest: hmac.digest('hex'), bytes }
      })
      const body = snapshotBody({ size, digest, key: key.id })
      const draft: Draft = { id, type: 'snapshot', at: now(), body, personal: [] }
      const { indexes } = await this.#append(async (tx) => {
        // What was erased since the look is in the file still; and another server may have been faster.
        const [erasure] = await tx.entries({ from: sound, limit: 1, types: ['erasure'] })
        const [newer] = await tx.entries({ from: size, limit: 1, types: ['snapshot'] })
        return erasure === undefined && newer === undefined ? [draft] : []
      })
      const [index] = indexes
      if (index === undefined) throw new Abandoned()
      await pruneSnapshots(this.#env)
      this.#news.made({ index, size, digest, key: key.id }, bytes)
    } catch (error) {
      // Where nobody knows whether the entry stands, its file stays.
      if (!(error instanceof Fatal) && (await store.read.entryById(id)) === null) {
        if (kept.name !== null) await snapshots.files.remove(kept.name)
        await vault.destroy([key.id])
      }
      throw error
    }
  }
}

/** Snapshots that the log names, the newest first. */
export async function snapshotsIn(
  read: Pick<StoreReads, 'head' | 'entries'>,
): Promise<readonly StateSnapshot[]> {
  const size = (await read.head())?.size ?? 0
  const stored = await read.entries({ from: size, limit: LOOKED_AT, descending: true, types: ['snapshot'] })
  return stored.flatMap(({ index, leaf }) => readSnapshot(openLeaf(index, leaf, [])) ?? [])
}

/** Removes files that nobody will read again, and destroys the keys of all but the newest snapshots. */
export async function pruneSnapshots({ store, vault, snapshots }: SnapshotsEnvironment): Promise<void> {
  const readable = (await snapshotsIn(store.read)).filter(({ key }) => vault.key(key) !== null)
  await vault.destroy(readable.slice(KEPT).map(({ key }) => key))
  const kept = new Set(readable.slice(0, KEPT).map(snapshotName))
  for (const name of await snapshots.files.list()) if (!kept.has(name)) await snapshots.files.remove(name)
}

export type SnapshotsEnvironment = Pick<Environment, 'store' | 'vault' | 'snapshots'>

/**
 * The size of a log of which every erasure so far is complete: the key of an erased value is destroyed when the
 * projection is without it. Throws `Abandoned` where one is not.
 */
async function soundSize({ store, vault }: Environment): Promise<number> {
  const size = (await store.read.head())?.size ?? 0
  const keys = await erasedKeys(store.read)
  if (keys.some((key) => vault.key(key) !== null)) throw new Abandoned()
  return size
}

/**
 * The text as it passes into its digest, in turns: a few milliseconds, or some more where others took their time. With
 * less, a long import would keep the moment open, and with it all that was written since, for as long as it takes itself.
 */
async function* taken(
  text: AsyncIterable<string>,
  signal: AbortSignal,
  digest: ReturnType<typeof stateDigest>,
): AsyncGenerator<string> {
  let gathered = ''
  let until = performance.now() + TURN_MS
  for await (const piece of text) {
    if (signal.aborted) throw new Abandoned()
    digest.update(piece)
    gathered += piece
    const paused = performance.now()
    if (paused < until && gathered.length < MOST_GATHERED) continue
    yield gathered
    gathered = ''
    await new Promise((resolve) => setImmediate(resolve))
    const now = performance.now()
    until = now + Math.min(Math.max(TURN_MS, (now - paused) / 3), LONGEST_TURN_MS)
  }
  if (gathered !== '') yield gathered
}

const TURN_MS = 5
const LONGEST_TURN_MS = 20
/** Characters. */
const MOST_GATHERED = 8_000_000
