import type { Command } from 'commander'

import type { DeclareReport } from '../api/views.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { paintSeverity, plain, printJson, type Terminal } from './terminal.ts'

interface Flags extends BookFlags {
  readonly json?: true
  readonly dryRun?: true
}

export function addDeclare(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('declare')))
    .description('put documents into the book: portreeve.yaml and *.portreeve.yaml below the paths')
    .argument('<path...>', 'files or folders')
    .option('--dry-run', 'only say what would change')
    .action(async (paths: string[], flags: Flags) => {
      const { readDocumentFiles } = await import('../actions/read-files.ts')
      const files = await readDocumentFiles(await runtime.files(), paths)
      const report = await runtime.withDesk(flags, (desk) =>
        desk.call('declare', { files, dryRun: flags.dryRun ?? false }),
      )
      if (flags.json) printJson(runtime.terminal, report)
      else printReport(runtime.terminal, report, flags.dryRun ?? false)
    })
}

function printReport(terminal: Terminal, report: DeclareReport, dryRun: boolean): void {
  const count = (change: string) => report.declared.filter((document) => document.change === change).length
  for (const document of report.declared) {
    if (document.change === 'unchanged') continue
    const entry = document.index === null ? '' : `, ledger entry ${document.index}`
    terminal.out(`${document.change}: ${document.kind} ${document.name}${entry}\n`)
  }
  for (const finding of report.findings)
    terminal.out(`${paintSeverity(terminal, finding.severity)} ${finding.rule}: ${plain(finding.text)}\n`)
  const verb = dryRun ? 'would be documented' : 'documented'
  terminal.out(
    `${count('new')} new, ${count('amended')} amended, ${count('unchanged')} unchanged; ${verb}, nothing is approved: the book is in ${report.mode} mode\n`,
  )
}
