import { Option, type Command } from 'commander'

import { POPULATIONS, type Population } from '../model/population.ts'
import { bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import { period, writePack } from './prove.ts'
import type { BookFlags, Runtime } from './runtime.ts'

interface SampleFlags extends BookFlags {
  readonly json?: true
  readonly population: Population
  readonly seed: string
  readonly size: number
  readonly period?: { readonly from: string; readonly until: string }
  readonly question?: string
  readonly disclose?: true
  readonly out: string
}

export function addSample(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('sample')))
    .description(
      "freeze a population, draw from it by an auditor's seed, and pack what was drawn as evidence",
    )
    .addOption(
      new Option('--population <name>', 'what to draw from').choices([...POPULATIONS]).makeOptionMandatory(),
    )
    .requiredOption('--seed <text>', 'chosen by the auditor: 1 to 128 printable ASCII characters')
    .requiredOption('--size <number>', 'how many to draw', wholeNumber(1, 1_000))
    .requiredOption('-o, --out <dir>', 'the folder of the pack; it must not be there yet, or be empty')
    .option('--period <from..until>', 'a stretch of time, RFC 3339; the end is not included', period)
    .option('--question <text>', 'the question in the words of whoever asks')
    .option('--disclose', 'open the values that identify persons (they are withheld otherwise)')
    .action(async (flags: SampleFlags) => {
      const { population, seed, size, question, disclose = false } = flags
      const pack = await runtime.withDesk(flags, (desk) =>
        desk.call('drawSample', { population, seed, size, question, disclose, ...flags.period }),
      )
      await writePack(runtime, flags, pack)
    })
}
