import type { Command } from 'commander'

import { bookOptions, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'

export function addLink(program: Command, runtime: Runtime, _exit: SetExit): void {
  bookOptions(program.command('link'))
    .description('a new one-time link to the console of the running server')
    .action(async (flags: BookFlags) => {
      const { link, until } = await runtime.withDesk(flags, (desk) => desk.call('makeLink', {}))
      runtime.terminal.out(`${link}\n`)
      runtime.terminal.err(`portreeve: it opens the console once, until ${until}\n`)
    })
}
