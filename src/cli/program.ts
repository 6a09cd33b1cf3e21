import { Command, CommanderError } from 'commander'

import { Fatal, Refusal } from '../model/refusal.ts'
import { addBackup } from './backup.ts'
import { addCheck } from './check.ts'
import { addClose } from './close.ts'
import { addConnections } from './connections.ts'
import { addCoverage } from './coverage.ts'
import { addDeclare } from './declare.ts'
import { addDiff } from './diff.ts'
import { addErase } from './erase.ts'
import { addFreeze, addHold } from './hold.ts'
import { addInit } from './init.ts'
import { addKey } from './key.ts'
import { addLink } from './link.ts'
import { addLog } from './log.ts'
import { addPorts } from './ports.ts'
import { addProve } from './prove.ts'
import { addRebuild } from './rebuild.ts'
import { addRestore } from './restore.ts'
import { addRetention } from './retention.ts'
import type { Runtime } from './runtime.ts'
import { addSample } from './sample.ts'
import { addScan } from './scan.ts'
import { addSchema } from './schema.ts'
import { addShow } from './show.ts'
import { printRefusal } from './terminal.ts'
import { addTrace } from './trace.ts'
import { addUp } from './up.ts'
import { addVerify } from './verify.ts'
import { addWhy } from './why.ts'

/** Exit statuses that users and scripts rely on. */
export const EXIT = { done: 0, findings: 1, refused: 2, undetermined: 3, bug: 70, unknown: 75 } as const

const COMMANDS = [
  addUp,
  addScan,
  addInit,
  addDeclare,
  addCheck,
  addConnections,
  addTrace,
  addDiff,
  addPorts,
  addShow,
  addWhy,
  addClose,
  addCoverage,
  addLog,
  addProve,
  addSample,
  addKey,
  addErase,
  addHold,
  addFreeze,
  addRetention,
  addLink,
  addBackup,
  addRestore,
  addRebuild,
  addVerify,
  addSchema,
]

/** Runs one command line; resolves with the exit status. */
export async function runCommandLine(
  args: readonly string[],
  runtime: Runtime,
  version: string,
): Promise<number> {
  const status = { code: EXIT.done as number }
  const program = new Command('portreeve')
    .description('The port book: when a port went live, why, on whose authority, and what is really there.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: runtime.terminal.out,
      writeErr: (text) => runtime.terminal.err(text.replace(/^error: /, 'portreeve: error: ')),
    })
    .addHelpText('after', HELP)
  for (const add of COMMANDS) add(program, runtime, (code) => (status.code = code))
  try {
    await program.parseAsync([...args], { from: 'user' })
    return status.code
  } catch (error) {
    return failed(error, runtime)
  }
}

function failed(error: unknown, { terminal }: Runtime): number {
  // Commander has printed its own words: a wish for help is done, anything else is bad input.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done
    terminal.err(
      'portreeve: hint: portreeve --help lists the commands, portreeve COMMAND --help its options\n',
    )
    return EXIT.refused
  }
  if (error instanceof Refusal) {
    printRefusal(terminal, error)
    return EXIT.refused
  }
  if (error instanceof Fatal) {
    printRefusal(terminal, error)
    return EXIT.unknown
  }
  terminal.err(
    `portreeve: error: this is a bug in Portreeve: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  terminal.err(
    'portreeve: hint: nothing was acknowledged that is not on disk; please report the lines above\n',
  )
  return EXIT.bug
}

const HELP = `
PORT is a record's name, an id, or HOST:PORT/PROTO that matches one port.

Exit status: 0 done; 1 findings at or above the level; 2 refused or bad input, nothing changed;
3 undetermined; 70 a bug; 75 the durable state is not known.

Environment: PORTREEVE_DATA, PORTREEVE_DATABASE, PORTREEVE_CONFIG, NO_COLOR.

First steps:
  portreeve scan            what listens on this host
  portreeve init            write a first portreeve.yaml from that
  portreeve declare .       put it into the book
  portreeve check           the gate: what is undeclared, unseen or unfinished
  portreeve up              server, console and observation of this host`
