import { signCheckpoint } from '../ledger/checkpoint.ts'
import { openLeaf, sealDraft, type SealedLeaf } from '../ledger/leaf.ts'
import { appendToHead, genesisDraft, newLog, newOrigin, sameWish } from '../ledger/log.ts'
import { readRecord } from '../ledger/record.ts'
import { HeadMoved, type LogHead, type StoredEntry } from '../ledger/store.ts'
import { sameBytes } from '../lib/merkle.ts'
import { noteKeyText } from '../lib/signed-note.ts'
import type { Draft, Entry, Sealed } from '../model/entry.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import { publishTiles, Tiles } from './tiles.ts'

/** Decides, on the state that its transaction sees, what to write. Reads only; throws `Refusal` to write nothing. */
export type Decide = (tx: StoreWrites) => Promise<readonly Draft[]>

/** What was written, in the order of the drafts; `repeated` where an entry of the same id and content stood already. */
export interface Written {
  readonly indexes: readonly number[]
  readonly repeated: boolean
}

/** Told after each commit, in order. */
export type Listener = (entries: readonly Entry[], head: LogHead) => void

/** A batch closes when the commit before it returns, or at so many wishes. */
const BATCH = 512
/** Checkpoints follow their entries within this time; a burst shares one. */
const CHECKPOINT_DELAY_MS = 100
const MAX_ATTEMPTS = 20
/** Leaf hashes read at a time. */
const STRIDE = 50_000

interface Wish {
  readonly decide: Decide
  readonly idempotent: boolean
  readonly resolve: (written: Written) => void
  readonly reject: (reason: unknown) => void
}

/** The one writer of a book in this process: entries and projection in one transaction, checkpoint after it. */
export class Book {
  readonly #env: Environment
  readonly #origin: string
  readonly #listeners = new Set<Listener>()
  readonly #tiles: Tiles
  #queue: Wish[] = []
  #draining: Promise<void> = Promise.resolve()
  #isDraining = false
  #unsigned: LogHead | null = null
  #signing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  /** Why nothing is accepted any more: no checkpoint could be signed, or the durable state is not known. */
  #broken: unknown = null

  /** Name and version of the program that writes: `portreeve/0.1.0`. */
  readonly software: string

  /** `origin` names the log while it has no entry yet. */
  constructor(env: Environment, origin: string, software: string) {
    this.#env = env
    this.#origin = origin
    this.software = software
    this.#tiles = new Tiles(env.store.read, env.tiles)
  }

  /** `idempotent`: the drafts' ids come from the asker, so an entry of the same id may stand already. */
  append(decide: Decide, options: { idempotent?: boolean } = {}): Promise<Written> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const written = new Promise<Written>((resolve, reject) => {
      this.#queue.push({ decide, idempotent: options.idempotent ?? false, resolve, reject })
    })
    if (!this.#isDraining) this.#draining = this.#drain()
    return written
  }

  onCommit(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Signs the newest head now: whoever hands proofs out wants a checkpoint that covers all that is committed. */
  async checkpoint(): Promise<void> {
    await this.#draining
    await this.#sign()
  }

  /** Waits for what was begun and signs the last head. */
  async close(): Promise<void> {
    await this.#draining
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#sign()
  }

  /** Nothing is awaited between the look at an empty queue and the end, so no wish can be left behind. */
  async #drain(): Promise<void> {
    this.#isDraining = true
    while (this.#queue.length > 0) {
      const wishes = this.#takeBatch()
      try {
        const batch = await this.#transact(wishes)
        // The commit is the moment from which nothing may be lost; only now is anybody told.
        this.#unsigned = batch.head
        this.#scheduleCheckpoint()
        for (const [wish, outcome] of batch.outcomes) {
          if (outcome instanceof Refusal) wish.reject(outcome)
          else wish.resolve(outcome)
        }
        if (batch.entries.length > 0)
          for (const listener of this.#listeners) listener(batch.entries, batch.head)
      } catch (error) {
        for (const wish of wishes) wish.reject(error)
        if (error instanceof Fatal) this.#broken = error
      }
    }
    this.#isDraining = false
  }

  /** At most one wish with ids of its asker's: a repeated one must find the first one's entries in the store. */
  #takeBatch(): readonly Wish[] {
    const first = this.#queue.findIndex((wish) => wish.idempotent)
    const second = first === -1 ? -1 : this.#queue.findIndex((wish, n) => n > first && wish.idempotent)
    return this.#queue.splice(0, second === -1 ? BATCH : Math.min(BATCH, second))
  }

  /** Another server process of the same database may append between our reading of the head and our commit. */
  async #transact(wishes: readonly Wish[]): Promise<Batch> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#env.store.transact((tx) => this.#write(tx, wishes))
      } catch (error) {
        if (!(error instanceof HeadMoved) || attempt === MAX_ATTEMPTS) throw error
      }
    }
  }

  async #write(tx: StoreWrites, wishes: readonly Wish[]): Promise<Batch> {
    const old = (await tx.head()) ?? newLog(this.#origin)
    const batch: MutableBatch = { entries: [], stored: [], sealed: new Map(), outcomes: new Map(), head: old }
    for (const wish of wishes) batch.outcomes.set(wish, await this.#writeOne(tx, wish, old, batch))
    if (batch.stored.length === 0) return batch
    batch.head = appendToHead(
      old,
      batch.stored.map((entry) => entry.leafHash),
    )
    await tx.append(batch.stored, batch.sealed, old.size === 0 ? null : old, batch.head)
    return batch
  }

  async #writeOne(
    tx: StoreWrites,
    wish: Wish,
    head: LogHead,
    batch: MutableBatch,
  ): Promise<Written | Refusal> {
    const decided = await decideOne(tx, wish)
    if (decided instanceof Refusal || 'indexes' in decided) return decided
    let sealed: SealedLeaf[]
    try {
      sealed = decided.drafts.map((draft) =>
        sealDraft(draft, { origin: head.origin, random: this.#env.random }),
      )
    } catch (error) {
      return asRefusal(error)
    }
    // Nothing was written before this line, so a refusal above leaves the transaction as it was.
    const first = head.size + batch.stored.length
    const entries = sealed.map((leaf, n) => openLeaf(first + n, leaf.leaf, leaf.sealed))
    await fold(tx, entries)
    for (const [n, { sealed: values, ...leaf }] of sealed.entries()) {
      batch.stored.push({ index: first + n, ...leaf })
      if (values.length > 0) batch.sealed.set(first + n, values)
    }
    batch.entries.push(...entries)
    return { indexes: entries.map((entry) => entry.index), repeated: false }
  }

  #scheduleCheckpoint(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#sign().catch((error: unknown) => this.#unsignedYet(error))
    }, CHECKPOINT_DELAY_MS)
    this.#timer.unref()
  }

  /** What passes (a database that is away for a moment) is tried again; what leaves the state unknown ends the book. */
  #unsignedYet(error: unknown): void {
    if (error instanceof Fatal || (error instanceof Refusal && error.code === 'ledger-fork'))
      this.#broken = error
    else this.#scheduleCheckpoint()
  }

  #sign(): Promise<void> {
    this.#signing = this.#signAfter(this.#signing)
    return this.#signing
  }

  /** Commit before signing: only a head that is durable in the store is ever signed, and pinned before it is shown. */
  async #signAfter(before: Promise<void>): Promise<void> {
    // Whoever asked for the one before was told of its failure.
    await before.catch(() => undefined)
    const head = this.#unsigned
    if (head === null || head.size === 0) return
    // Whoever learns of a checkpoint finds the tiles under it.
    await publishTiles(this.#tiles, this.#env.tiles, head.size)
    // The pin refuses a head older than one that was signed, so it comes before the signature.
    await this.#env.key.pin(head)
    const note = await signCheckpoint(head, this.#env.key)
    await this.#env.store.transact((tx) => tx.saveCheckpoint(head.size, note))
    if (this.#unsigned === head) this.#unsigned = null
  }
}

interface Batch {
  readonly entries: readonly Entry[]
  readonly outcomes: ReadonlyMap<Wish, Written | Refusal>
  readonly head: LogHead
}

interface MutableBatch {
  readonly entries: Entry[]
  readonly stored: StoredEntry[]
  readonly sealed: Map<number, readonly Sealed[]>
  readonly outcomes: Map<Wish, Written | Refusal>
  head: LogHead
}

async function decideOne(
  tx: StoreWrites,
  wish: Wish,
): Promise<{ drafts: readonly Draft[] } | Written | Refusal> {
  try {
    const drafts = await wish.decide(tx)
    const standing = wish.idempotent ? await findStanding(tx, drafts) : null
    return standing ?? { drafts }
  } catch (error) {
    return asRefusal(error)
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

/** The entries that an earlier, identical request wrote; null if it is new. */
async function findStanding(tx: StoreWrites, drafts: readonly Draft[]): Promise<Written | null> {
  const indexes: number[] = []
  for (const draft of drafts) {
    const stored = await tx.entryById(draft.id)
    if (stored === null) continue
    if (!sameWish(stored, await tx.sealed(stored.index), draft)) {
      throw new Refusal(
        'idempotency-conflict',
        `entry ${stored.index} bears the same idempotency key and says something else`,
        {
          hint: 'use a new key for a new request',
        },
      )
    }
    indexes.push(stored.index)
  }
  return drafts.length > 0 && indexes.length === drafts.length ? { indexes, repeated: true } : null
}

/** Opens the book: makes its genesis where there is none, and refuses to go on from a head older than the pinned one. */
export async function openBook(env: Environment, software: string): Promise<Book> {
  const head = await env.store.read.head()
  await refuseFork(env, head)
  await refuseOtherKey(env)
  const origin = head?.origin ?? newOrigin(env.random)
  const book = new Book(env, origin, software)
  if (head === null) {
    const draft = genesisDraft({
      origin,
      key: await env.key.publicKey(),
      at: env.now(),
      random: env.random,
      software,
    })
    await book.append(async (tx) => ((await tx.head()) === null ? [draft] : []))
    // Another server may have begun the same book at the same moment, with another key.
    await refuseOtherKey(env)
  }
  return book
}

/** A book is signed by the key that its genesis names; another data folder's key would make checkpoints nobody can check. */
async function refuseOtherKey(env: Environment): Promise<void> {
  const genesis = await env.store.read.entry(0)
  if (genesis === null) return
  const { body } = openLeaf(0, genesis.leaf, await env.store.read.sealed(0))
  if (body['log_key'] === noteKeyText(readRecord(genesis.leaf).log, await env.key.publicKey())) return
  throw new Refusal('ledger-key', 'the log key of this data folder is not the one that the book began with', {
    hint: 'give the book its own key: --key FILE',
  })
}

/** The root when the log had so many entries. Longer than the pin after a crash, or where another server signs too. */
async function rootAt(env: Environment, head: LogHead | null, size: number): Promise<Uint8Array> {
  if (head === null || head.size === size) return head?.root ?? new Uint8Array()
  let tree = newLog(head.origin)
  for (let from = 0; from < size; from += STRIDE)
    tree = appendToHead(tree, await env.store.read.leafHashes(from, Math.min(from + STRIDE, size)))
  return tree.root
}

async function refuseFork(env: Environment, head: LogHead | null): Promise<void> {
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
      hint: 'put the newest database back, or open this one with the data folder that belongs to it; signing on would fork the ledger',
    },
  )
}
