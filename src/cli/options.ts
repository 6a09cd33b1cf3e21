import { InvalidArgumentError, Option, type Command } from 'commander'

import { OPERATIONS } from '../api/operations.ts'
import type { AsOf } from '../api/views.ts'
import { SEVERITIES } from '../model/finding.ts'
import { timeText } from '../model/port.ts'

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

/** Turns an answer to the past. */
export function atOption(): Option {
  return new Option('--at <time>', 'as the book stood at this time (RFC 3339)').argParser((text) => {
    if (OPERATIONS.showPort.input.shape.at.safeParse(text).success) return text
    throw new InvalidArgumentError('write a time with its offset, such as 2026-03-03T14:02:15Z.')
  })
}

/** What the answer counts, for people; '' for an answer of now. */
export function asOfText(asOf: AsOf | null): string {
  if (asOf === null) return ''
  const behind = asOf.contradicted
    ? '; entries behind it say this time or an earlier one: older scans, or a clock that was set back'
    : ''
  return `as of ${timeText(asOf.at)}: the first ${asOf.size} entries of the ledger, the last of ${timeText(asOf.lastEntryAt)}${behind}\n`
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`write a whole number from ${least} to ${most}.`)
    return value
  }
}
