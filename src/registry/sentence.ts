import type { Finding } from '../model/finding.ts'
import { bindingText, timeText, type Observed, type Process } from '../model/port.ts'
import type { Reach } from '../model/reach.ts'
import type { Opening, PortRow } from './book.ts'

/** The answer to "what is this port?" in plain words: facts with their times, and what is not known said as that. */
export function portSentence(row: PortRow, findings: readonly Finding[], reach: Reach | null): string {
  return [
    observedSentence(row),
    documentedSentence(row),
    approvalSentence(row),
    findingsSentence(findings),
    reachSentence(reach),
  ].join(' ')
}

function reachSentence(reach: Reach | null): string {
  if (reach === null) return 'From where it can be reached is not computed.'
  if (reach.may.length === 0) return 'Computed as reachable from nowhere.'
  const possible = reach.may.filter((zone) => !reach.must.includes(zone))
  const proved = reach.must.length === 0 ? 'nowhere for sure' : reach.must.join(', ')
  const rest = possible.length === 0 ? '' : `; ${possible.join(', ')} cannot be excluded`
  return `Computed as reachable from ${proved}${rest}.`
}

export function processText(process: Process | null): string {
  if (process === null) return 'a process that could not be read'
  const name = process.name ?? process.path ?? 'an unnamed process'
  const facts = [
    process.pid === null ? null : `pid ${process.pid}`,
    process.unit,
    process.container === null ? null : `container ${process.container.slice(0, 12)}`,
    process.user === null ? null : `user ${process.user}`,
  ].filter((fact) => fact !== null)
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`
}

export function openingText(since: Opening, verb: Observed, before: Observed): string {
  if (verb === 'unknown') return `cannot tell since ${timeText(since.notAfter)}`
  const first = `first seen ${verb} ${timeText(since.notAfter)}`
  return since.notBefore === null
    ? `${first}; no earlier complete pass, so it may have been ${verb} long before`
    : `${first}, last complete pass that saw it ${before} ${timeText(since.notBefore)}`
}

function observedSentence(row: PortRow): string {
  const where = `${bindingText(row)} on ${row.place}`
  if (row.observed === 'open') {
    const opened = row.since === null ? '' : `; ${openingText(row.since, 'open', 'closed')}`
    return `${processText(row.processes[0] ?? null)} listens at ${where}${opened}.`
  }
  if (row.observed === 'closed') {
    const closed = row.since === null ? '' : `; ${openingText(row.since, 'closed', 'open')}`
    return `Nothing listens at ${where}${closed}.`
  }
  return `Whether anything listens at ${where} is unknown: no complete pass has covered it.`
}

function documentedSentence(row: PortRow): string {
  if (row.record === null) return 'No record declares it.'
  const owner = row.owner === null ? 'no owner on record' : `owner ${row.owner}`
  return `Declared as ${row.record}${row.documented === 'draft' ? ' (draft: something is still to do)' : ''}, ${owner}.`
}

function approvalSentence(row: PortRow): string {
  return row.approval === 'none' ? 'No decision in force on record.' : `Approval: ${row.approval}.`
}

function findingsSentence(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'No drift found.'
  return `Candidate findings: ${findings.map((finding) => finding.rule).join(', ')}.`
}
