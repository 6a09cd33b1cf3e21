import { statSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import type { ScanReport } from '../api/views.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import { portTable } from './port-table.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { withSpooled } from './spool.ts'
import { plain, printJson, type Terminal } from './terminal.ts'

interface Flags extends BookFlags, ReachFlags {
  readonly json?: true
  readonly as?: string
  readonly vantage?: string
  readonly record?: true
}

export function addScan(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(reachOptions(bookOptions(program.command('scan'))))
    .description("without PATH this host's listeners; with PATHs whatever formats are recognised there")
    .argument('[path...]', 'files, folders, or - for standard input')
    .option('--as <format>', 'take the files as nmap-xml, ss-text, compose, kubernetes or documents')
    .option('--vantage <name>', 'from where a scan was made; an nmap scan needs it')
    .option('--record', 'write the sightings to the book')
    .action(async (paths: string[], flags: Flags) => {
      const report = await scan(runtime, paths, flags)
      if (flags.json) printJson(runtime.terminal, report)
      else printReport(runtime.terminal, report)
    })
}

async function scan(runtime: Runtime, paths: readonly string[], flags: Flags): Promise<ScanReport> {
  if (flags.record) return record(runtime, paths, flags)
  const { scanFiles, scanHost, zonesIn } = await import('../actions/scan.ts')
  if (paths.length === 0) {
    const zones = await zonesIn(await runtime.files(), flags.zones)
    return scanHost(await runtime.host(), runtime.now(), zones)
  }
  return scanFiles(await runtime.files(), paths, flags, runtime.now())
}

/** A running server has another working folder, and a standard input of its own. */
async function record(runtime: Runtime, paths: readonly string[], flags: Flags): Promise<ScanReport> {
  const { as, vantage } = flags
  const send = (absolute: readonly string[], input?: string) =>
    runtime.withDesk(flags, (desk) => desk.call('recordScan', { paths: [...absolute], as, vantage, input }))
  for (const path of paths) refusePipe(path)
  if (!paths.includes('-')) return send(paths.map((path) => resolve(path)))
  return withSpooled(process.stdin, (input) =>
    send(
      paths.map((path) => (path === '-' ? input : resolve(path))),
      input,
    ),
  )
}

function refusePipe(path: string): void {
  if (path === '-' || statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return
  throw new Refusal('bad-input', `${path} is a pipe, and a scan that is recorded is read twice`, {
    hint: `hand it over as standard input: portreeve scan --record - < ${path}`,
  })
}

function printReport(terminal: Terminal, report: ScanReport): void {
  if (report.ports.length > 0) terminal.out(portTable(terminal, report.ports))
  else if (report.recorded === null) terminal.err('portreeve: no port found\n')
  for (const source of report.sources)
    for (const note of source.notes) terminal.err(`portreeve: note: ${plain(`${source.name}: ${note}`)}\n`)
  const { read, unrecognised, passedOver, unreadable } = report.files
  for (const file of passedOver) terminal.err(`portreeve: note: passed over ${plain(file)}\n`)
  for (const file of unreadable)
    terminal.err(`portreeve: warning: ${plain(`${file.path} could not be read: ${file.reason}`)}\n`)
  if (read + unrecognised.length + unreadable.length > 0) {
    terminal.err(
      `portreeve: ${read} ${read === 1 ? 'file' : 'files'} read, ${unrecognised.length} not recognised${listed(unrecognised)}, ${unreadable.length} unreadable\n`,
    )
  }
  if (report.recorded !== null) {
    const { places, opened, closed, changed, entries } = report.recorded
    terminal.out(
      `recorded: ${places} ${places === 1 ? 'place' : 'places'}, ${opened} opened, ${closed} closed, ${changed} changed, ${entries} ledger entries\n`,
    )
  }
}

function listed(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  return ` (${plain(paths.slice(0, 5).join(', '))}${paths.length > 5 ? ', …' : ''})`
}
