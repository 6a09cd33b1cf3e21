import type { Command } from 'commander'

import type { HeldKeyView, KeysView } from '../api/keys.ts'
import { bookOptions, jsonOption } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson, table, type Terminal } from './terminal.ts'

export function addKeyList(key: Command, runtime: Runtime): void {
  jsonOption(bookOptions(key.command('list')))
    .description('keys of the log, root keys, and keys of people and machines')
    .action(async (flags: BookFlags & { json?: true }) => {
      const keys = await runtime.withDesk(flags, (desk) => desk.call('listKeys', {}))
      if (flags.json) return printJson(runtime.terminal, keys)
      printKeys(runtime.terminal, keys, runtime.now())
    })
}

function printKeys(terminal: Terminal, { origin, logKeys, roots, keys }: KeysView, now: string): void {
  terminal.out(`log ${origin}\n`)
  for (const { keyId, from, until } of logKeys)
    terminal.out(`  ${keyId} signs it from entry ${from}${until === null ? '' : ` to ${until}`}\n`)
  if (roots === null) terminal.out('no root keys: keys are enrolled on the word of the log alone\n')
  else {
    const word = roots.word === 'log' ? ", named on the log's word" : ''
    terminal.out(`root keys, ${roots.threshold} of which decide, since entry ${roots.index}${word}\n`)
    for (const { name, keyId, fingerprint } of roots.keys)
      terminal.out(`  ${name}+${keyId} ${fingerprint ?? ''}`.trimEnd() + '\n')
  }
  if (keys.length === 0) return
  const rows = keys.map((key) => [
    `${key.name}+${key.keyId}`,
    key.kind,
    key.type,
    key.scope.join(' '),
    standing(key, now),
    enrolment(key),
    key.fingerprint ?? '',
  ])
  terminal.out(
    table(terminal, ['KEY', 'HOLDER', 'TYPE', 'SIGNS', 'STANDING', 'ENROLLED', 'FINGERPRINT'], rows),
  )
}

function standing({ standing, until, retired, compromises }: HeldKeyView, now: string): string {
  if (standing === 'retired' && retired !== null) return `retired in entry ${retired.index}`
  if (standing === 'compromised') {
    const [{ index, reach } = { index: 0, reach: 0 }] = compromises.toSorted((a, b) => a.reach - b.reach)
    return `compromised from entry ${reach} on (entry ${index})`
  }
  return until !== null && until < now ? `in force, meant until ${until}` : 'in force'
}

function enrolment({ enrolled }: HeldKeyView): string {
  return enrolled.word === 'log' ? `entry ${enrolled.index}, on the log's word` : `entry ${enrolled.index}`
}
