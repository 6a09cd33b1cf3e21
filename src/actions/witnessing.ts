import type { AnchorState } from '../ledger/anchor-rows.ts'
import type { SignedHead } from '../ledger/checkpoint.ts'
import { cosignerKeyId } from '../ledger/cosignature.ts'
import type { PolicyWitness } from '../ledger/trust-policy.ts'
import { rangeRoot, sameBytes } from '../lib/merkle.ts'
import { toBase64 } from '../lib/base64.ts'
import { Refusal } from '../model/refusal.ts'
import { AnchorStates } from './anchor-states.ts'
import { askForLatest, askToCosign, type Asked } from './ask-witness.ts'
import type { Environment } from './environment.ts'
import { Retries } from './retries.ts'
import type { Tiles } from './tiles.ts'

export interface WitnessingNews {
  /** Once for each change of a witness' state. */
  readonly changed: (witness: string, state: AnchorState) => void
  /** There is proof that this log was continued elsewhere: nothing may be signed any more. */
  readonly forked: (refusal: Refusal) => void
}

/** Has every new checkpoint cosigned by each witness of the policy, in the background, until it is. */
export class Witnessing {
  readonly #env: Environment
  readonly #tiles: Tiles
  readonly #news: WitnessingNews
  readonly #states: AnchorStates
  readonly #followers: readonly Follower[]

  constructor(env: Environment, tiles: Tiles, news: WitnessingNews) {
    this.#env = env
    this.#tiles = tiles
    this.#news = news
    this.#states = new AnchorStates(env, 'witness', news.changed)
    const witnesses = env.outside.policy.witnesses.filter(({ url }) => url !== null)
    this.#followers = witnesses.map((witness) => ({
      witness,
      cosigned: null,
      retries: new Retries((head: SignedHead) => this.#follow(witness, head)),
    }))
  }

  /** Does not wait and does not throw: what nobody cosigns stands nevertheless. */
  announce(head: SignedHead): void {
    for (const { retries } of this.#followers) retries.due(head)
  }

  /** Waits until every witness was asked once, at most so long. */
  async settle(milliseconds: number): Promise<void> {
    await Promise.all(this.#followers.map(({ retries }) => retries.settle(milliseconds)))
  }

  stop(): void {
    for (const { retries } of this.#followers) retries.stop()
  }

  /** True where there is nothing left to do for this head. */
  async #follow(witness: PolicyWitness, head: SignedHead): Promise<boolean> {
    const follower = this.#followers.find((one) => one.witness === witness) as MutableFollower
    const keyId = cosignerKeyId(witness)
    follower.cosigned ??= await this.#env.store.read.cosignedSize({ name: witness.name, keyId })
    // Another server of this book may have had a newer one cosigned.
    if (follower.cosigned > head.size) return true
    const asked = await askToCosign(this.#env.outside.web, witness, this.#tiles, {
      ...head,
      old: follower.cosigned,
    })
    if (asked.kind === 'elsewhere') return this.#elsewhere(follower, head, asked.size)
    // Its own last checkpoint does not lead to ours: one of the two histories is not the log's.
    const fork =
      asked.kind === 'refused' && asked.status === 422 ? await this.#forkBeyond(witness, head, 0) : null
    return fork === null ? this.#heard(follower, head, asked) : this.#forked(follower, fork)
  }

  async #elsewhere(follower: MutableFollower, head: SignedHead, size: number): Promise<boolean> {
    const fork = size >= head.size ? await this.#forkBeyond(follower.witness, head, size) : null
    if (fork !== null) return this.#forked(follower, fork)
    if (size > head.size) return this.#ahead(follower, head, size)
    const forgot = size < (follower.cosigned ?? 0)
    const again = await askToCosign(this.#env.outside.web, follower.witness, this.#tiles, {
      ...head,
      old: size,
    })
    const done = await this.#heard(follower, head, again)
    if (forgot && again.kind === 'cosigned') {
      // Its cosignatures say less than they seem: it would have cosigned another history from there on.
      await this.#tell(
        follower,
        'behind',
        `it cosigned ${size} entries last, and had cosigned more before: it forgot`,
      )
    }
    return done
  }

  async #forked(follower: MutableFollower, fork: Refusal): Promise<boolean> {
    this.#news.forked(fork)
    await this.#tell(follower, 'fork', fork.message)
    return true
  }

  /** A server of this book on the same database may be further on than the head that this one signed last. */
  async #ahead(follower: MutableFollower, head: SignedHead, size: number): Promise<boolean> {
    const now = (await this.#env.store.read.head())?.size ?? 0
    if (size <= now) return true
    await this.#tell(
      follower,
      'ahead',
      `it says that it cosigned ${size} entries, and the book holds ${now}; it shows no checkpoint that the log signed`,
    )
    return head.size === now
  }

  async #heard(follower: MutableFollower, head: SignedHead, asked: Asked): Promise<boolean> {
    if (asked.kind === 'cosigned') {
      const { cosignature } = asked
      await this.#env.store.transact((tx) => tx.saveCosignature(head.size, cosignature))
      follower.cosigned = head.size
      await this.#tell(follower, 'ok', null)
      return true
    }
    const [state, detail] = wordsFor(asked)
    await this.#tell(follower, state, detail)
    return false
  }

  /** The log's own signature on a history that is not this one. A witness' bare number is not believed so far. */
  async #forkBeyond(witness: PolicyWitness, head: SignedHead, size: number): Promise<Refusal | null> {
    const latest = await askForLatest(this.#env.outside.web, witness, head)
    const now = await this.#env.store.read.head()
    if (latest === null || now === null || latest.size < size) return null
    if (latest.size > now.size) return forkAhead(witness, latest.size, now.size)
    const root = await this.#tiles.over(now.size, (subtrees) => rangeRoot(0, latest.size, subtrees))
    return sameBytes(root, latest.root)
      ? null
      : forkAt(witness, latest.size, toBase64(root), toBase64(latest.root))
  }

  #tell({ witness }: MutableFollower, state: string, detail: string | null): Promise<void> {
    return this.#states.tell(witness.alias, state, detail)
  }
}

export function forkAhead({ alias, url }: PolicyWitness, theirs: number, ours: number): Refusal {
  return new Refusal(
    'ledger-fork',
    `the witness ${alias} (${url}) cosigned ${theirs} entries that this log's key signed, and the database holds ${ours}: it is an older copy`,
    { hint: FORK_HINT },
  )
}

export function forkAt({ alias, url }: PolicyWitness, size: number, ours: string, theirs: string): Refusal {
  return new Refusal(
    'ledger-fork',
    `the first ${size} entries of the database have the root ${ours}, and this log's key signed ${theirs}, which the witness ${alias} (${url}) cosigned: the log was continued elsewhere`,
    { hint: FORK_HINT },
  )
}

export const FORK_HINT =
  'put the newest database back, or what it lacks (portreeve log import EXPORT), and let one copy of the book go on; signing here would fork the ledger. docs/problems/ledger-fork.md says what to do where the newest is lost'

interface Follower {
  readonly witness: PolicyWitness
  /** The largest size that it cosigned; null: not looked up yet. */
  readonly cosigned: number | null
  readonly retries: Retries<SignedHead>
}
type MutableFollower = { -readonly [K in keyof Follower]: Follower[K] }

function wordsFor(asked: Exclude<Asked, { readonly kind: 'cosigned' }>): [state: string, detail: string] {
  if (asked.kind === 'silent') return ['silent', 'it does not answer']
  if (asked.kind === 'refused') return ['refuses', `it answered ${asked.status}: ${asked.said}`]
  if (asked.kind === 'nonsense') return ['nonsense', asked.why]
  return ['nonsense', `it says that it cosigned ${asked.size} entries last, after it said something else`]
}
