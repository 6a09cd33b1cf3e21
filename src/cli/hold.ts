import { type Command, Option } from 'commander'

import type { Input } from '../api/operations.ts'
import type { HoldView } from '../api/privacy.ts'
import type { NoteKey } from '../lib/note-key.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import { entryType } from './log.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { gather, submit, type SubmitFlags, writeDraft } from './signing.ts'
import { plain, printJson, table } from './terminal.ts'

interface SignFlags extends SubmitFlags {
  readonly reason: string
  readonly statement?: string
  readonly holder?: string
}

interface ReleaseFlags extends SignFlags {
  readonly as?: string
}

interface PlaceFlags extends SignFlags {
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
  signOptions(hold.command('place'))
    .description('keep what is named; nothing named is every entry')
    .argument('<name>', 'name of the hold')
    .requiredOption(...REASON)
    .option('--place <place...>', 'places')
    .option('--document <document...>', 'documents, as Kind/name')
    .option('--type <type...>', 'types of entry')
    .option('--by <pseudonym...>', 'who declared or decided')
    .action(async (name: string, flags: PlaceFlags) => {
      const { place: places, document: documents, by, reason } = flags
      const scope = { places, documents, by, types: flags.type?.map(entryType) }
      const index = isSigned(flags)
        ? await signHold(runtime, flags, { act: 'place', hold: name, reason, scope })
        : (await runtime.withDesk(flags, (desk) => desk.call('placeHold', { hold: name, reason, scope })))
            .index
      if (index !== null) terminal.out(`hold ${name} placed, ledger entry ${index}\n`)
    })
  signOptions(hold.command('release'))
    .description('say that a hold may end; it ends when a second person has said so')
    .argument('<name>', 'name of the hold')
    .requiredOption(...REASON)
    .addOption(
      new Option(
        '--as <pseudonym>',
        'who says so, on the word of the operator of this machine; only while no key is enrolled for holds',
      ).conflicts(['sign', 'statement', 'holder']),
    )
    .action(async (name: string, flags: ReleaseFlags) => {
      if (isSigned(flags)) {
        const index = await signHold(runtime, flags, { act: 'release', hold: name, reason: flags.reason })
        if (index !== null) terminal.out(`${await standText(runtime, flags, name)}, ledger entry ${index}\n`)
        return
      }
      const { index, released, said, needed } = await runtime.withDesk(flags, (desk) =>
        desk.call('releaseHold', { hold: name, reason: flags.reason, as: flags.as }),
      )
      terminal.out(`${stateText(name, released ? null : said, needed)}, ledger entry ${index}\n`)
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

function signOptions(command: Command): Command {
  return bookOptions(command)
    .option('--sign <file...>', 'sign with this key: an OpenSSH key, also of an agent or a token, or PEM')
    .addOption(
      new Option(
        '--statement <file>',
        'write what is to be signed into a new file, for a signer elsewhere; nothing else happens',
      ).conflicts('sign'),
    )
    .option('--holder <pseudonym>', 'whose word it is, where the key alone does not say')
}

function isSigned({ sign, statement }: SignFlags): boolean {
  return sign !== undefined || statement !== undefined
}

/** The index of the entry; null where the text was only written out. */
async function signHold(
  runtime: Runtime,
  flags: SignFlags,
  act: Omit<Input<'draftHold'>, 'by'>,
): Promise<number | null> {
  const files = await runtime.signing()
  return runtime.withDesk(flags, async (desk) => {
    const { keys } = await desk.call('listKeys', {})
    const { readNoteKey } = await import('../lib/note-key.ts')
    const able = keys.filter(({ scope }) => scope.includes('hold')).map(({ key }) => readNoteKey(key))
    const draft = await desk.call('draftHold', {
      ...act,
      by: flags.holder ?? (await speaker(files, flags, able)),
    })
    if (flags.statement !== undefined) {
      await writeDraft(runtime, files, flags.statement, draft)
      return null
    }
    const signatures = await gather(files, flags, [], draft.texts, able)
    return (await submit(desk, draft.texts[0]?.text ?? '', signatures)).index
  })
}

async function speaker(
  files: Awaited<ReturnType<Runtime['signing']>>,
  { sign = [] }: SignFlags,
  able: readonly NoteKey[],
): Promise<string> {
  const { holderOf } = await import('../actions/key-files.ts')
  for (const path of sign) {
    const name = await holderOf(files, path, able)
    if (name !== null) return name
  }
  throw new Refusal(
    'key-unknown',
    sign.length === 0
      ? 'whose word it is was not said'
      : `${sign.join(', ')} is no key that is enrolled for holds`,
    {
      hint: 'name the holder with --holder; portreeve key list shows whose keys are enrolled for hold',
    },
  )
}

async function standText(runtime: Runtime, flags: BookFlags, name: string): Promise<string> {
  const { holds } = await runtime.withDesk(flags, (desk) => desk.call('listHolds', {}))
  const standing = holds.findLast(({ hold }) => hold === name)
  return stateText(name, standing?.releases.filter(({ signed }) => signed).length ?? null, RELEASERS)
}

function stateText(name: string, said: number | null, needed: number): string {
  return `hold ${name} ${said === null ? 'is released' : `stands: ${said} of ${needed} people have said that it may end`}`
}

/** People that it takes to release a hold. */
const RELEASERS = 2

function rowOf({ hold, index, kind, by, scope, releases, reason }: HoldView): string[] {
  const covers = Object.values(scope).flat().join(' ')
  const said = releases.map(({ by, signed }) => (signed ? `${by} (signed)` : by)).join(' ')
  return [hold, `${index} ${kind}`, by, covers === '' ? 'everything' : covers, said, reason]
}
