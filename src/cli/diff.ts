import type { Command } from 'commander'

import type { ChangedConnection, ChangedPort, DiffReport } from '../actions/diff.ts'
import { jsonOption, type SetExit } from './options.ts'
import { reachOptions, type ReachFlags } from './reach-options.ts'
import type { Runtime } from './runtime.ts'
import { paint, plain, printJson, type Terminal } from './terminal.ts'

export function addDiff(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(reachOptions(program.command('diff')))
    .description('what a change of manifests opens and closes: connections, and zones that reach a port')
    .argument('<old>', 'file or folder before the change')
    .argument('<new>', 'file or folder behind it')
    .action(async (before: string, after: string, flags: ReachFlags & { json?: true }) => {
      const { terminal, now, files } = runtime
      const { diff } = await import('../actions/diff.ts')
      const report = await diff(await files(), before, after, flags, now())
      if (flags.json) printJson(terminal, { version: 1, at: now(), ...report })
      else terminal.out(diffText(terminal, report))
    })
}

function diffText(terminal: Terminal, { opened, closed, ports }: DiffReport): string {
  if (opened.length + closed.length + ports.length === 0) return 'nothing is opened and nothing is closed\n'
  const lines = [
    ...opened.map((one) => paint(terminal, '31', `+ ${connectionLine(one)}`)),
    ...closed.map((one) => paint(terminal, '32', `- ${connectionLine(one)}`)),
    ...ports.flatMap((port) => portLines(terminal, port)),
  ]
  return `${lines.join('\n')}\n`
}

function connectionLine({ from, to, may, must }: ChangedConnection): string {
  const proved = must === may ? '' : `; proved: ${must}`
  return plain(`${from} to ${to}: ${may}${proved}`)
}

function portLines(terminal: Terminal, { id, opened, closed, present }: ChangedPort): readonly string[] {
  const word = present === 'new' ? 'new port' : present === 'old' ? 'port gone' : 'port'
  return [
    ...(opened.length > 0 || present === 'new'
      ? [paint(terminal, '31', plain(`+ ${word} ${id}: ${opened.join(', ') || 'nobody'}`))]
      : []),
    ...(closed.length > 0 || present === 'old'
      ? [paint(terminal, '32', plain(`- ${word} ${id}: ${closed.join(', ') || 'nobody'}`))]
      : []),
  ]
}
