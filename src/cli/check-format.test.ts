import { describe, expect, test } from 'vitest'

import type { CheckReport } from '../api/views.ts'
import { checkText, type CheckFormat } from './check-format.ts'
import type { Terminal } from './terminal.ts'

const terminal: Terminal = {
  out: () => undefined,
  err: () => undefined,
  colour: false,
  width: 120,
  interactive: false,
}

const finding: CheckReport['findings'][number] = {
  fingerprint: '772e3a9a00c7476788b9918abeec2f17',
  rule: 'drift.undeclared',
  severity: 'low',
  status: 'candidate',
  adopted: true,
  text: 'shop 5432/tcp is opened by compose.yaml & no record declares it.',
  hint: 'declare it: portreeve declare PATH',
  cites: [],
  port: 'shop/net:db/?:5432/tcp',
  record: null,
  place: 'shop',
  since: null,
  at: 'compose.yaml:8',
}
const grave = { ...finding, severity: 'high' as const, port: 'shop/net:1/*:8080/tcp', at: 'compose.yaml:5' }
const question: CheckReport['questions'][number] = {
  id: 'never-observed db-1',
  severity: 'medium',
  text: 'db-1 is in scope and was never observed.',
  hint: 'scan it',
  place: 'db-1',
}
const report: CheckReport = {
  version: 1,
  at: '2026-11-23T17:00:00.000Z',
  failOn: 'high',
  verdict: 'fail',
  sentence: '1 finding at or above high, 1 finding below',
  findings: [finding, grave],
  questions: [question],
  reviews: [],
  packs: [],
  disclaimer: 'No legal advice.',
}

const written = (format: CheckFormat, failOn: 'medium' | 'high' = 'high') =>
  checkText(terminal, { ...report, failOn }, format)

describe('junit', () => {
  test('counts as a failure what makes the gate fail, and nothing below it', () => {
    const text = written('junit')
    expect(text).toContain('tests="3" failures="1" errors="0" skipped="1"')
    expect(text).toContain('<failure type="high"')
    expect(text).toContain('<system-out>low: shop 5432/tcp is opened by compose.yaml &amp; no record')
  })

  test('counts an open question at the level as an error: the gate did not pass', () => {
    const text = written('junit', 'medium')
    expect(text).toContain('failures="1" errors="1" skipped="0"')
    expect(text).toContain('<error message="db-1 is in scope')
  })
})

test('github annotates the line of each finding and says the open questions', () => {
  const lines = written('github').trimEnd().split('\n')
  expect(lines[0]).toMatch(/^::notice file=compose\.yaml,line=8,title=drift\.undeclared::/)
  expect(lines[1]).toMatch(/^::error file=compose\.yaml,line=5,/)
  expect(lines[2]).toBe('::warning title=open question::db-1 is in scope and was never observed.')
  expect(lines[3]).toBe(report.sentence)
})

test('sarif has a physical location for each finding that stands in a file, and questions as notifications', () => {
  const [run] = (JSON.parse(written('sarif')) as { runs: [Record<string, never>] }).runs
  expect(run['results']).toMatchObject([
    {
      level: 'note',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'compose.yaml' }, region: { startLine: 8 } } },
      ],
    },
    { level: 'error' },
  ])
  expect(run['invocations']).toMatchObject([{ toolExecutionNotifications: [{ level: 'warning' }] }])
})
