import type { Found } from './case.ts'
import { checkCitation, citationIn } from './citation.ts'
import { Missing, must } from './fault.ts'
import { count, instant, isExactly } from './form.ts'
import { checkHolds } from './holds.ts'
import { checkInterval, provenText } from './interval.ts'
import { isObject, parseJcsFile, type Json, type JsonObject } from './jcs.ts'
import { parseQuestion, type Question } from './question.ts'
import { checkSample } from './sample.ts'
import { checkTimeProof } from './time-proof.ts'

/** The answer: what it cites stands in entries, and its times are proven by others. */

/** Answers what the pack is about, in words. */
export function checkAnswer(found: Found): readonly string[] {
  const { checks, pack } = found
  const read = checks.make(
    'answer',
    () => {
      const question = parseQuestion(pack.bytes('question.json'))
      const answer = parseJcsFile(pack.bytes('answer.json'))
      must(isObject(answer), 'the answer is not an object')
      const citations = [...objectsIn(answer)]
        .filter((value) => isExactly(value, 'leaf pointer value'))
        .map(citationIn)
      const authority = statementsNamed(answer)
      for (const citation of citations) checkCitation(found, citation)
      for (const index of authority) mustBeStatement(found, index)
      return { question, answer, citations }
    },
    ({ citations }) => `${citations.length} citations stand in their entries`,
  )
  if (read === null) return []
  const { question, answer } = read
  for (const value of objectsIn(answer)) if (isExactly(value, 'at by size')) checkTimeProof(found, value)
  checkHolds(found, answer)
  if (question.kind === 'sample') checkSample(found, answer['sample'] ?? null)
  const logged =
    question.kind === 'port' ? checkInterval(found, question.port, answer['interval'] ?? null) : null
  return aboutText(found, question, logged)
}

function mustBeStatement({ leaves, checks }: Found, index: number): void {
  const leaf = leaves.get(index)
  if (leaf === undefined) throw new Missing(`entry ${index} is not there, or does not hold`)
  must(leaf.kind === 'statement', `nobody signed entry ${index}`)
  const judged = checks.all.find(({ name }) => name === `statement ${index}`)
  must(judged?.state !== 'failed', `the signatures of entry ${index} do not hold`)
  if (judged?.state !== 'passed') throw new Missing(`the signatures of entry ${index} were not judged`)
}

function statementsNamed(answer: JsonObject): readonly number[] {
  const authority = answer['authority'] ?? []
  must(Array.isArray(authority), 'the authority is not a list')
  return (authority as readonly Json[]).flatMap((one) => {
    const statements = isObject(one) ? one['statements'] : undefined
    must(Array.isArray(statements), 'an authority does not list its statements')
    return (statements as readonly Json[]).map((index) => count(index))
  })
}

/** Every object within a value, the value included. */
function* objectsIn(value: Json): Generator<JsonObject> {
  if (isObject(value)) yield value
  if (typeof value !== 'object' || value === null) return
  for (const child of Object.values(value)) yield* objectsIn(child as Json)
}

function aboutText(found: Found, question: Question, logged: number | null): string[] {
  const { manifest } = found.pack
  return [
    `question: ${question.text}`,
    `log: ${manifest.log}, ${manifest.head.size} entries`,
    `pack: made ${instant(manifest.at)} by ${manifest.software}`,
    ...(logged === null ? [] : provenText(found, logged)),
  ]
}
