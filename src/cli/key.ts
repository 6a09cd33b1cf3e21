import { Option, type Command } from 'commander'

import { HOLDER_KINDS, type EntryType, type HolderKind, KEY_SCOPES } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { actOptions, type ActFlags, performAct, submitSigned } from './key-act.ts'
import { addKeyList } from './key-list.ts'
import { bookOptions, type SetExit, wholeNumber } from './options.ts'
import type { Runtime } from './runtime.ts'
import type { SubmitFlags } from './signing.ts'

export function addKey(program: Command, runtime: Runtime, _exit: SetExit): void {
  const key = program.command('key').description('whose signatures count: enrol, retire and replace keys')
  addKeyList(key, runtime)
  addEnrol(key, runtime)
  addRoot(key, runtime)
  addEndings(key, runtime)
  addRotation(key, runtime)
  addSubmit(key, runtime)
}

interface EnrolFlags extends ActFlags {
  readonly holder: string
  readonly kind: HolderKind
  readonly scope: EntryType[]
  readonly until?: string
}

function addEnrol(key: Command, runtime: Runtime): void {
  actOptions(key.command('enroll'))
    .description('let a key sign entries of the types that are named')
    .argument('<file>', 'OpenSSH public key (.pub), or Ed25519 key in PEM')
    .requiredOption(
      '--holder <pseudonym>',
      'who holds it: a pseudonym of [a-z0-9_-], never a name or an address',
    )
    .addOption(new Option('--kind <kind>').choices([...HOLDER_KINDS]).default('person'))
    .addOption(
      new Option('--scope <type...>', 'types of entry that it may sign')
        .choices(KEY_SCOPES)
        .makeOptionMandatory(),
    )
    .option('--until <time>', 'when it is meant to be replaced; shown, decides nothing')
    .action(async (file: string, flags: EnrolFlags) => {
      const { readKeyFile } = await import('../actions/key-files.ts')
      const { text } = await readKeyFile(await runtime.signing(), file, flags.holder)
      const { holder, kind, scope, until } = flags
      const body = { act: 'enrol', key: text, holder, kind, scope } as const
      await performAct(runtime, flags, until === undefined ? body : { ...body, until: instantOf(until) }, [
        file,
      ])
    })
}

function addRoot(key: Command, runtime: Runtime): void {
  actOptions(key.command('root'))
    .description('name the root keys, so many of which decide about all others from then on')
    .argument('<name=file...>', 'a pseudonym and an OpenSSH public key (.pub), or Ed25519 key in PEM')
    .requiredOption('--threshold <number>', 'how many of them must sign', wholeNumber(1, 16))
    .action(async (named: string[], flags: ActFlags & { threshold: number }) => {
      const { readKeyFile } = await import('../actions/key-files.ts')
      const files = await runtime.signing()
      const pairs = named.map(pairOf)
      const keys = await Promise.all(pairs.map(({ name, file }) => readKeyFile(files, file, name)))
      const body = {
        act: 'root',
        root_keys: keys.map(({ text }) => text),
        threshold: flags.threshold,
      } as const
      await performAct(
        runtime,
        flags,
        body,
        pairs.map(({ file }) => file),
      )
    })
}

function addEndings(key: Command, runtime: Runtime): void {
  const reason = ['--reason <text>', 'why; it stands on the ledger, so no names'] as const
  actOptions(key.command('retire'))
    .description('end a key: what it signed stays valid')
    .argument('<key>', 'its key id, or NAME+KEYID')
    .requiredOption(...reason)
    .action(async (named: string, flags: ActFlags & { reason: string }) => {
      const text = await findKey(runtime, flags, named)
      await performAct(runtime, flags, { act: 'retire', key: text, reason: flags.reason }, [])
    })
  actOptions(key.command('compromise'))
    .description('mark a key as having been in other hands: what it signed from an entry on does not count')
    .argument('<key>', 'its key id, or NAME+KEYID')
    .requiredOption(
      '--since <index>',
      'the first entry that does not count',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .requiredOption(...reason)
    .action(async (named: string, flags: ActFlags & { reason: string; since: number }) => {
      const text = await findKey(runtime, flags, named)
      const body = { act: 'compromise', key: text, since_index: flags.since, reason: flags.reason } as const
      await performAct(runtime, flags, body, [])
    })
}

function addRotation(key: Command, runtime: Runtime): void {
  actOptions(key.command('rotate-log'))
    .description("replace the log's own key: first both sign, then, with --end, the new one alone")
    .option('--end', 'the old key signs up to here, and is destroyed')
    .action(async (flags: ActFlags & { end?: true }) => {
      await performAct(runtime, flags, { act: flags.end ? 'log-end' : 'log' }, [])
    })
}

function addSubmit(key: Command, runtime: Runtime): void {
  bookOptions(key.command('submit'))
    .description('hand in a statement that --statement wrote, with signatures that were made elsewhere')
    .argument('<statement>', 'the file that was signed')
    .option('--signature <file...>', 'signatures: what ssh-keygen -Y sign wrote, or lines of a note')
    .option('--sign <file...>', 'sign here as well, with these keys')
    .action((file: string, flags: SubmitFlags) => submitSigned(runtime, flags, file))
}

function pairOf(named: string): { name: string; file: string } {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(named) ?? []
  if (name !== undefined && file !== undefined) return { name, file }
  throw new Refusal('bad-input', `${named} does not say whose key it is`, { hint: 'write NAME=FILE' })
}

async function findKey(runtime: Runtime, flags: ActFlags, named: string): Promise<string> {
  const { keys } = await runtime.withDesk(flags, (desk) => desk.call('listKeys', {}))
  const found = keys.filter(({ key, name, keyId }) => [key, keyId, `${name}+${keyId}`].includes(named))
  const [only] = found
  if (only !== undefined && found.length === 1) return only.key
  throw new Refusal(
    'key-unknown',
    `${named} is ${found.length === 0 ? 'no key' : 'the id of several keys'} that is enrolled`,
    {
      hint: 'portreeve key list shows name and id of each',
    },
  )
}

function instantOf(text: string): string {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text) && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new Refusal('bad-input', `${text} is not a time`, {
    hint: 'write it as RFC 3339: 2027-01-31T00:00:00Z',
  })
}
