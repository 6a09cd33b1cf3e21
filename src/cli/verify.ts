import type { Command } from 'commander'

import { jsonOption, type SetExit } from './options.ts'
import type { Runtime } from './runtime.ts'

interface VerifyFlags {
  readonly trust?: string
  readonly replay?: string
  readonly json?: true
}

export function addVerify(program: Command, runtime: Runtime, exit: SetExit): void {
  jsonOption(program.command('verify'))
    .description('check an evidence pack offline, by a verifier that shares no code with the book')
    .argument('<dir>', 'folder of the pack')
    .option('--trust <file>', 'the trust file, which you got by another way than the pack')
    .option('--replay <tiles>', 'a folder with the published log, to be read again from its first entry')
    .addHelpText('after', HELP)
    .action((folder: string, { trust, replay, json }: VerifyFlags) => {
      const options = [
        ...(trust === undefined ? [] : ['--trust', trust]),
        ...(replay === undefined ? [] : ['--replay', replay]),
        ...(json === undefined ? [] : ['--json']),
      ]
      exit(runtime.verify([...options, '--', folder]))
    })
}

const HELP = `
Exit status: 0 valid; 10 something needed is missing, or the trust comes from the pack itself; 20 invalid;
30 fork, both heads are printed; 2 bad input.`
