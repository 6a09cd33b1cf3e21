import { base64, compareBytes, concat, utf8 } from './bytes.ts'
import type { Found } from './case.ts'
import { checkCitation, citationIn, valueIn } from './citation.ts'
import { must } from './fault.ts'
import { exactly, list, sameJson, text } from './form.ts'
import { isObject, parseJcsFile, type Json, type JsonObject } from './jcs.ts'
import type { Leaf } from './leaf.ts'
import { parseQuestion, type SampleQuestion } from './question.ts'
import { sha256 } from './runtime.ts'

/** What a sample is drawn from: docs/formats/evidence-pack-v1.md, "Sample". */

export interface Population {
  readonly question: SampleQuestion
  /** In ascending byte order, each once. */
  readonly items: readonly string[]
  readonly digest: Uint8Array
  /** Index of the entry that recorded the digest before the draw; null where none did. */
  readonly frozen: number | null
}

/** The population of a pack; null where its question is not for a sample. */
export function populationIn(found: Found): Population | null {
  const question = parseQuestion(found.pack.bytes('question.json'))
  if (question.kind === 'port') return null
  const file = exactly(parseJcsFile(found.pack.bytes('population.json')), 'frozen items kind period')
  const asked = file['kind'] === question.population && sameJson(file['period'], question.period)
  must(asked, 'the population is of another question')
  const items = list(file['items']).map((item) => text(item, 256))
  for (const [i, item] of items.entries()) {
    const inOrder = i === 0 || compareBytes(utf8(items[i - 1] as string), utf8(item)) < 0
    must(inOrder, `the population is not in order at item ${i}`)
  }
  // The strings hold nothing that JSON could spell in two ways but what the runtime spells as canonical JSON does.
  const digest = sha256(concat(DOMAIN, utf8(JSON.stringify(items))))
  return { question, items, digest, frozen: frozenBy(found, file['frozen'], digest) }
}
const DOMAIN = utf8('portreeve.dev/population/v1\u0000')

/** Which entries, or changes within them, belong to the population that a question names. */
export function membersIn(question: SampleQuestion, index: number, leaf: Leaf): string[] {
  const body = leaf.members['body'] as JsonObject
  const within = (at: Json | undefined) => typeof at === 'string' && isWithin(at, question)
  switch (question.population) {
    case 'openings':
      return changesIn(body).flatMap((change, n) =>
        change['kind'] === 'opened' && within(change['not_after']) ? [`${index}/${n}`] : [],
      )
    case 'expiries':
      return within(body['until']) ? [String(index)] : []
    case 'emergencies':
      return body['emergency'] === true && within(leaf.at) ? [String(index)] : []
    default:
      return within(leaf.at) ? [String(index)] : []
  }
}

/** Types of the entries that may belong to a population; none for what entries alone do not say. */
export const MEMBER_TYPES: Readonly<Record<string, readonly string[]>> = {
  openings: ['sighting'],
  changes: ['declaration', 'tombstone'],
  decisions: ['decision'],
  expiries: ['grant'],
  emergencies: ['grant'],
  places: [],
}

function frozenBy(found: Found, value: Json | undefined, digest: Uint8Array): number | null {
  if (value === null) return null
  const citation = citationIn(value)
  checkCitation(found, citation)
  const { leaf, pointer, value: recorded } = citation
  const isFreeze = valueIn(found, leaf, '/t') === 'freeze' && pointer === '/body/digest'
  must(isFreeze && typeof recorded === 'string', `entry ${leaf} freezes no population`)
  must(recorded === base64(digest), `entry ${leaf} froze another population`)
  return leaf
}

function changesIn(body: JsonObject): readonly JsonObject[] {
  const changes = body['changes']
  return Array.isArray(changes) ? (changes as readonly Json[]).filter(isObject) : []
}

function isWithin(at: string, { period }: SampleQuestion): boolean {
  return period === null || (at >= period.from && at < period.until)
}
