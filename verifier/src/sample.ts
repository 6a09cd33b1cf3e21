import { base64, compareBytes, concat, sameBytes, u16, u32, utf8 } from './bytes.ts'
import type { Found } from './case.ts'
import { must } from './fault.ts'
import { count, hash, list, sameJson } from './form.ts'
import { isObject, type Json } from './jcs.ts'
import { populationIn, type Population } from './population.ts'
import { sha256 } from './runtime.ts'

/** The draw of a sample, made again: docs/formats/evidence-pack-v1.md, "Sample". */
export function checkSample(found: Found, answer: Json): void {
  const work = () => {
    const population = populationIn(found)
    must(isObject(answer) && population !== null, 'the answer has no sample')
    const { items, digest } = population
    const same = sameBytes(hash(answer['digest']), digest) && count(answer['count']) === items.length
    must(same, 'the sample is of another population')
    const drawn = draw(population)
    must(sameJson(list(answer['drawn']), drawn), 'the seed draws other items')
    for (const item of drawn) {
      const index = /^(0|[1-9]\d{0,15})(?:\/\d+)?$/.exec(item)?.[1]
      const there = index === undefined || found.leaves.has(Number(index))
      must(there, `entry ${index} was drawn, and is not there or does not hold`)
    }
    const frozen = population.frozen === null ? 'not frozen before' : `frozen by entry ${population.frozen}`
    return `${drawn.length} of ${items.length} items, as the seed draws them; population ${base64(digest)}, ${frozen}`
  }
  found.checks.make('sample', work, (says) => says)
}

function draw({ items, digest, question: { seed, size } }: Population): string[] {
  const prefix = concat(utf8('portreeve.dev/sample/v1\u0000'), u16(seed.length), utf8(seed), digest)
  const scored = items.map((item, k) => ({ item, score: sha256(concat(prefix, u32(k))) }))
  return scored
    .toSorted((a, b) => compareBytes(a.score, b.score))
    .slice(0, size)
    .map(({ item }) => item)
}
