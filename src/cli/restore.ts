import type { Command } from 'commander'

import { lostText } from '../actions/lost-keys.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

interface Flags extends BookFlags {
  readonly tiles?: string
  readonly json?: true
}

export function addRestore(program: Command, runtime: Runtime, _exit: SetExit): void {
  const { terminal } = runtime
  jsonOption(bookOptions(program.command('restore')))
    .description('check a backup, every digest and the whole tree, and put it into an empty store')
    .argument('<dir>', 'the folder that portreeve backup wrote')
    .option(
      '--tiles <dir>',
      'an export or mirror of the same log: entries that the backup lacks come from there',
    )
    .action(async (dir: string, flags: Flags) => {
      const restored = await runtime.restore(flags, dir, flags.tiles ?? null)
      if (flags.json) return printJson(terminal, restored)
      const { size, origin, fromTiles, lackingKeys, sealed } = restored
      terminal.out(
        `${size} entries of ${origin} restored and folded${fromTiles > 0 ? `, the last ${fromTiles} from the tiles` : ''}\n`,
      )
      if (fromTiles > 0)
        terminal.err(
          'portreeve: sealed values (names of people) are not in tiles: those of the last entries are withheld from now on\n',
        )
      if (sealed.lost > 0)
        terminal.err(
          `portreeve: warning: ${lostText(sealed)}. Put their folder back (sealed-keys in the data folder, or --subject-keys), then portreeve rebuild\n`,
        )
      if (lackingKeys.length > 0)
        terminal.err(
          `portreeve: put the log key ${lackingKeys.join(' and ')} back before the book is used: --key FILE, or log.key in its data folder; of two, the newer one beside it with .next behind its name\n`,
        )
    })
}
