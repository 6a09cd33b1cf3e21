import { Option, type Command } from 'commander'

import type { ConnectionReport, ExposureView } from '../actions/connections.ts'
import type { SetExit } from './options.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import type { Runtime } from './runtime.ts'
import { plain, printJson, table, type Terminal } from './terminal.ts'

const FORMATS = ['text', 'json', 'connlist'] as const

interface Flags extends ReachFlags {
  readonly exposure?: true
  readonly json?: true
  readonly format: (typeof FORMATS)[number]
}

export function addConnections(program: Command, runtime: Runtime, _exit: SetExit): void {
  reachOptions(program.command('connections'))
    .description('every connection that the policies of some manifests allow, between workloads and outside')
    .argument('<path...>', 'files, folders, or - for standard input')
    .option('--exposure', 'what is open beyond the pods in the files, too')
    .addOption(
      new Option('--format <format>', 'connlist is the JSON of netpol-analyzer')
        .choices([...FORMATS])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .action(async (paths: string[], flags: Flags) => {
      const { connections } = await import('../actions/connections.ts')
      const report = await connections(await runtime.files(), paths, flags)
      const format = flags.json ? 'json' : flags.format
      printNotes(runtime.terminal, report)
      if (format === 'connlist') {
        printJson(runtime.terminal, flags.exposure ? report.connlistExposure() : report.connlist())
      } else if (format === 'json') printReport(runtime, report, flags.exposure === true)
      else printText(runtime.terminal, report, flags.exposure === true)
    })
}

export function printNotes(
  terminal: Terminal,
  report: Pick<ConnectionReport, 'assumptions' | 'unreadable'>,
): void {
  for (const { text } of report.assumptions) terminal.err(`portreeve: note: ${plain(text)}\n`)
  for (const { path, reason } of report.unreadable)
    terminal.err(`portreeve: warning: ${plain(`${path} could not be read: ${reason}`)}\n`)
}

/** Row by row, so that a large answer is never held as a whole. */
function printReport({ terminal, now }: Runtime, report: ConnectionReport, exposure: boolean): void {
  const { assumptions, unreadable } = report
  const head = JSON.stringify({ version: 1, at: now(), assumptions, unreadable })
  terminal.out(`${head.slice(0, -1)},"connections":[`)
  let first = true
  for (const view of report.connections()) {
    terminal.out(`${first ? '' : ','}\n${JSON.stringify(view)}`)
    first = false
  }
  terminal.out(`\n]${exposure ? `,"exposure":${JSON.stringify(report.exposure())}` : ''}}\n`)
}

function printText(terminal: Terminal, report: ConnectionReport, exposure: boolean): void {
  const rows = [...report.connections()].map(({ from, to, must, may }) => [from, to, portsText(must, may)])
  if (rows.length === 0) terminal.err('portreeve: no connection is allowed\n')
  else terminal.out(table(terminal, ['FROM', 'TO', 'PORTS'], rows))
  if (!exposure) return
  const { egress, ingress } = report.exposure()
  terminal.out('\nOpen beyond the pods in these files:\n')
  terminal.out(table(terminal, ['FROM', 'TO', 'PORTS'], [...egress.map(outward), ...ingress.map(inward)]))
}

function outward({ workload, other, connections }: ExposureView): readonly string[] {
  return [workload, other, connections]
}

function inward({ workload, other, connections }: ExposureView): readonly string[] {
  return [other, workload, connections]
}

/** What is merely possible is never shown as if it were open. */
function portsText(must: string, may: string): string {
  return must === may ? must : `${must}; perhaps ${may}`
}
