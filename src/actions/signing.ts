import { signCheckpoint, type SignedHead } from '../ledger/checkpoint.ts'
import type { LogHead } from '../ledger/store.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import type { Environment } from './environment.ts'
import { type Keys, logKeyTexts, signersOf } from './keys.ts'
import { publishTiles, type Tiles } from './tiles.ts'

/** Checkpoints follow their entries within this time; a burst shares one. */
const CHECKPOINT_DELAY_MS = 100

export interface SigningNews {
  readonly signed: (head: SignedHead) => void
  /** Nothing can be signed any more, and so nothing may be accepted. */
  readonly broken: (error: unknown) => void
}

/** Signs the newest committed head, a moment after it was committed. */
export class Signing {
  readonly #env: Environment
  readonly #tiles: Tiles
  readonly #keys: Keys
  readonly #news: SigningNews
  #unsigned: LogHead | null = null
  #signing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #last: SignedHead | null = null
  #halted: unknown = null

  constructor(env: Environment, tiles: Tiles, keys: Keys, news: SigningNews) {
    this.#env = env
    this.#tiles = tiles
    this.#keys = keys
    this.#news = news
  }

  /** The head that this process signed last. */
  get last(): SignedHead | null {
    return this.#last
  }

  /** Nothing is signed from here on. */
  halt(error: unknown): void {
    this.#halted = error
  }

  due(head: LogHead): void {
    this.#unsigned = head
    this.#schedule()
  }

  /** Signs what is due at once. */
  async now(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#sign()
  }

  #schedule(): void {
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
      this.#news.broken(error)
    else this.#schedule()
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
    if (this.#halted !== null) throw this.#halted
    // Whoever learns of a checkpoint finds the tiles under it.
    await publishTiles(this.#tiles, this.#env.tiles, head.size)
    // The pin refuses a head older than one that was signed, so it comes before the signature.
    await this.#env.key.pin(head)
    const registry = await this.#keys.at(this.#env.store.read, head.size)
    const signers = await signersOf(this.#env.key, registry, head.size)
    const note = await signCheckpoint(head, signers)
    await this.#env.store.transact((tx) => tx.saveCheckpoint(head.size, note))
    if (this.#unsigned === head) this.#unsigned = null
    const { origin, size, root } = head
    this.#last = { origin, size, root, note, keys: logKeyTexts(registry) }
    this.#news.signed(this.#last)
  }
}
