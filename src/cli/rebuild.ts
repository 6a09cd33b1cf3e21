import type { Command } from 'commander'

import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

export function addRebuild(program: Command, runtime: Runtime, exit: SetExit): void {
  jsonOption(bookOptions(program.command('rebuild')))
    .description('throw the projection away and fold it again from the ledger and the sealed store')
    .action(async (flags: BookFlags & { json?: true }) => {
      const report = await runtime.withDesk(flags, (desk) => desk.call('rebuild', {}))
      if (flags.json) printJson(runtime.terminal, report)
      else
        runtime.terminal.out(
          `${report.entries} entries folded in ${report.milliseconds} ms; the projection is ${report.identical ? 'identical' : 'different from what stood there'}\n`,
        )
      if (!report.identical) exit(1)
    })
}
