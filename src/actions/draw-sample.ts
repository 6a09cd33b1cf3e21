import type { Actor, Output, Parsed } from '../api/operations.ts'
import { drawSample, populationDigest } from '../evidence/sample.ts'
import { sampleAnswer } from '../evidence/sample-answer.ts'
import { samplePage } from '../evidence/sample-words.ts'
import type { Period } from '../evidence/port-evidence.ts'
import { draftId } from '../ledger/log.ts'
import { readRecord } from '../ledger/record.ts'
import { toBase64 } from '../lib/base64.ts'
import type { Entry, EntryType, JsonObject } from '../model/entry.ts'
import type { Population } from '../model/population.ts'
import { entryDraft } from './draft.ts'
import { entryUnder, packHead, packOf, periodOf, requireDisclosure, type Maker } from './evidence-pack.ts'
import type { StoreReads } from './environment.ts'

/**
 * A sample for an auditor: the population is counted and its digest put on the ledger before anything is drawn, so that
 * whoever names the seed afterwards cannot have been shown a population made for it.
 */
export async function drawSampleOf(
  maker: Maker,
  input: Parsed<'drawSample'>,
  actor: Actor,
): Promise<Output<'drawSample'>> {
  if (input.disclose) requireDisclosure(actor)
  const { env } = maker
  const { read } = env.store
  const before = await packHead(maker)
  const period = periodOf(input)
  const items = await populationOf(read, input.population, period, before.size)
  const digest = toBase64(populationDigest(items))
  const frozen = await freeze(maker, actor, { ...input, period }, items.length, digest)
  const head = await packHead(maker)
  const drawn = drawSample(items, input.seed, input.size)
  const entries = new Map<number, Entry>()
  for (const index of [frozen, ...drawn.flatMap(indexIn)])
    entries.set(index, await entryUnder(read, head, index, input.disclose))
  const sample = {
    population: input.population,
    period,
    seed: input.seed,
    wanted: input.size,
    count: items.length,
    digest,
    drawn,
    frozen: entries.get(frozen)!,
    entries,
  }
  const text =
    input.question ?? `A sample of ${input.size} of the population "${input.population}"${periodText(period)}`
  const files = await packOf(maker, head, {
    at: env.now(),
    question: {
      kind: 'sample',
      period: period === null ? null : { ...period },
      population: input.population,
      seed: input.seed,
      size: input.size,
      text,
    },
    answer: sampleAnswer(sample),
    population: {
      frozen: { leaf: frozen, pointer: '/body/digest', value: digest },
      items,
      kind: input.population,
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

/** Items in ascending byte order, each once: evidence-pack-v1.md, "Sample". */
async function populationOf(
  read: StoreReads,
  population: Population,
  period: Period | null,
  size: number,
): Promise<readonly string[]> {
  const items =
    population === 'places'
      ? (await read.places()).filter(({ inScope }) => inScope).map(({ id }) => id)
      : await itemsOf(read, population, period, size)
  return [...new Set(items)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

async function itemsOf(
  read: StoreReads,
  population: Exclude<Population, 'places'>,
  period: Period | null,
  size: number,
): Promise<readonly string[]> {
  const { types, itemsIn } = MEMBERS[population]
  const items: string[] = []
  for (let from = 0; from < size;) {
    const page = await read.entries({ from, limit: PAGE, types })
    for (const { index, leaf } of page) {
      if (index >= size) break
      // Whether an entry belongs to a population is said outside of sealed values.
      const record = readRecord(leaf)
      items.push(...itemsIn(index, record.at, record.body, (at) => isWithin(at, period)))
    }
    if (page.length < PAGE) break
    from = (page.at(-1)?.index ?? 0) + 1
  }
  return items
}

const PAGE = 1_000

interface Members {
  readonly types: readonly EntryType[]
  readonly itemsIn: (
    index: number,
    at: string,
    body: JsonObject,
    within: (at: unknown) => boolean,
  ) => readonly string[]
}

const whole: Members['itemsIn'] = (index, at, _body, within) => (within(at) ? [String(index)] : [])

/** Which entries, or changes within them, a population consists of. */
const MEMBERS: Record<Exclude<Population, 'places'>, Members> = {
  openings: {
    types: ['sighting'],
    itemsIn: (index, _at, body, within) =>
      listOf(body['changes']).flatMap((change, n) =>
        change['kind'] === 'opened' && within(change['not_after']) ? [`${index}/${n}`] : [],
      ),
  },
  changes: { types: ['declaration', 'tombstone'], itemsIn: whole },
  decisions: { types: ['decision'], itemsIn: whole },
  expiries: {
    types: ['grant'],
    itemsIn: (index, _at, body, within) => (within(body['until']) ? [String(index)] : []),
  },
  emergencies: {
    types: ['grant'],
    itemsIn: (index, at, body, within) => (body['emergency'] === true && within(at) ? [String(index)] : []),
  },
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : []
}

function isWithin(at: unknown, period: Period | null): boolean {
  return typeof at === 'string' && (period === null || (at >= period.from && at < period.until))
}

async function freeze(
  { env, book }: Maker,
  actor: Actor,
  { population, period }: { readonly population: Population; readonly period: Period | null },
  count: number,
  digest: string,
): Promise<number> {
  const body = {
    what: 'population',
    population,
    period: period === null ? null : { ...period },
    count,
    digest,
    by: actor.id,
  }
  const draft = { id: draftId(env.random), type: 'freeze', at: env.now(), body, more: false } as const
  const { indexes } = await book.append(async () => [entryDraft(draft)])
  return indexes[0]!
}

/** The entry that an item names; none for a place. */
function indexIn(item: string): readonly number[] {
  const [, index] = /^(0|[1-9][0-9]{0,15})(?:\/[0-9]+)?$/.exec(item) ?? []
  return index === undefined ? [] : [Number(index)]
}

function periodText(period: Period | null): string {
  return period === null ? '' : ` from ${period.from} until ${period.until}`
}
