import { Option, type Command } from 'commander'

import type { CheckReport } from '../api/views.ts'
import type { Severity } from '../model/finding.ts'
import { checkText, CHECK_FORMATS, type CheckFormat } from './check-format.ts'
import { bookOptions, levelOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'

interface Flags extends BookFlags {
  readonly format?: CheckFormat
  readonly json?: true
  readonly failOn?: Severity
  readonly vantage?: string
}

const STATUS = { pass: 0, fail: 1, undetermined: 3 } as const satisfies Record<CheckReport['verdict'], number>

export function addCheck(program: Command, runtime: Runtime, exit: SetExit): void {
  bookOptions(program.command('check'))
    .description('the gate: over the book, or over files (documents, Compose, Kubernetes, scans) offline')
    .argument('[path...]', 'files or folders; none: the book')
    .addOption(new Option('--format <format>').choices([...CHECK_FORMATS]).default('text'))
    .option('--json', 'the same as --format json')
    .addOption(levelOption())
    .option('--vantage <name>', 'from where a scan among the files was made')
    .action(async (paths: string[], flags: Flags) => {
      const report = await check(runtime, paths, flags)
      runtime.terminal.out(
        checkText(runtime.terminal, report, flags.json ? 'json' : (flags.format ?? 'text')),
      )
      exit(STATUS[report.verdict])
    })
}

async function check(runtime: Runtime, paths: readonly string[], flags: Flags): Promise<CheckReport> {
  if (paths.length === 0)
    return runtime.withDesk(flags, (desk) =>
      desk.call('check', flags.failOn === undefined ? {} : { failOn: flags.failOn }),
    )
  const { checkFiles } = await import('../actions/check-files.ts')
  return checkFiles(await runtime.files(), paths, flags, runtime.now())
}
