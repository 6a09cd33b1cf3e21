import { Option, type Command } from 'commander'

import { ENFORCEMENTS, type PolicyEnforcement } from '../actions/read-cluster.ts'

export interface ReachFlags {
  readonly cni?: PolicyEnforcement
  readonly zones?: string
}

/** What manifests do not say, and every answer about reach rests on. */
export function reachOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--cni <enforcement>',
        'whether the network plugin enforces policies, which no manifest says',
      )
        .choices([...ENFORCEMENTS])
        .default('assumed'),
    )
    .option('--zones <file>', 'Zone documents, beside those among the paths')
}
