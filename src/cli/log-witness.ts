import type { Command } from 'commander'

import { bookOptions, type SetExit } from './options.ts'
import type { BookFlags, Runtime, WitnessFlags } from './runtime.ts'

export function addLogWitness(log: Command, runtime: Runtime, exit: SetExit): void {
  const witness = log
    .command('witness')
    .description('watch other books from outside, and have this one watched')
  bookOptions(witness.command('commit'))
    .description('commit the newest checkpoint to a git repository: a witness for those who have no other')
    .argument('[repo]', 'a clone that others fetch from (default: the one of the configuration)')
    .action(async (repo: string | undefined, flags: BookFlags) => {
      const { commitCheckpoint } = await import('../actions/commit-checkpoint.ts')
      const repository = await runtime.repository(flags, repo)
      const { size, commit } = await runtime.withDesk(flags, (desk) => commitCheckpoint(desk, repository))
      runtime.terminal.out(
        commit === null
          ? `${repository.path} holds the checkpoint of ${size} entries already\n`
          : `${repository.path}: checkpoint of ${size} entries, commit ${commit}; push it to where others fetch from\n`,
      )
    })
  witness
    .command('serve')
    .description('cosign the checkpoints of logs that only ever grow (C2SP tlog-witness)')
    .requiredOption('--name <name>', 'name of this witness, a URL without its scheme: witness.example.com/w1')
    .requiredOption('--log-key <key...>', 'keys of the logs to follow, as portreeve log trust prints them')
    .requiredOption(
      '--state <dir>',
      'folder of what it cosigned last, and of its key; never restore an old copy of it',
    )
    .option('--listen <address:port>', 'where it listens', '127.0.0.1:8461')
    .option('--key <file>', 'its key, Ed25519 (default: witness.key in the state folder, made if missing)')
    .action(async (flags: WitnessFlags) => exit(await runtime.serveWitness(flags)))
}
