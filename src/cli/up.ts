import type { Command } from 'commander'

import { bookOptions, wholeNumber, type SetExit } from './options.ts'
import type { Runtime, UpFlags } from './runtime.ts'

export function addUp(program: Command, runtime: Runtime, exit: SetExit): void {
  bookOptions(program.command('up'))
    .description('server, console and, on Linux, observation of this host')
    .option('--listen <address:port>', 'where the console and the API listen (default 127.0.0.1:8460)')
    .option(
      '--observe <seconds>',
      'interval of observation; 0 turns it off (default 5)',
      wholeNumber(0, 3600),
    )
    .option('--allow-wide', 'listen beyond loopback although nobody can sign in by OpenID Connect')
    .action(async (flags: UpFlags) => exit(await runtime.up(flags)))
}
