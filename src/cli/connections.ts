import { Option, type Command } from 'commander'

import type { ConnectionReport, ConnectionView, ExposureView } from '../actions/connections.ts'
import type { SetExit } from './options.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import type { Runtime } from './runtime.ts'
import { plain, printJson, printPieces, table, type Terminal } from './terminal.ts'

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
      const exposure = flags.exposure === true
      if (format === 'connlist' && exposure) printJson(runtime.terminal, report.connlistExposure())
      else if (format === 'connlist') await printPieces(runtime.terminal, listPieces(report))
      else if (format === 'json')
        await printPieces(runtime.terminal, reportPieces(report, runtime.now(), exposure))
      else await printText(runtime.terminal, report, exposure)
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
function* listPieces(report: ConnectionReport): Generator<string> {
  let first = true
  for (const listed of report.connlist()) {
    yield `${first ? '[' : ','}\n${JSON.stringify(listed)}`
    first = false
  }
  yield first ? '[]\n' : '\n]\n'
}

function* reportPieces(report: ConnectionReport, at: string, exposure: boolean): Generator<string> {
  const { assumptions, unreadable } = report
  yield `${JSON.stringify({ version: 1, at, assumptions, unreadable }).slice(0, -1)},"connections":[`
  let first = true
  for (const view of report.connections()) {
    yield `${first ? '' : ','}\n${JSON.stringify(view)}`
    first = false
  }
  yield `\n]${exposure ? `,"exposure":${JSON.stringify(report.exposure())}` : ''}}\n`
}

/** Columns are as wide as what stands in them: beyond this, a row is a line with tabs, and none is held. */
const MOST_ALIGNED = 20_000

async function printText(terminal: Terminal, report: ConnectionReport, exposure: boolean): Promise<void> {
  const rows: (readonly string[])[] = []
  for (const view of report.connections()) {
    rows.push(rowOf(view))
    if (rows.length === MOST_ALIGNED) break
  }
  if (rows.length === 0) terminal.err('portreeve: no connection is allowed\n')
  else if (rows.length < MOST_ALIGNED) terminal.out(table(terminal, HEAD, rows))
  else await printPieces(terminal, linePieces(report.connections()))
  if (!exposure) return
  const { egress, ingress } = report.exposure()
  terminal.out('\nOpen beyond the pods in these files:\n')
  terminal.out(table(terminal, HEAD, [...egress.map(outward), ...ingress.map(inward)]))
}

function* linePieces(all: Iterable<ConnectionView>): Generator<string> {
  for (const view of all) yield `${plain(rowOf(view).join('\t'))}\n`
}

function rowOf({ from, to, must, may }: ConnectionView): readonly string[] {
  return [from, to, portsText(must, may)]
}

const HEAD = ['FROM', 'TO', 'PORTS']

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
