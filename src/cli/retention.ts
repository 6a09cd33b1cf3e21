import type { Command } from 'commander'

import { printErasure } from './erase.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson, table } from './terminal.ts'

export function addRetention(program: Command, runtime: Runtime, _exit: SetExit): void {
  const { terminal } = runtime
  const retention = program.command('retention').description('how long what identifies a person is kept')
  jsonOption(bookOptions(retention.command('list')))
    .description('Retention documents, and how many values each keeps or keeps no longer')
    .action(async (flags: BookFlags & { json?: true }) => {
      const list = await runtime.withDesk(flags, (desk) => desk.call('listRetention', {}))
      if (flags.json) return printJson(terminal, list)
      const rows = list.retentions.map(({ name, kept, due, basis }) => [
        name,
        String(kept),
        String(due),
        basis,
      ])
      terminal.out(table(terminal, ['RETENTION', 'KEPT', 'DUE', 'BASIS'], rows))
    })
  jsonOption(bookOptions(retention.command('dispose')))
    .description('erase the values that a Retention document covers and keeps no longer')
    .argument('<name>', 'name of the document')
    .option('--reason <text>', 'why, in words that somebody understands years later')
    .option('--dry-run', 'only say what would go, and what keeps it')
    .action(async (name: string, flags: BookFlags & { json?: true; reason?: string; dryRun?: true }) => {
      const report = await runtime.withDesk(flags, (desk) =>
        desk.call('disposeRetention', { name, reason: flags.reason, dryRun: flags.dryRun ?? false }),
      )
      if (flags.json) printJson(terminal, report)
      else printErasure(terminal, report)
    })
}
