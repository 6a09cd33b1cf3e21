import type { Command } from 'commander'

import { asOfText, atOption, bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { paint, plain, printJson } from './terminal.ts'

export function addWhy(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('why')))
    .description('which record, sightings and rules make a port what the book says it is')
    .argument('<port>', "a record's name, an id, or HOST:PORT/PROTO")
    .addOption(atOption())
    .action(async (port: string, flags: BookFlags & { at?: string; json?: true }) => {
      const { terminal } = runtime
      const report = await runtime.withDesk(flags, (desk) => desk.call('whyPort', { port, at: flags.at }))
      if (flags.json) return printJson(terminal, report)
      terminal.out(`${asOfText(report.asOf)}${plain(report.sentence)}\n\n`)
      for (const step of report.steps) {
        const entries = step.entries.length === 0 ? '' : ` (ledger ${step.entries.join(', ')})`
        terminal.out(`${paint(terminal, '1', step.question)}\n  ${plain(step.answer)}${entries}\n`)
      }
    })
}
