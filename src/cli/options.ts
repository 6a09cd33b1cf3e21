import { InvalidArgumentError, Option, type Command } from 'commander'

import { SEVERITIES } from '../model/finding.ts'

export type SetExit = (code: number) => void

/** Where the book is: the same three options on every command that opens one. */
export function bookOptions(command: Command): Command {
  return command
    .addOption(new Option('--data <dir>', 'data folder').env('PORTREEVE_DATA'))
    .addOption(
      new Option('--database <url>', 'PostgreSQL instead of SQLite in the data folder').env(
        'PORTREEVE_DATABASE',
      ),
    )
    .addOption(
      new Option(
        '--config <file>',
        'configuration file (default: portreeve.config.yaml here, if there is one)',
      ).env('PORTREEVE_CONFIG'),
    )
    .addOption(new Option('--key <file>', 'the log key (default: log.key in the data folder)'))
    .addOption(
      new Option(
        '--subject-keys <dir>',
        'keys of values that identify persons (default: sealed-keys in the data folder)',
      ),
    )
}

export function jsonOption(command: Command): Command {
  return command.option('--json', 'one JSON document on standard output, and nothing else there')
}

export function levelOption(): Option {
  return new Option(
    '--fail-on <level>',
    "fail on findings of this severity and above (default: the book's Policy, else high)",
  ).choices([...SEVERITIES])
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`write a whole number from ${least} to ${most}.`)
    return value
  }
}
