import type { Command } from 'commander'

import type { TraceReport } from '../actions/trace.ts'
import { jsonOption, type SetExit } from './options.ts'
import { hopLines } from './reach-text.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import type { Runtime } from './runtime.ts'
import { paint, plain, printJson, type Terminal } from './terminal.ts'

interface Flags extends ReachFlags {
  readonly from: string
  readonly to: string
  readonly json?: true
}

export function addTrace(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(reachOptions(program.command('trace')))
    .description("one packet's way through what some manifests describe, rule by rule")
    .argument('<path...>', 'files, folders, or - for standard input')
    .requiredOption('--from <source>', 'a zone, an address, or a workload as NAMESPACE/NAME')
    .requiredOption('--to <destination>', 'ADDRESS:PORT/PROTO, or a workload or Service: default/web:80/tcp')
    .action(async (paths: string[], flags: Flags) => {
      const { trace } = await import('../actions/trace.ts')
      const report = await trace(await runtime.files(), paths, flags, flags)
      if (flags.json) printJson(runtime.terminal, { version: 1, at: runtime.now(), ...report })
      else runtime.terminal.out(traceText(runtime.terminal, report))
    })
}

function traceText(terminal: Terminal, report: TraceReport): string {
  const reasons = report.reasons.map(({ text }) => `because ${plain(text)}\n`).join('')
  return `${paint(terminal, '1', report.disposition)}\n${hopLines(report.hops)}${reasons}`
}
