import type { Command } from 'commander'

import { ENTRY_TYPES, type EntryType } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { addLogCheckpoint } from './log-checkpoint.ts'
import { addLogExport } from './log-export.ts'
import { addLogImport, addLogSucceed } from './log-import.ts'
import { addLogTrust } from './log-trust.ts'
import { addLogWitness } from './log-witness.ts'
import { plain, printJson, table } from './terminal.ts'

interface ListFlags extends BookFlags {
  readonly json?: true
  readonly from?: number
  readonly before?: number
  readonly place?: string
  readonly port?: string
  readonly type?: string[]
  readonly limit: number
}

export function addLog(program: Command, runtime: Runtime, exit: SetExit): void {
  const { terminal } = runtime
  const log = program.command('log').description('read the ledger entry by entry, and hand its proofs over')
  jsonOption(bookOptions(log.command('list')))
    .description('entries, newest first')
    .option('--from <index>', 'oldest first from this entry on', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--before <index>', 'newest first from this entry on', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--place <id>', 'only what was seen at this place, its coverage and its Port documents')
    .option('--port <port>', 'only what was seen of this port, and the documents that were its record')
    .option('--type <type...>', 'only these types')
    .option('--limit <number>', 'at most so many', wholeNumber(1, 1000), 50)
    .action(async (flags: ListFlags) => {
      const { limit, from, before, place, port } = flags
      const query = { limit, from, before, place, port, types: flags.type?.map(entryType) }
      const page = await runtime.withDesk(flags, (desk) => desk.call('listEntries', query))
      if (flags.json) return printJson(terminal, page)
      terminal.out(
        table(
          terminal,
          ['ENTRY', 'AT', 'TYPE', 'WHAT'],
          page.entries.map((entry) => [String(entry.index), entry.at, entry.type, entry.summary]),
        ),
      )
      if (page.next !== null)
        terminal.err(
          `portreeve: ${page.size} entries in all; --limit or --${from === undefined ? 'before' : 'from'} ${page.next} shows more\n`,
        )
    })
  addLogCheckpoint(log, runtime)
  addLogExport(log, runtime)
  addLogImport(log, runtime)
  addLogSucceed(log, runtime)
  addLogTrust(log, runtime)
  addLogWitness(log, runtime, exit)
  jsonOption(bookOptions(log.command('show')))
    .description('one entry with its exact bytes')
    .argument('<index>', 'index of the entry', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .action(async (index: number, flags: BookFlags & { json?: true }) => {
      const entry = await runtime.withDesk(flags, (desk) => desk.call('showEntry', { index }))
      if (flags.json) return printJson(terminal, entry)
      terminal.out(
        `entry ${entry.index}, ${entry.type}, ${entry.at}: ${plain(entry.summary)}\n\n${plain(JSON.stringify(entry.body, null, 2))}\n`,
      )
      for (const { name, keyId, role, word, note } of entry.signatures)
        terminal.out(
          `signed by ${plain(name)}+${keyId}, ${ROLES[role]}${word === 'log' ? WORD_OF_LOG : ''}${note === null ? '' : `: ${plain(note)}`}\n`,
        )
      for (const pointer of entry.withheld)
        terminal.out(
          `withheld: ${plain(pointer)}${entry.lost.includes(pointer) ? ', not erased: the value or its key is not here' : ''}\n`,
        )
      terminal.out(`\nleaf hash (RFC 6962): ${entry.leafHash}\nleaf:\n${plain(entry.leaf)}`)
    })
}

const ROLES = {
  root: 'a root key',
  holder: 'a key in force',
  new: 'the key that this entry brings in',
  none: 'which does not count',
} as const
const WORD_OF_LOG = ", enrolled on the log's word"

export function entryType(text: string): EntryType {
  const type = ENTRY_TYPES.find((known) => known === text)
  if (type === undefined)
    throw new Refusal('bad-input', `${text} is no type of entry`, {
      hint: `types are ${ENTRY_TYPES.join(', ')}`,
    })
  return type
}
