import type { Output, Parsed } from '../api/operations.ts'
import type { CheckReport } from '../api/views.ts'
import type { Finding } from '../model/finding.ts'
import { DISCLAIMER, openQuestions, verdict, verdictSentence, type Question } from '../registry/check.ts'
import { gateOf, type Gate } from '../registry/gate.ts'
import { silentSources } from '../registry/silence.ts'
import { withPulse } from './coverage.ts'
import type { Environment } from './environment.ts'
import { findingView } from './port-view.ts'
import { limitsByPlace } from './silence-limits.ts'

/** The gate over the book: what drifted, and what is not known. */
export async function checkBook(env: Environment, input: Parsed<'check'>): Promise<Output<'check'>> {
  const { read } = env.store
  const now = env.now()
  const sources = withPulse(await read.sources(), env.pulse)
  const places = await read.places()
  const findings: Finding[] = [
    ...silentSources(sources, now, { limits: await limitsByPlace(read, places), index: 0 }),
  ]
  for (let cursor: string | null = null; ;) {
    const page = await read.findings({}, { limit: 1000, cursor })
    findings.push(...page.items)
    if (page.next === null) break
    cursor = page.next
  }
  const policy = gateOf(await read.documents('Policy'))
  const gate = { ...policy, failOn: input.failOn ?? policy.failOn }
  return checkReport(now, findings, openQuestions({ places, sources, ports: [] }), gate)
}

export function checkReport(
  at: string,
  findings: readonly Finding[],
  questions: readonly Question[],
  gate: Gate,
): CheckReport {
  const judged = { findings, questions, ...gate }
  return {
    version: 1,
    at,
    failOn: gate.failOn,
    verdict: verdict(judged),
    sentence: verdictSentence(judged, [], at),
    findings: findings.map(findingView),
    questions: questions.map((question) => ({ ...question })),
    reviews: [],
    packs: [],
    disclaimer: DISCLAIMER,
  }
}
