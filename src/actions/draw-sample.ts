import type { Actor, Output, Parsed } from '../api/operations.ts'
import type { Period } from '../evidence/port-evidence.ts'
import { sampleAnswer } from '../evidence/sample-answer.ts'
import { samplePage } from '../evidence/sample-words.ts'
import { drawSample, populationDigest } from '../evidence/sample.ts'
import { toBase64 } from '../lib/base64.ts'
import type { Entry } from '../model/entry.ts'
import { POPULATIONS } from '../model/population.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment, StoreReads } from './environment.ts'
import {
  entryUnder,
  packHead,
  packOf,
  requireDisclosure,
  type Maker,
  type PackHead,
} from './evidence-pack.ts'
import { inOrder, itemsBetween, placesInScope, type Counted } from './population.ts'

/**
 * A sample for an auditor, of a population that was frozen before. Writes nothing, so who may read may draw; and what is
 * drawn follows from the frozen population and the seed alone, so a second draw by the same seed is the same.
 */
export async function drawSampleOf(
  maker: Maker,
  input: Parsed<'drawSample'>,
  actor: Actor,
): Promise<Output<'drawSample'>> {
  if (input.disclose) requireDisclosure(actor)
  const { env } = maker
  const { read } = env.store
  const head = await packHead(maker)
  const frozen = await frozenBy(read, head, input.frozen)
  const { population, period, digest } = frozen
  const items = await itemsOf(env, frozen)
  const drawn = drawSample(items, input.seed, input.size)
  const entries = new Map<number, Entry>()
  for (const index of [input.frozen, ...drawn.flatMap(indexIn)])
    entries.set(index, await entryUnder(read, head, index, input.disclose))
  const sample = {
    population,
    period,
    seed: input.seed,
    wanted: input.size,
    count: items.length,
    digest,
    drawn,
    frozen: frozen.entry,
    entries,
  }
  const text =
    input.question ?? `A sample of ${input.size} of the population "${population}"${periodText(period)}`
  const files = await packOf(maker, head, {
    at: env.now(),
    question: {
      kind: 'sample',
      period: period === null ? null : { ...period },
      population,
      seed: input.seed,
      size: input.size,
      text,
    },
    answer: sampleAnswer(sample),
    population: {
      frozen: { leaf: input.frozen, pointer: '/body/digest', value: digest },
      items,
      kind: population,
      period: period === null ? null : { ...period },
    },
    page: samplePage(sample, text),
    entries: entries.keys(),
    checkpoints: [],
    stamps: [],
    disclose: input.disclose,
  })
  return { origin: head.origin, size: head.size, files }
}

interface Frozen extends Counted {
  readonly entry: Entry
  readonly digest: string
}

/** What the entry says that it froze. */
async function frozenBy(read: StoreReads, head: PackHead, index: number): Promise<Frozen> {
  const entry = index < head.size ? await entryUnder(read, head, index, false) : null
  const population = POPULATIONS.find((name) => name === entry?.body['population'])
  const { what, digest, period } = entry?.body ?? {}
  if (
    entry?.type !== 'freeze' ||
    what !== 'population' ||
    population === undefined ||
    typeof digest !== 'string'
  )
    throw new Refusal('not-found', `entry ${index} froze no population`, {
      hint: 'portreeve sample --freeze freezes one and says in which entry; portreeve log list --type freeze lists them',
    })
  return { entry, population, digest, period: (period ?? null) as Period | null }
}

/** The items below the entry that froze them, counted again: entries do not change, and places are those of then. */
async function itemsOf(
  { store }: Environment,
  { entry, population, period, digest }: Frozen,
): Promise<readonly string[]> {
  const counted = await itemsBetween(store.read, { population, period }, 0, entry.index)
  const places = population === 'places' ? await placesInScope(store.asOf(entry.index)) : []
  const items = inOrder([...counted, ...places])
  if (toBase64(populationDigest(items)) === digest) return items
  throw new Refusal('conflict', `what entry ${entry.index} froze is not what the book holds below it`, {
    hint: 'portreeve rebuild --check compares the book with its ledger; freeze the population anew',
  })
}

/** The entry that an item names; none for a place. */
function indexIn(item: string): readonly number[] {
  const [, index] = /^(0|[1-9][0-9]{0,15})(?:\/[0-9]+)?$/.exec(item) ?? []
  return index === undefined ? [] : [Number(index)]
}

function periodText(period: Period | null): string {
  return period === null ? '' : ` from ${period.from} until ${period.until}`
}
