import type { Output, Parsed } from '../api/operations.ts'
import type { CheckReport } from '../api/views.ts'
import type { Finding, Severity } from '../model/finding.ts'
import { DISCLAIMER, openQuestions, verdict, verdictSentence, type Question } from '../registry/check.ts'
import { silentSources } from '../registry/silence.ts'
import { withPulse } from './coverage.ts'
import type { Environment } from './environment.ts'
import { findingView } from './port-view.ts'

/** The gate over the book: what drifted, and what is not known. */
export async function checkBook(env: Environment, input: Parsed<'check'>): Promise<Output<'check'>> {
  const { read } = env.store
  const now = env.now()
  const sources = withPulse(await read.sources(), env.pulse)
  const findings: Finding[] = [...silentSources(sources, now, { index: 0 })]
  for (let cursor: string | null = null; ;) {
    const page = await read.findings({}, { limit: 1000, cursor })
    findings.push(...page.items)
    if (page.next === null) break
    cursor = page.next
  }
  return checkReport(
    now,
    findings,
    openQuestions({ places: await read.places(), sources, ports: [] }),
    input.failOn,
  )
}

export function checkReport(
  at: string,
  findings: readonly Finding[],
  questions: readonly Question[],
  failOn: Severity,
): CheckReport {
  const judged = { findings, questions, failOn, allowUndetermined: false }
  return {
    version: 1,
    at,
    verdict: verdict(judged),
    sentence: verdictSentence(judged, [], at),
    findings: findings.map(findingView),
    questions: questions.map((question) => ({ ...question })),
    reviews: [],
    packs: [],
    disclaimer: DISCLAIMER,
  }
}
