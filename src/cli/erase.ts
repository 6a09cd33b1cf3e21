import type { Command } from 'commander'

import type { ErasureReport } from '../api/privacy.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson, type Terminal } from './terminal.ts'

interface Flags extends BookFlags {
  readonly json?: true
  readonly dryRun?: true
  readonly entry?: number[]
  readonly lost?: true
  readonly basis: string
  readonly reason?: string
}

export function addErase(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('erase')))
    .description(
      'erase what identifies a person: keys, sealed values and what the book shows of them. The ledger and its proofs stay',
    )
    .argument('[text]', 'text within the values, in any case; - reads it from standard input')
    .option(
      '--entry <index...>',
      'only values of these entries; without a text, all of them',
      (text, all: number[] | undefined) => [...(all ?? []), wholeNumber(0, Number.MAX_SAFE_INTEGER)(text)],
    )
    .option('--lost', 'all values whose keys are lost for good: nobody can open them any more')
    .requiredOption('--basis <text>', 'legal basis, such as "GDPR Art. 17(1)(b)"')
    .option('--reason <text>', 'why, in words that somebody understands years later')
    .option('--dry-run', 'only say what would go, and what keeps it')
    .action(async (text: string | undefined, flags: Flags) => {
      const input = {
        text: text === '-' ? await standardInput() : text,
        entries: flags.entry,
        lost: flags.lost,
        basis: flags.basis,
        reason: flags.reason,
        dryRun: flags.dryRun ?? false,
      }
      if ((input.text ?? input.entries ?? input.lost) === undefined)
        throw new Refusal('bad-input', 'nothing to erase was named', {
          hint: 'portreeve erase TEXT finds the text within values; --entry INDEX names entries',
        })
      const report = await runtime.withDesk(flags, (desk) => desk.call('erase', input))
      if (flags.json) printJson(runtime.terminal, report)
      else printErasure(runtime.terminal, report)
    })
}

/** What is to be forgotten need not stand in a shell's history, or in the list of processes. */
async function standardInput(): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return (await text(process.stdin)).trim()
}

export function printErasure(terminal: Terminal, { values, entries, index, obstacles }: ErasureReport): void {
  const what = `${values} ${values === 1 ? 'value' : 'values'} in ${entries} ${entries === 1 ? 'entry' : 'entries'}`
  if (index !== null)
    return terminal.out(`${what} erased, ledger entry ${index}; every proof stays as it was\n`)
  terminal.out(`${what} would be erased${obstacles.length > 0 ? ', and is kept' : ''}\n`)
  for (const { what, way } of obstacles) terminal.out(`kept: ${plain(what)}; ${plain(way)}\n`)
}
