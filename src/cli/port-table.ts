import type { PortView } from '../api/views.ts'
import { bindingText } from '../model/port.ts'
import { table, type Terminal } from './terminal.ts'

/** Ports as a table for people. */
export function portTable(terminal: Terminal, ports: readonly PortView[]): string {
  return table(
    terminal,
    ['PORT', 'SERVICE', 'PROCESS', 'PLACE', 'RECORD', 'STATE', 'REACH', 'SINCE', 'FINDINGS'],
    ports.map((port) => [
      bindingText({ ...port, last: port.lastPort }),
      serviceText(port),
      processesText(port),
      port.workload ?? port.place,
      port.record ?? '-',
      stateText(port),
      levelText(port),
      sinceText(port),
      port.findings
        .map((finding) => `${finding.rule.replace('drift.', '')} (${finding.severity})`)
        .join(', ') || '-',
    ]),
  )
}

function serviceText(port: PortView): string {
  if (port.service === null) return '-'
  return port.service.by === 'guess' ? `${port.service.name}?` : port.service.name
}

function processesText(port: PortView): string {
  const names = [...new Set(port.processes.map((process) => process.name ?? process.path ?? '?'))]
  const pid = port.process?.pid ?? null
  const more = port.processes.length > 1 ? ` +${port.processes.length - 1}` : ''
  return names.length === 0 ? '-' : `${names.join(',')}${pid === null ? '' : ` (${pid})`}${more}`
}

function stateText(port: PortView): string {
  const documented = port.documented === 'none' ? 'undeclared' : port.documented
  return `${port.observed}, ${documented}${port.flags.includes('may-be-client') ? ', may be a client' : ''}`
}

/** The farthest that is proved, and the farthest that is possible where that is farther. */
function levelText({ reach }: PortView): string {
  if (reach === null) return '-'
  const [must, may] = [reach.level.must.join('+'), reach.level.may.join('+')]
  return must === may ? must : `${must}, may ${may}`
}

function sinceText(port: PortView): string {
  const interval = port.opened ?? port.closed
  return interval === null
    ? '-'
    : `${interval.notBefore === null ? '≤' : ''}${interval.notAfter.slice(0, 19)}Z`
}
