import type { CheckReport } from '../api/views.ts'
import { atLeast, SEVERITIES, type Severity } from '../model/finding.ts'
import { paint, paintSeverity, plain, type Terminal } from './terminal.ts'

export const CHECK_FORMATS = ['text', 'json', 'sarif', 'junit', 'github'] as const
export type CheckFormat = (typeof CHECK_FORMATS)[number]

type Finding = CheckReport['findings'][number]

export function checkText(terminal: Terminal, report: CheckReport, format: CheckFormat): string {
  return FORMATS[format](report, terminal)
}

const FORMATS: Record<CheckFormat, (report: CheckReport, terminal: Terminal) => string> = {
  text,
  json,
  sarif,
  junit,
  github,
}

function text(report: CheckReport, terminal: Terminal): string {
  const findings = report.findings.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity),
  )
  const lines = findings.flatMap((finding) => [
    `${paintSeverity(terminal, finding.severity)} ${finding.rule}: ${plain(finding.text)}`,
    ...(finding.hint === null ? [] : [`  ${plain(finding.hint)}`]),
  ])
  const questions = report.questions.map(
    (question) => `${paintSeverity(terminal, question.severity)} open question: ${plain(question.text)}`,
  )
  return [...lines, ...questions, '', paint(terminal, '1', plain(report.sentence)), report.disclaimer, '']
    .join('\n')
    .trimStart()
}

function json(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

const SARIF_LEVEL = {
  info: 'note',
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
} as const satisfies Record<Severity, string>

/**
 * SARIF 2.1.0 (OASIS). Open questions are notifications of the run and no results: GitHub refuses a whole file for one
 * result without a physical location.
 */
function sarif(report: CheckReport): string {
  const rules = [...new Set(report.findings.map((finding) => finding.rule))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Portreeve', rules: rules.map((id) => ({ id })) } },
        results: report.findings.map((finding) => ({
          ruleId: finding.rule,
          level: SARIF_LEVEL[finding.severity],
          message: { text: finding.hint === null ? finding.text : `${finding.text} ${finding.hint}` },
          partialFingerprints: { 'portreeve/v1': finding.fingerprint },
          locations: locations(finding),
        })),
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.questions.map((question) => ({
              level: SARIF_LEVEL[question.severity],
              descriptor: { id: 'open-question' },
              message: { text: question.text },
            })),
          },
        ],
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function locations(finding: Finding): object[] {
  const at = placeOf(finding)
  if (at === null)
    return [
      {
        logicalLocations: [
          { fullyQualifiedName: finding.port ?? finding.record ?? finding.place ?? finding.rule },
        ],
      },
    ]
  return [
    { physicalLocation: { artifactLocation: { uri: encodeURI(at.file) }, region: { startLine: at.line } } },
  ]
}

/** What is below the level is on record and no failure, as the exit status has it too. */
/** What is below the level of the gate is no failure. */
function junit(report: CheckReport): string {
  const { failOn } = report
  const cases = [
    ...report.findings.map((finding) => findingCase(finding, failOn)),
    ...report.questions.map((question) => questionCase(question, failOn)),
  ]
  const pass =
    cases.length === 0 ? `  <testcase classname="portreeve" name="${xml(report.sentence)}"/>\n` : ''
  const failures = report.findings.filter(({ severity }) => atLeast(severity, failOn)).length
  const errors = report.questions.filter(({ severity }) => atLeast(severity, failOn)).length
  const skipped = report.questions.length - errors
  const head = `<testsuite name="portreeve check" tests="${Math.max(1, cases.length)}" failures="${failures}" errors="${errors}" skipped="${skipped}">`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${cases.join('')}${pass}</testsuite>\n`
}

function findingCase(finding: Finding, failOn: Severity): string {
  const name = finding.port ?? finding.record ?? finding.place ?? finding.fingerprint
  const text = xml(finding.text)
  const hint = xml(finding.hint ?? '')
  const result = atLeast(finding.severity, failOn)
    ? `<failure type="${finding.severity}" message="${text}">${hint}</failure>`
    : `<system-out>${finding.severity}: ${text}\n${hint}</system-out>`
  return `  <testcase classname="${xml(finding.rule)}" name="${xml(name)}">${result}</testcase>\n`
}

/** A question at the level keeps the gate from passing (exit 3), and is no failure of a port. */
function questionCase(question: CheckReport['questions'][number], failOn: Severity): string {
  const element = atLeast(question.severity, failOn) ? 'error' : 'skipped'
  const result = `<${element} message="${xml(question.text)}">${xml(question.hint ?? '')}</${element}>`
  return `  <testcase classname="open-question" name="${xml(question.id)}">${result}</testcase>\n`
}

const COMMAND = {
  info: 'notice',
  low: 'notice',
  medium: 'warning',
  high: 'error',
  critical: 'error',
} as const satisfies Record<Severity, string>

/** Workflow commands of GitHub Actions. */
function github(report: CheckReport): string {
  const lines = report.findings.map((finding) => {
    const at = placeOf(finding)
    const where = at === null ? '' : `file=${property(at.file)},line=${at.line},`
    return `::${COMMAND[finding.severity]} ${where}title=${property(finding.rule)}::${message(finding.text)}\n`
  })
  const questions = report.questions.map(
    ({ severity, text }) => `::${COMMAND[severity]} title=open question::${message(text)}\n`,
  )
  return `${lines.join('')}${questions.join('')}${plain(report.sentence)}\n`
}

function placeOf(finding: Finding): { file: string; line: number } | null {
  const match = /^(.*):(\d+)$/s.exec(finding.at ?? '')
  return match?.[1] === undefined ? null : { file: match[1], line: Number(match[2]) }
}

function message(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function xml(text: string): string {
  return plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
