import type { Book } from './book.ts'
import type { Environment } from './environment.ts'
import { freezeName, freezeOn } from './freeze.ts'

/** What a collector said of its known-answer test when it began. */
interface Proven {
  readonly place: string
  readonly source: string
  readonly knownAnswer: string
}

/**
 * A collector that saw its own listeners on this place before, and now opens some and does not see them, was changed,
 * or somebody hides sockets from it: what the book says of the place is preserved before anybody changes more.
 */
export async function preserveWhereBlind(env: Environment, book: Book, proven: Proven): Promise<void> {
  const { place, source, knownAnswer } = proven
  if (!knownAnswer.startsWith('failed: opened and not seen')) return
  const said = await answersBefore(env, proven)
  // The last is of this start.
  if (said.at(-2)?.startsWith('passed') !== true) return
  await freezeOn(env, book, {
    name: freezeName('blind-collector', place),
    reason: `${source} saw its own listeners here before and does not see them any more: ${knownAnswer}`,
    place,
  })
}

/** Of each coverage entry of the source, oldest first. A source reports every hour; a month is far enough. */
async function answersBefore(env: Environment, { place, source }: Proven): Promise<readonly string[]> {
  const from = new Date(Date.parse(env.now()) - MONTH_MS).toISOString()
  const rows = await env.store.read.coverage({ place, from, until: env.now() })
  return rows
    .filter((row) => row.source === source)
    .map(({ collector }) => String(collector?.['known_answer'] ?? ''))
}

const MONTH_MS = 31 * 24 * 3_600_000
