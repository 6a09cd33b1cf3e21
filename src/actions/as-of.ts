import type { AsOf } from '../api/views.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { BookAt } from '../registry/book.ts'
import { timeText } from '../model/port.ts'
import type { Environment } from './environment.ts'

/** The book as it was asked for: as it is, or as it stood at a time. */
export interface Moment {
  readonly read: BookAt
  /** Null: now. */
  readonly asOf: AsOf | null
}

/**
 * The book as of a time, RFC 3339 with any offset: docs/guide/as-of.md says which entries count. Throws `Refusal`
 * bad-input for a time that is still to come, and not-found for one before the ledger began.
 */
export async function momentOf(env: Environment, time: string | undefined): Promise<Moment> {
  const { read } = env.store
  if (time === undefined) return { read, asOf: null }
  const at: Instant = new Date(time).toISOString()
  if (at > env.now())
    throw new Refusal('bad-input', `${timeText(at)} is still to come`, {
      hint: 'entries may yet be written before it; leave the time out for the book as it is now',
    })
  const { size, isContradicted } = await read.sizeAt(at)
  const last = size === 0 ? null : await read.entry(size - 1)
  if (last === null) throw before(at, (await read.entry(0))?.at ?? null)
  return {
    read: env.store.asOf(last.index),
    asOf: { at, size, lastEntryAt: last.at, contradicted: isContradicted },
  }
}

function before(at: Instant, genesis: Instant | null): Refusal {
  return new Refusal('not-found', `there was no book on ${timeText(at)}`, {
    hint: genesis === null ? 'the ledger has no entry' : `the ledger begins on ${timeText(genesis)}`,
  })
}
