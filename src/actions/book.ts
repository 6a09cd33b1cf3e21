import type { AnchorKind, AnchorState } from '../ledger/anchor-rows.ts'
import { signedByLog } from '../ledger/checkpoint.ts'
import { logKeysAt } from '../ledger/key-registry.ts'
import { openLeaf, sealDraft, type SealedLeaf, sealStatement } from '../ledger/leaf.ts'
import { appendToHead, genesisDraft, newLog, newOrigin, sameWish } from '../ledger/log.ts'
import { HeadMoved, type LogHead, type StoredEntry } from '../ledger/store.ts'
import { sameBytes } from '../lib/merkle.ts'
import type { Draft, Entry, Sealed } from '../model/entry.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import type { Environment, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import { Keys, logKeyTexts, settleKeys, textOf } from './keys.ts'
import { completeErasure } from './replay-erasures.ts'
import { refuseOlderThanHandedOut, refuseOlderThanPin } from './rollback-guard.ts'
import { Signing } from './signing.ts'
import { StateSnapshots, type SnapshotNews } from './state-snapshots.ts'
import { Tiles } from './tiles.ts'
import { Vouching } from './vouching.ts'
import { FORK_HINT } from './witnessing.ts'

/** Decides, on the state that its transaction sees, what to write. Reads only; throws `Refusal` to write nothing. */
export type Decide = (tx: StoreWrites) => Promise<readonly (Draft | SignedDraft)[]>

/** An entry that others signed already, with the values that it commits to. */
export interface SignedDraft {
  readonly id: string
  readonly leaf: Uint8Array
  readonly sealed: readonly Sealed[]
}

export interface AppendOptions {
  /** The drafts' ids come from the asker, so an entry of the same id may stand already. */
  readonly idempotent?: boolean
  /** What is decided depends on the index that the first draft will have: the size of the head that is seen. */
  readonly alone?: boolean
}

/** What was written, in the order of the drafts; `repeated` where an entry of the same id and content stood already. */
export interface Written {
  readonly indexes: readonly number[]
  readonly repeated: boolean
}

/** What happens in the background, for whoever keeps a log of it. */
export interface BookNews {
  readonly anchor: (kind: AnchorKind, name: string, state: AnchorState) => void
  readonly snapshot: SnapshotNews
}

const QUIET: BookNews = {
  anchor: () => undefined,
  snapshot: { made: () => undefined, failed: () => undefined },
}

/** Told after each commit, in order. */
export type Listener = (entries: readonly Entry[], head: LogHead) => void

/** A batch closes when the commit before it returns, or at so many wishes. */
const BATCH = 512
/** How long a book that closes waits for a snapshot of its state, and then for its witnesses. */
const FAREWELL_MS = 3_000
const MAX_ATTEMPTS = 20

interface Wish {
  readonly decide: Decide
  readonly idempotent: boolean
  readonly alone: boolean
  readonly resolve: (written: Written) => void
  readonly reject: (reason: unknown) => void
}

/** The one writer of a book in this process: entries and projection in one transaction, checkpoint after it. */
export class Book {
  readonly keys = new Keys()
  readonly snapshots: StateSnapshots
  readonly #env: Environment
  readonly #origin: string
  readonly #listeners = new Set<Listener>()
  readonly #signing: Signing
  readonly #vouching: Vouching
  #queue: Wish[] = []
  #draining: Promise<void> = Promise.resolve()
  #isDraining = false
  /** The head that this process committed last, or saw first. */
  #known: LogHead | null = null
  /** What was handed out was compared before the first signature of this process. */
  #guard: Promise<void> | null = null
  /** Why nothing is accepted any more: no checkpoint could be signed, or the durable state is not known. */
  #broken: unknown = null

  /** Name and version of the program that writes: `portreeve/0.1.0`. */
  readonly software: string

  /** `origin` names the log while it has no entry yet. */
  constructor(env: Environment, origin: string, software: string, news: BookNews = QUIET) {
    this.#env = env
    this.#origin = origin
    this.software = software
    const tiles = new Tiles(env.store.read, env.tiles)
    const broken = (error: unknown) => {
      this.#broken = error
      this.#signing.halt(error)
    }
    const append = async (draft: Draft) => {
      const { indexes } = await this.append(async () => [draft], { idempotent: true })
      return indexes[0] as number
    }
    this.snapshots = new StateSnapshots(env, (decide) => this.append(decide), news.snapshot)
    this.#vouching = new Vouching(env, tiles, { anchor: news.anchor, forked: broken, append })
    this.#signing = new Signing(env, tiles, this.keys, {
      signed: (head) => this.#vouching.announce(head),
      broken,
    })
  }

  append(decide: Decide, { idempotent = false, alone = false }: AppendOptions = {}): Promise<Written> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const written = new Promise<Written>((resolve, reject) => {
      this.#queue.push({ decide, idempotent, alone, resolve, reject })
    })
    if (!this.#isDraining) this.#draining = this.#drain()
    return written
  }

  /** Signs a head that was committed before this process began and that nobody signed: its process ended in between. */
  async signLater(head: LogHead): Promise<void> {
    const isNewest = await this.guard().then(
      () => true,
      // Questions are still answered; whoever wants to write is told.
      () => false,
    )
    if (isNewest) this.#signing.due(head)
  }

  onCommit(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Signs the newest head now: whoever hands proofs out wants a checkpoint that covers all that is committed. */
  async checkpoint(): Promise<void> {
    await this.#draining
    await this.#dueAfterCrash()
    await this.#signing.now()
  }

  /** A process that ended between a commit and its checkpoint left a head that nobody signed. */
  async #dueAfterCrash(): Promise<void> {
    const { read } = this.#env.store
    const head = await read.head()
    if (head === null || this.#known !== null) return
    const [stored] = await read.checkpoints({ from: head.size, limit: 1 })
    if (stored !== undefined) return
    await this.guard()
    this.#signing.due(head)
  }

  /** Compares the database with what was handed out, once; throws `Refusal('ledger-fork')` where it is older. */
  guard(): Promise<void> {
    return (this.#guard ??= refuseOlderThanHandedOut(this.#env))
  }

  /** Has the checkpoint that stands vouched for by whoever has not done it yet. */
  async announceStanding(): Promise<void> {
    const note = await this.#env.store.read.checkpoint()
    if (note !== null) {
      const head = await this.#env.store.read.head()
      const registry = await this.keys.at(this.#env.store.read, head?.size ?? 0)
      this.#vouching.announce(signedByLog(note, logKeyTexts(registry)))
    }
    await this.#vouching.resume()
  }

  /** Waits for what was begun, signs the last head, and gives who vouches for it a moment. */
  async close(): Promise<void> {
    await this.#draining
    await this.snapshots.end(FAREWELL_MS)
    await this.#draining
    await this.#signing.now()
    await this.#vouching.settle(FAREWELL_MS)
    this.#vouching.stop()
    // The anchor of a stamp that came just now.
    await this.#draining
    await this.#signing.now()
  }

  /** Nothing is awaited between the look at an empty queue and the end, so no wish can be left behind. */
  async #drain(): Promise<void> {
    this.#isDraining = true
    while (this.#queue.length > 0) {
      await untilAllAsked()
      const wishes = this.#takeBatch()
      try {
        await this.guard()
        if (this.#broken !== null) throw this.#broken
        const batch = await this.#transact(wishes)
        // The commit is the moment from which nothing may be lost; only now is anybody told.
        this.#known = batch.head
        this.#vouching.committed(batch.entries.map(({ type }) => type))
        this.#signing.due(batch.head)
        for (const [wish, outcome] of batch.outcomes) {
          if (outcome instanceof Refusal) wish.reject(outcome)
          else wish.resolve(outcome)
        }
        if (batch.entries.length === 0) continue
        this.snapshots.committed(batch.entries, batch.head)
        for (const listener of this.#listeners) listener(batch.entries, batch.head)
      } catch (error) {
        for (const wish of wishes) wish.reject(error)
        if (error instanceof Fatal || isFork(error)) this.#broken = error
      }
    }
    this.#isDraining = false
  }

  /** At most one wish with ids of its asker's: a repeated one must find the first one's entries in the store. */
  #takeBatch(): readonly Wish[] {
    const first = this.#queue.findIndex((wish) => wish.idempotent)
    const second = first === -1 ? -1 : this.#queue.findIndex((wish, n) => n > first && wish.idempotent)
    const alone = this.#queue.findIndex((wish) => wish.alone)
    const ends = [second, alone === 0 ? 1 : alone].filter((end) => end !== -1)
    return this.#queue.splice(0, Math.min(BATCH, ...ends))
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
    const old = (await tx.lockHead()) ?? newLog(this.#origin)
    await this.#refuseRolledBack(tx, old)
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

  /**
   * A database that went back under a running server, such as a standby that was promoted before it had everything,
   * would soon be longer again than the pin. The checkpoint that was signed last was stored after its entries, so
   * where it is, they are.
   */
  async #refuseRolledBack(tx: StoreWrites, old: LogHead): Promise<void> {
    const known = this.#known
    if (known === null || (old.size === known.size && sameBytes(old.root, known.root))) return
    const { last } = this.#signing
    const [stored] = last === null ? [] : await tx.checkpoints({ from: last.size, limit: 1 })
    const isThere = last === null || stored?.note.startsWith(last.note) === true
    if (old.size > known.size && isThere) return
    throw new Refusal(
      'ledger-fork',
      `the database lost entries while the book was open: it holds ${old.size}, and ${known.size} were committed`,
      { hint: FORK_HINT },
    )
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
      const context = { origin: head.origin, random: this.#env.random }
      sealed = decided.drafts.map((draft) =>
        'leaf' in draft ? sealStatement(draft.leaf, draft.sealed) : sealDraft(draft, context),
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
}

/**
 * Whom the last commit woke asks again within this turn of the event loop, and so does whoever else has a request
 * waiting in it. Without it the first of them would be a batch of his own, and each batch costs a flush of the disk.
 */
function untilAllAsked(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
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
): Promise<{ drafts: readonly (Draft | SignedDraft)[] } | Written | Refusal> {
  try {
    const drafts = await wish.decide(tx)
    const standing = wish.idempotent ? await findStanding(tx, drafts) : null
    return standing ?? { drafts }
  } catch (error) {
    return asRefusal(error)
  }
}

function isFork(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'ledger-fork'
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

/** The entries that an earlier, identical request wrote; null if it is new. */
async function findStanding(
  tx: StoreWrites,
  drafts: readonly (Draft | SignedDraft)[],
): Promise<Written | null> {
  const indexes: number[] = []
  for (const draft of drafts) {
    const stored = await tx.entryById(draft.id)
    if (stored === null) continue
    const isSame =
      'leaf' in draft
        ? sameBytes(stored.leaf, draft.leaf)
        : sameWish(stored, await tx.sealed(stored.index), draft)
    if (!isSame) {
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
export async function openBook(env: Environment, software: string, news: BookNews = QUIET): Promise<Book> {
  const head = await env.store.read.head()
  await refuseOlderThanPin(env, head)
  await refuseOtherKey(env)
  const origin = head?.origin ?? newOrigin(env.random)
  const book = new Book(env, origin, software, news)
  if (head !== null && (await env.store.read.checkpoints({ from: head.size, limit: 1 })).length === 0)
    await book.signLater(head)
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
  await completeErasure(env)
  return book
}

/** A book is signed by the keys that it names; another data folder's key would make checkpoints nobody can check. */
async function refuseOtherKey(env: Environment): Promise<void> {
  const head = await env.store.read.head()
  if (head === null) return
  const registry = await new Keys().at(env.store.read, head.size)
  await settleKeys(env.key, registry)
  const own = await textOf(head.origin, env.key)
  if (logKeysAt(registry, head.size).some(({ key }) => key.text === own)) return
  throw new Refusal('ledger-key', 'the log key of this data folder is not one that signs the book', {
    hint: 'give the book its own key: --key FILE',
  })
}
