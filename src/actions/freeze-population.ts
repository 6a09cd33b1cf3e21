import type { Actor, Output, Parsed } from '../api/operations.ts'
import { populationDigest } from '../evidence/sample.ts'
import { draftId } from '../ledger/log.ts'
import { toBase64 } from '../lib/base64.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment } from './environment.ts'
import { periodOf } from './evidence-pack.ts'
import { inOrder, itemsBetween, placesInScope } from './population.ts'

/**
 * Counts a population and puts its digest on the ledger, so that whoever names a seed afterwards cannot be shown one
 * that was made for it. What is frozen is all that stands below the entry itself: docs/formats/evidence-pack-v1.md.
 */
export async function freezePopulation(
  env: Environment,
  book: Book,
  input: Parsed<'freezePopulation'>,
  actor: Actor,
): Promise<Output<'freezePopulation'>> {
  const { population } = input
  const of = { population, period: periodOf(input) }
  const before = (await env.store.read.head())?.size ?? 0
  const counted = await itemsBetween(env.store.read, of, 0, before)
  let frozen = { count: 0, digest: '' }
  const { indexes } = await book.append(
    async (tx) => {
      // The log went on while it was counted: what was added is counted where nothing can be added any more.
      const added = await itemsBetween(tx, of, before, (await tx.head())?.size ?? 0)
      const places = population === 'places' ? await placesInScope(tx) : []
      const items = inOrder([...counted, ...added, ...places])
      frozen = { count: items.length, digest: toBase64(populationDigest(items)) }
      const period = of.period === null ? null : { ...of.period }
      const body = { what: 'population', population, period, ...frozen, by: actor.id }
      return [entryDraft({ id: draftId(env.random), type: 'freeze', at: env.now(), body, more: false })]
    },
    { alone: true },
  )
  return { index: indexes[0] ?? 0, ...frozen }
}
