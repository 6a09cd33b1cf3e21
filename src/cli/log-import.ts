import type { Command } from 'commander'

import { bookOptions, jsonOption } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson } from './terminal.ts'

/** Ways out after the log went back, or ended: docs/guide/operations.md, "A book that went back". */

export function addLogImport(log: Command, runtime: Runtime): void {
  const { terminal } = runtime
  jsonOption(bookOptions(log.command('import')))
    .description(
      'give a database that went back the entries that it lacks, from an export, a mirror or a server',
    )
    .argument('<source>', 'a folder that log export wrote, or the URL before /checkpoint of a served log')
    .action(async (source: string, flags: BookFlags & { json?: true }) => {
      const imported = await runtime.importTail(flags, source)
      if (flags.json) return printJson(terminal, imported)
      const { before, size, withheld, missing, incident, refused } = imported
      terminal.out(`${size - before} entries put behind the ${before} that were there, as they were signed\n`)
      if (withheld > 0)
        terminal.err(
          `portreeve: warning: ${withheld} values that identify persons are not in tiles: they are withheld from now on, and were not erased\n`,
        )
      if (missing > 0)
        terminal.err(
          `portreeve: warning: ${missing} more entries were signed from this data folder; import them too\n`,
        )
      if (incident !== null)
        terminal.out(
          `ledger entry ${incident} says so, and the book is frozen until two people have looked\n`,
        )
      if (refused !== null)
        terminal.err(`portreeve: warning: the book still may not be written: ${plain(refused)}\n`)
    })
}

interface SucceedFlags extends BookFlags {
  readonly logKey: string[]
  readonly reason: string
  readonly json?: true
}

export function addLogSucceed(log: Command, runtime: Runtime): void {
  const { terminal } = runtime
  jsonOption(bookOptions(log.command('succeed')))
    .description(
      'begin a new log, in an empty data folder, after one that cannot go on; it names the old one’s last head',
    )
    .argument(
      '<checkpoint...>',
      'files with signed checkpoints of the old log, as witnesses, mirrors and repositories hold them',
    )
    .requiredOption('--log-key <key...>', 'keys of the old log, as its trust file names them')
    .requiredOption('--reason <text>', 'why, in words that somebody understands years later')
    .action(async (paths: string[], flags: SucceedFlags) => {
      const files = await runtime.signing()
      const notes = await Promise.all(paths.map((path) => files.read(path)))
      const begun = await runtime.beginLogAfter(flags, { notes, keys: flags.logKey, reason: flags.reason })
      if (flags.json) return printJson(terminal, begun)
      const { origin, previous, isForked } = begun
      terminal.out(`log ${origin} begins after the ${previous.size} entries of ${previous.origin}\n`)
      if (isForked)
        terminal.err(
          'portreeve: the checkpoints show that the old log was forked: two heads of one size differ\n',
        )
      terminal.err(
        'portreeve: hand the new trust file over (portreeve log trust), and declare the documents again\n',
      )
    })
}
