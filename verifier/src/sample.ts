import { base64, compareBytes, concat, sameBytes, u16, u32, utf8 } from './bytes.ts'
import type { Found } from './case.ts'
import { must } from './fault.ts'
import { count, exactly, hash, list, sameJson, text } from './form.ts'
import { isObject, parseJcsFile, type Json } from './jcs.ts'
import type { Question } from './question.ts'
import { sha256 } from './runtime.ts'

/** The draw of a sample, made again: docs/formats/evidence-pack-v1.md, "Sample". */
export function checkSample(found: Found, question: Question & { kind: 'sample' }, answer: Json): void {
  const work = () => {
    const { items, kind, period } = exactly(
      parseJcsFile(found.pack.bytes('population.json')),
      'frozen items kind period',
    )
    must(
      kind === question.population && sameJson(period, question.period),
      'the population is of another question',
    )
    const population = list(items).map((item) => text(item, 256))
    for (const [i, item] of population.entries())
      must(
        i === 0 || compareBytes(utf8(population[i - 1] as string), utf8(item)) < 0,
        `the population is not in order at item ${i}`,
      )
    must(isObject(answer), 'the answer has no sample')
    const digest = populationDigest(population)
    must(
      sameBytes(hash(answer['digest']), digest) && count(answer['count']) === population.length,
      'the sample is of another population',
    )
    const drawn = draw(population, digest, question)
    must(sameJson(list(answer['drawn']), drawn), 'the seed draws other items')
    for (const item of drawn) {
      const index = /^(\d+)(?:\/\d+)?$/.exec(item)?.[1]
      if (index !== undefined)
        must(found.leaves.has(Number(index)), `entry ${index} was drawn, and is not there or does not hold`)
    }
    return { drawn, population, digest }
  }
  found.checks.make(
    'sample',
    work,
    ({ drawn, population, digest }) =>
      `${drawn.length} of ${population.length} items, as the seed draws them from population ${base64(digest)}`,
  )
}

/** Strings hold no control characters that JSON would escape in two ways: the canonical text is that of the runtime. */
function populationDigest(items: readonly string[]): Uint8Array {
  return sha256(concat(utf8('portreeve.dev/population/v1\u0000'), utf8(JSON.stringify(items))))
}

function draw(
  items: readonly string[],
  digest: Uint8Array,
  { seed, size }: { seed: string; size: number },
): string[] {
  const prefix = concat(utf8('portreeve.dev/sample/v1\u0000'), u16(seed.length), utf8(seed), digest)
  const scored = items.map((item, k) => ({ item, score: sha256(concat(prefix, u32(k))) }))
  return scored
    .toSorted((a, b) => compareBytes(a.score, b.score))
    .slice(0, size)
    .map(({ item }) => item)
}
