import type { Command } from 'commander'

import { bookOptions, jsonOption } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson } from './terminal.ts'

export function addLogTrust(log: Command, runtime: Runtime): void {
  const { terminal } = runtime
  jsonOption(bookOptions(log.command('trust')))
    .description('the trust file: log key, genesis, witnesses and timestamp roots, to hand over separately')
    .action(async (flags: BookFlags & { json?: true }) => {
      const trust = await runtime.withDesk(flags, (desk) => desk.call('showTrust', {}))
      if (flags.json) return printJson(terminal, trust)
      terminal.out(plain(trust.text))
      terminal.err('portreeve: give it to who verifies by another way than the evidence itself\n')
    })
}
