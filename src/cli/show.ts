import type { Command } from 'commander'

import type { PortPage } from '../api/views.ts'
import { bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { paintSeverity, plain, printJson, table, type Terminal } from './terminal.ts'

export function addShow(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('show')))
    .description('one record with its sightings, findings and history')
    .argument('<port>', "a record's name, an id, or HOST:PORT/PROTO")
    .action(async (port: string, flags: BookFlags & { json?: true }) => {
      const page = await runtime.withDesk(flags, (desk) => desk.call('showPort', { port }))
      if (flags.json) printJson(runtime.terminal, page)
      else runtime.terminal.out(pageText(runtime.terminal, page))
    })
}

function pageText(terminal: Terminal, page: PortPage): string {
  const { port } = page
  const facts: [string, string | null][] = [
    ['id', port.id],
    ['record', port.record],
    ['system', port.system],
    ['owner', port.owner],
    ['purpose', port.purpose],
    [
      'state',
      `observed ${port.observed}, documented ${port.documented}, approval ${port.approval}, enforcement ${port.enforcement}`,
    ],
    [
      'process',
      port.processes
        .map((process) => [process.name, process.pid, process.path].filter((part) => part !== null).join(' '))
        .join('; ') || null,
    ],
    ['declared in', port.at],
  ]
  const parts = [
    `${plain(page.sentence)}\n`,
    facts.map(([name, value]) => `${name.padEnd(12)} ${plain(value ?? '-')}`).join('\n') + '\n',
    ...port.findings.map(
      (finding) =>
        `${paintSeverity(terminal, finding.severity)} ${finding.rule}: ${plain(finding.text)}${finding.hint === null ? '' : `\n  ${plain(finding.hint)}`}\n`,
    ),
    table(
      terminal,
      ['SEEN BY', 'STATE', 'SINCE', 'LAST PASS', 'ENTRY'],
      page.sightings.map((sighting) => [
        sighting.source,
        sighting.state,
        sighting.since.notAfter,
        sighting.lastPass ?? '-',
        String(sighting.index),
      ]),
    ),
    table(
      terminal,
      ['WHEN', 'ENTRY', 'WHAT'],
      page.timeline.map((event) => [event.at, String(event.index), `${event.kind}: ${event.text}`]),
    ),
  ]
  if (page.suggestion !== null)
    parts.push(
      `To declare it, put this into portreeve.yaml behind a line of --- (or into a file of its own, NAME.portreeve.yaml), write what TODO stands for, and run: portreeve declare .\n\n${page.suggestion}`,
    )
  return parts.join('\n')
}
