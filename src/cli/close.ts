import { Option, type Command } from 'commander'

import { DOCUMENT_KINDS, type DocumentKind } from '../model/document.ts'
import { bookOptions, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'

interface Flags extends BookFlags {
  readonly kind: DocumentKind
  readonly reason: string
}

export function addClose(program: Command, runtime: Runtime, _exit: SetExit): void {
  bookOptions(program.command('close'))
    .description(
      "take a record out of the book's present; a tombstone with the reason stays. Declaring it again undoes it",
    )
    .argument('<name>', 'name of the document')
    .requiredOption('--reason <text>', 'why, in words that somebody understands years later')
    .addOption(new Option('--kind <kind>').choices([...DOCUMENT_KINDS]).default('Port'))
    .action(async (name: string, flags: Flags) => {
      const { index } = await runtime.withDesk(flags, (desk) =>
        desk.call('closeRecord', { kind: flags.kind, name, reason: flags.reason }),
      )
      runtime.terminal.out(`${flags.kind} ${name} closed, ledger entry ${index}\n`)
    })
}
