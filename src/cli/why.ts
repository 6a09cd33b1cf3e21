import type { Command } from 'commander'

import { asOfText, atOption, bookOptions, jsonOption, type SetExit } from './options.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import { reachText } from './reach-text.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { paint, plain, printJson } from './terminal.ts'

interface Flags extends BookFlags, ReachFlags {
  readonly at?: string
  readonly json?: true
}

export function addWhy(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(reachOptions(bookOptions(program.command('why'))))
    .description(
      'which record, sightings and rules make a port what the book says it is; with PATHs: from where it can be reached, and by which way',
    )
    .argument('<port>', "a record's name, an id, or HOST:PORT/PROTO")
    .argument('[path...]', 'manifests to ask in place of the book')
    .addOption(atOption())
    .action(async (port: string, paths: string[], flags: Flags) => {
      const { terminal } = runtime
      if (paths.length > 0) return whyFiles(runtime, port, paths, flags)
      const report = await runtime.withDesk(flags, (desk) => desk.call('whyPort', { port, at: flags.at }))
      if (flags.json) return printJson(terminal, report)
      terminal.out(`${asOfText(report.asOf)}${plain(report.sentence)}\n\n`)
      for (const step of report.steps) {
        const entries = step.entries.length === 0 ? '' : ` (ledger ${step.entries.join(', ')})`
        terminal.out(`${paint(terminal, '1', step.question)}\n  ${plain(step.answer)}${entries}\n`)
      }
    })
}

async function whyFiles(
  { terminal, files, now }: Runtime,
  port: string,
  paths: readonly string[],
  flags: Flags,
): Promise<void> {
  const { whyInFiles } = await import('../actions/why-files.ts')
  const ports = await whyInFiles(await files(), paths, port, flags, now())
  if (flags.json) return printJson(terminal, { version: 1, at: now(), ports })
  for (const view of ports) {
    terminal.out(`${paint(terminal, '1', plain(view.id))}\n`)
    terminal.out(
      view.reach === null ? 'from where it can be reached was not computed\n' : reachText(view.reach),
    )
  }
}
