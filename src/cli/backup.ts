import type { Command } from 'commander'

import { progress } from './log-export.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

export function addBackup(program: Command, runtime: Runtime, _exit: SetExit): void {
  const { terminal, now, software } = runtime
  jsonOption(bookOptions(program.command('backup')))
    .description(
      'write a backup of the book into a folder, also while a server runs: all but the keys, which are backed up apart',
    )
    .argument('<dir>', 'an empty folder; it is made if it is not there')
    .action(async (dir: string, flags: BookFlags & { json?: true }) => {
      const folder = await runtime.privateFolder(dir)
      const { backUp } = await import('../actions/backup.ts')
      const making = { now, software, tell: progress(terminal) }
      const made = await runtime.withDesk(flags, (desk) => backUp(desk, folder, making))
      if (flags.json) return printJson(terminal, made)
      terminal.out(
        `${dir}: ${made.size} entries of ${made.origin}, ${made.files} files, ${made.bytes} bytes\n`,
      )
      terminal.err(
        'portreeve: the log key (log.key, and log.key.next while it is replaced) is not in it, nor are the keys of sealed values: keep copies of them elsewhere\n',
      )
    })
}
