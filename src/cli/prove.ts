import { InvalidArgumentError, type Command } from 'commander'

import type { Output } from '../api/operations.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { plain, printJson } from './terminal.ts'

interface ProveFlags extends BookFlags {
  readonly json?: true
  readonly at?: string
  readonly period?: { readonly from: string; readonly until: string }
  readonly question?: string
  readonly disclose?: true
  readonly out: string
}

export function addProve(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('prove')))
    .description(
      'an evidence pack on one port: when it went live, why, on whose word; anybody can check it offline',
    )
    .argument('<port>', "a record's name, an id, or HOST:PORT/PROTO")
    .requiredOption('-o, --out <dir>', 'the folder of the pack; it must not be there yet, or be empty')
    .option('--at <time>', 'the moment asked about, RFC 3339 (default: now)')
    .option('--period <from..until>', 'a stretch of time, RFC 3339; the end is not included', period)
    .option('--question <text>', 'the question in the words of whoever asks')
    .option('--disclose', 'open the values that identify persons (they are withheld otherwise)')
    .action(async (port: string, flags: ProveFlags) => {
      const { at, question, disclose = false } = flags
      const pack = await runtime.withDesk(flags, (desk) =>
        desk.call('provePort', { port, at, question, disclose, ...flags.period }),
      )
      await writePack(runtime, flags, pack)
    })
}

/** Writes a pack and says how it is checked. */
export async function writePack(
  { terminal, writeFolder }: Runtime,
  { out, json }: { readonly out: string; readonly json?: true },
  { origin, size, files }: Output<'provePort'>,
): Promise<void> {
  await writeFolder(
    out,
    files.map(({ path, base64 }) => ({ path, bytes: Buffer.from(base64, 'base64') })),
  )
  if (json) {
    printJson(terminal, { version: 1, folder: out, origin, size, files: files.map(({ path }) => path) })
    return
  }
  const answer = files.find(({ path }) => path === 'answer.txt')
  terminal.out(plain(Buffer.from(answer?.base64 ?? '', 'base64').toString()))
  terminal.err(
    `portreeve: ${out}: ${files.length} files, under the checkpoint of ${size} entries of ${origin}\nportreeve: check it: portreeve verify ${out} --trust FILE, with the file that portreeve log trust prints, handed over apart\n`,
  )
}

export function period(text: string): { readonly from: string; readonly until: string } {
  const [from, until, more] = text.split('..')
  if (from === undefined || until === undefined || more !== undefined)
    throw new InvalidArgumentError('write FROM..UNTIL, two times of RFC 3339.')
  return { from, until }
}
