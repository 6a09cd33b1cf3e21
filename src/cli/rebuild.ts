import type { Command } from 'commander'

import type { Output } from '../api/operations.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

export function addRebuild(program: Command, runtime: Runtime, exit: SetExit): void {
  jsonOption(bookOptions(program.command('rebuild')))
    .description('throw the projection away and fold it again from the ledger and the sealed store')
    .option('--from-start', 'begin at the first entry, whatever snapshots of the state there are')
    .action(async (flags: BookFlags & { json?: true; fromStart?: true }) => {
      const report = await runtime.withDesk(flags, (desk) =>
        desk.call('rebuild', { fromStart: flags.fromStart ?? false }),
      )
      if (flags.json) printJson(runtime.terminal, report)
      else runtime.terminal.out(textOf(report))
      if (!report.identical) exit(1)
    })
}

function textOf({ entries, milliseconds, identical, from, passedOver }: Output<'rebuild'>): string {
  const over = passedOver.map(
    ({ entry, size, why }) => `passed over the snapshot of ${size} entries in entry ${entry}: ${why}\n`,
  )
  const folded =
    from === null
      ? `${entries} entries`
      : `${entries - from.size} entries behind the snapshot of ${from.size}`
  const verdict = identical ? 'identical' : 'different from what stood there'
  return `${over.join('')}${folded} folded in ${milliseconds} ms; the projection is ${verdict}\n`
}
