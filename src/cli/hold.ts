import type { Command } from 'commander'

import type { HoldView } from '../api/privacy.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import { entryType } from './log.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson, table } from './terminal.ts'

interface PlaceFlags extends BookFlags {
  readonly reason: string
  readonly place?: string[]
  readonly document?: string[]
  readonly type?: string[]
  readonly by?: string[]
}

const REASON = ['--reason <text>', 'why, in words that somebody understands years later'] as const

export function addHold(program: Command, runtime: Runtime, _exit: SetExit): void {
  const { terminal } = runtime
  const hold = program.command('hold').description('keep entries from erasure, until two people release them')
  jsonOption(bookOptions(hold.command('list')))
    .description('holds that stand')
    .action(async (flags: BookFlags & { json?: true }) => {
      const { holds } = await runtime.withDesk(flags, (desk) => desk.call('listHolds', {}))
      if (flags.json) return printJson(terminal, { holds })
      terminal.out(table(terminal, ['HOLD', 'ENTRY', 'BY', 'COVERS', 'RELEASE', 'REASON'], holds.map(rowOf)))
    })
  bookOptions(hold.command('place'))
    .description('keep what is named; nothing named is every entry')
    .argument('<name>', 'name of the hold')
    .requiredOption(...REASON)
    .option('--place <place...>', 'places')
    .option('--document <document...>', 'documents, as Kind/name')
    .option('--type <type...>', 'types of entry')
    .option('--by <pseudonym...>', 'who declared or decided')
    .action(async (name: string, flags: PlaceFlags) => {
      const { place: places, document: documents, by } = flags
      const scope = { places, documents, by, types: flags.type?.map(entryType) }
      const { index } = await runtime.withDesk(flags, (desk) =>
        desk.call('placeHold', { hold: name, reason: flags.reason, scope }),
      )
      terminal.out(`hold ${name} placed, ledger entry ${index}\n`)
    })
  bookOptions(hold.command('release'))
    .description('say that a hold may end; it ends when a second person has said so')
    .argument('<name>', 'name of the hold')
    .requiredOption(...REASON)
    .option('--as <pseudonym>', 'who says so, on the word of the operator of this machine')
    .action(async (name: string, flags: BookFlags & { reason: string; as?: string }) => {
      const { index, released, said, needed } = await runtime.withDesk(flags, (desk) =>
        desk.call('releaseHold', { hold: name, reason: flags.reason, as: flags.as }),
      )
      const state = released ? 'is released' : `stands: ${said} of ${needed} people have said that it may end`
      terminal.out(`hold ${name} ${state}, ledger entry ${index}\n`)
    })
}

export function addFreeze(program: Command, runtime: Runtime, _exit: SetExit): void {
  bookOptions(program.command('freeze'))
    .description(
      'preserve what the book says of a port and its place, as the machine; people release it as a hold',
    )
    .argument('<port>', 'PORT')
    .requiredOption('--name <name>', 'name of the hold')
    .requiredOption(...REASON)
    .action(async (port: string, flags: BookFlags & { name: string; reason: string }) => {
      const frozen = await runtime.withDesk(flags, (desk) =>
        desk.call('freezePort', { port, hold: flags.name, reason: flags.reason }),
      )
      runtime.terminal.out(
        `${plain(frozen.port)} frozen as ${flags.name}, ledger entry ${frozen.index}, state sha256:${frozen.sha256}\n`,
      )
    })
}

function rowOf({ hold, index, kind, by, scope, releases, reason }: HoldView): string[] {
  const covers = Object.values(scope).flat().join(' ')
  const said = releases.map(({ by }) => by).join(' ')
  return [hold, `${index} ${kind}`, by, covers === '' ? 'everything' : covers, said, reason]
}
