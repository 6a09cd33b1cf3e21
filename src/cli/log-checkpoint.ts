import type { Command } from 'commander'

import { bookOptions, jsonOption, wholeNumber } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson } from './terminal.ts'

export function addLogCheckpoint(log: Command, runtime: Runtime): void {
  const { terminal } = runtime
  jsonOption(bookOptions(log.command('checkpoint')))
    .description('the newest signed checkpoint with its cosignatures, as a note on standard output')
    .option('--size <number>', 'the archived one of so many entries', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(async (flags: BookFlags & { json?: true; size?: number }) => {
      const query = flags.size === undefined ? {} : { size: flags.size }
      const checkpoint = await runtime.withDesk(flags, (desk) => desk.call('showCheckpoint', query))
      if (flags.json) return printJson(terminal, checkpoint)
      terminal.out(plain(checkpoint.note))
      // The note stands alone on standard output, so that it can be handed over as it is.
      terminal.err(`portreeve: ${plain(checkpoint.sentence)}\n`)
      for (const { witness, state, detail } of checkpoint.witnesses.filter((one) => one.detail !== null))
        terminal.err(`portreeve: warning: witness ${plain(witness)}: ${state}: ${plain(detail ?? '')}\n`)
      for (const { authority, state, detail } of checkpoint.authorities.filter((one) => one.detail !== null))
        terminal.err(`portreeve: warning: authority ${authority}: ${state}: ${plain(detail ?? '')}\n`)
    })
}
