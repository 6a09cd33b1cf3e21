import type { Entry, Json, JsonObject } from '../model/entry.ts'
import type { Population } from '../model/population.ts'
import { cite, citeType } from './citation.ts'
import type { Period } from './port-evidence.ts'

/** A sample that was drawn, and the entries that its items name. */
export interface Sample {
  readonly population: Population
  readonly period: Period | null
  readonly seed: string
  readonly wanted: number
  /** Items in the population. */
  readonly count: number
  /** Of the population, base64. */
  readonly digest: string
  readonly drawn: readonly string[]
  /** The entry that recorded the digest before the draw. */
  readonly frozen: Entry
  readonly entries: ReadonlyMap<number, Entry>
}

/** `answer.json` of a sample: evidence-pack-v1.md. */
export function sampleAnswer(sample: Sample): JsonObject {
  return {
    authority: [],
    collectors: [],
    coverage: [],
    interval: null,
    probes: [],
    retention: [],
    sample: {
      count: sample.count,
      digest: sample.digest,
      drawn: sample.drawn,
      frozen_at: cite(sample.frozen, '/at'),
      items: sample.drawn.flatMap((item) => itemOf(sample, item)),
    },
  }
}

function itemOf({ entries }: Sample, item: string): Json[] {
  const [index = '', change] = item.split('/')
  const entry = entries.get(Number(index))
  if (entry === undefined) return []
  const facts = { at: cite(entry, '/at'), entry: citeType(entry), item }
  if (change === undefined)
    return [{ ...facts, kind: cite(entry, '/body/kind'), name: cite(entry, '/body/name') }]
  const member = (name: string) => cite(entry, `/body/changes/${change}/${name}`)
  return [
    {
      ...facts,
      address: member('address'),
      not_after: member('not_after'),
      not_before: member('not_before'),
      place: cite(entry, '/body/place/id'),
      port: member('port'),
      transport: member('transport'),
    },
  ]
}
