import { hash } from 'node:crypto'

import type { AnchorState, StoredTimestamp } from '../ledger/anchor-rows.ts'
import type { SignedHead } from '../ledger/checkpoint.ts'
import { idFrom } from '../ledger/log.ts'
import { pemOf } from '../lib/certificate.ts'
import { DerError } from '../lib/der.ts'
import { checkTimestamp, TimestampInvalid } from '../lib/timestamp-check.ts'
import { timestampQuery } from '../lib/timestamp-query.ts'
import { TimestampRefused } from '../lib/timestamp-token.ts'
import type { Draft, EntryType } from '../model/entry.ts'
import { AnchorStates } from './anchor-states.ts'
import type { Environment, TimestampAuthority } from './environment.ts'
import { Retries } from './retries.ts'

export interface StampingNews {
  /** Once for each change of an authority's state. */
  readonly changed: (authority: string, state: AnchorState) => void
  /** Writes the entry unless one of its id stands; its index. */
  readonly append: (draft: Draft) => Promise<number>
}

const PATIENCE_MS = 20_000
/** More entries than so many since the last stamp cannot all be anchors of it. */
const LOOKED_AT = 100

/** Has checkpoints time-stamped by each authority (RFC 3161), and each token anchored in the log. */
export class Stamping {
  readonly #env: Environment
  readonly #news: StampingNews
  readonly #states: AnchorStates
  readonly #retries: readonly Retries<SignedHead>[]
  #newest: SignedHead | null = null
  #isUrgent = false
  #planning: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(env: Environment, news: StampingNews) {
    this.#env = env
    this.#news = news
    this.#states = new AnchorStates(env, 'authority', news.changed)
    const { authorities } = env.outside.timestamps
    this.#retries = authorities.map(
      (authority) => new Retries((head: SignedHead) => this.#stamp(authority, head)),
    )
  }

  /** What was committed, before its checkpoint: some entries are worth a stamp at once. */
  committed(types: readonly EntryType[]): void {
    const { atOnce } = this.#env.outside.timestamps
    if (types.some((type) => atOnce.includes(type))) this.#isUrgent = true
  }

  /** Does not wait and does not throw: what nobody stamps stands nevertheless. */
  announce(head: SignedHead): void {
    if (this.#retries.length === 0) return
    this.#newest = head
    if (this.#isUrgent) this.#due()
    else if (this.#timer === null) this.#planning ??= this.#plan().finally(() => (this.#planning = null))
  }

  /** A process that ended between the two left tokens whose digest is not in the log. */
  async resume(): Promise<void> {
    for (const timestamp of await this.#env.store.read.unanchored()) await this.#anchor(timestamp)
  }

  /** Until what is due was tried once, at most so long. */
  async settle(milliseconds: number): Promise<void> {
    await this.#planning
    await Promise.all(this.#retries.map((retries) => retries.settle(milliseconds)))
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const retries of this.#retries) retries.stop()
  }

  #due(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#isUrgent = false
    if (this.#newest !== null) for (const retries of this.#retries) retries.due(this.#newest)
  }

  /** One stamp each interval, whoever of several servers had the last one made. */
  async #plan(): Promise<void> {
    const { authorities, everyMs } = this.#env.outside.timestamps
    const last = await Promise.all(authorities.map(({ name }) => this.#env.store.read.lastTimestamp(name)))
    const oldest = Math.min(...last.map((one) => (one === null ? 0 : Date.parse(one.at))))
    const wait = oldest + everyMs - Date.parse(this.#env.now())
    if (wait <= 0) return this.#due()
    // A clock that was set back would make it wait for as long.
    this.#timer = setTimeout(() => this.#due(), Math.min(wait, everyMs))
    this.#timer.unref()
  }

  /** True where there is nothing left to do for this head. */
  async #stamp(authority: TimestampAuthority, head: SignedHead): Promise<boolean> {
    if (!(await this.#isNews(authority.name, head.size))) return true
    const [stored] = await this.#env.store.read.checkpoints({ from: head.size, limit: 1 })
    // With the cosignatures that came until now: the stamp then covers them too.
    const note = stored?.size === head.size ? stored.note : head.note
    const stamped = await this.#ask(authority, head.size, note)
    if ('state' in stamped) {
      await this.#states.tell(authority.name, stamped.state, stamped.detail)
      return false
    }
    await this.#env.store.transact((tx) => tx.saveTimestamp(stamped))
    await this.#anchor(stamped)
    await this.#states.tell(authority.name, 'ok', null)
    return true
  }

  /** Anchors follow stamps, so they alone are no reason for the next. */
  async #isNews(authority: string, size: number): Promise<boolean> {
    const last = await this.#env.store.read.lastTimestamp(authority)
    if (last === null) return true
    if (last.size >= size) return false
    const since = await this.#env.store.read.entries({ from: last.size, limit: LOOKED_AT })
    return since.length === LOOKED_AT || since.some(({ index, type }) => index < size && type !== 'anchor')
  }

  async #ask(
    authority: TimestampAuthority,
    size: number,
    note: string,
  ): Promise<StoredTimestamp | { readonly state: string; readonly detail: string }> {
    const data = Buffer.from(note)
    const nonce = BigInt(`0x${Buffer.from(this.#env.random(8)).toString('hex')}`)
    const answer = await this.#env.outside.web({
      method: 'POST',
      url: authority.url,
      body: timestampQuery(hash('sha256', data, 'buffer'), nonce),
      type: 'application/timestamp-query',
      patience: PATIENCE_MS,
    })
    if (answer === null) return { state: 'silent', detail: 'it does not answer' }
    if (answer.status !== 200) return { state: 'refuses', detail: `it answered ${answer.status}` }
    try {
      const { time, chain } = checkTimestamp({ response: answer.body, data, nonce, roots: authority.roots })
      const token = answer.body
      return {
        size,
        authority: authority.name,
        at: time,
        note,
        token,
        chain: chain.map(pemOf).join(''),
        anchored: null,
      }
    } catch (error) {
      return wordsFor(error)
    }
  }

  /** In the log, so that a later stamp covers this one when its own key has grown old. */
  async #anchor({ authority, size, at, token }: StoredTimestamp): Promise<void> {
    const digest = hash('sha256', token, 'hex')
    const body = { authority, gen_time: at, size, token_sha256: digest }
    const id = idFrom(`anchor ${authority} ${size} ${digest}`, 0)
    const index = await this.#news.append({ id, type: 'anchor', at: this.#env.now(), body, personal: [] })
    await this.#env.store.transact((tx) => tx.markAnchored({ authority, size }, index))
  }
}

function wordsFor(error: unknown): { readonly state: string; readonly detail: string } {
  if (error instanceof TimestampRefused) return { state: 'refuses', detail: error.message }
  if (error instanceof TimestampInvalid) return { state: 'invalid', detail: error.message }
  if (error instanceof DerError) return { state: 'nonsense', detail: `not a timestamp: ${error.message}` }
  throw error
}
