import type { CheckReport } from '../api/views.ts'
import { SEVERITIES, type Severity } from '../model/finding.ts'
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

/** SARIF 2.1.0 (OASIS). */
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

function junit(report: CheckReport): string {
  const cases = report.findings.map(
    (finding) =>
      `  <testcase classname="${xml(finding.rule)}" name="${xml(finding.port ?? finding.record ?? finding.place ?? finding.fingerprint)}">` +
      `<failure type="${finding.severity}" message="${xml(finding.text)}">${xml(finding.hint ?? '')}</failure></testcase>\n`,
  )
  const pass =
    report.findings.length === 0 ? `  <testcase classname="portreeve" name="${xml(report.sentence)}"/>\n` : ''
  const head = `<testsuite name="portreeve check" tests="${Math.max(1, cases.length)}" failures="${cases.length}">`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${cases.join('')}${pass}</testsuite>\n`
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
  return `${lines.join('')}${plain(report.sentence)}\n`
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
