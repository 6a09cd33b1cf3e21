import { Option, type Command } from 'commander'

import type { Desk } from '../api/operations.ts'
import { POPULATIONS, type Population } from '../model/population.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import { period, writePack } from './prove.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

interface SampleFlags extends BookFlags {
  readonly json?: true
  readonly population?: Population
  readonly freeze?: true
  readonly frozen?: number
  readonly seed?: string
  readonly size?: number
  readonly period?: { readonly from: string; readonly until: string }
  readonly question?: string
  readonly disclose?: true
  readonly out?: string
}

export function addSample(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('sample')))
    .description(
      "freeze a population, draw from it by an auditor's seed, and pack what was drawn as evidence; or one of the two alone",
    )
    .addOption(new Option('--population <name>', 'what to freeze, and draw from').choices([...POPULATIONS]))
    .option('--period <from..until>', 'a stretch of time, RFC 3339; the end is not included', period)
    .option('--freeze', 'freeze it alone, and say in which entry: the seed is named afterwards')
    .option('--frozen <index>', 'draw from what this entry froze', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--seed <text>', 'chosen by the auditor: 1 to 128 printable ASCII characters')
    .option('--size <number>', 'how many to draw', wholeNumber(1, 1_000))
    .option('-o, --out <dir>', 'the folder of the pack; it must not be there yet, or be empty')
    .option('--question <text>', 'the question in the words of whoever asks')
    .option('--disclose', 'open the values that identify persons (they are withheld otherwise)')
    .action(async (flags: SampleFlags) => {
      if (flags.frozen !== undefined && (flags.population !== undefined || flags.period !== undefined))
        throw incomplete('the entry of --frozen says already of which population and period it is')
      if (flags.freeze) return freezeAlone(runtime, flags)
      const { seed, size, out, question, disclose = false } = flags
      if (seed === undefined || size === undefined || out === undefined)
        throw incomplete('a draw needs --seed, --size and -o')
      const pack = await runtime.withDesk(flags, async (desk) => {
        const frozen = flags.frozen ?? (await freeze(desk, flags)).index
        return desk.call('drawSample', { frozen, seed, size, question, disclose })
      })
      await writePack(runtime, { ...flags, out }, pack)
    })
}

async function freezeAlone(runtime: Runtime, flags: SampleFlags): Promise<void> {
  const { terminal } = runtime
  if (flags.seed !== undefined || flags.out !== undefined)
    throw incomplete('--freeze draws nothing: the seed is named after it')
  const frozen = await runtime.withDesk(flags, (desk) => freeze(desk, flags))
  if (flags.json) return printJson(terminal, { version: 1, ...frozen })
  terminal.out(
    `entry ${frozen.index} froze ${frozen.count} items of ${flags.population}, digest ${frozen.digest}\n`,
  )
  terminal.err(
    `portreeve: draw from it: portreeve sample --frozen ${frozen.index} --seed SEED --size N -o DIR\n`,
  )
}

function freeze(desk: Desk, { population, period }: SampleFlags) {
  if (population === undefined)
    throw incomplete('say either what is to be frozen (--population) or which entry froze it (--frozen)')
  return desk.call('freezePopulation', { population, ...period })
}

function incomplete(what: string): Refusal {
  return new Refusal('bad-input', what, {
    hint: 'portreeve sample --population NAME --seed SEED --size N -o DIR does both steps',
  })
}
