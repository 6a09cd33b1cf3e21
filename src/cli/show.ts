import type { Command } from 'commander'

import type { IntervalView, PortPage } from '../api/views.ts'
import { asOfText, atOption, bookOptions, jsonOption, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { paintSeverity, plain, printJson, table, type Terminal } from './terminal.ts'

export function addShow(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('show')))
    .description('one record with its sightings, findings and history')
    .argument('<port>', "a record's name, an id, or HOST:PORT/PROTO")
    .addOption(atOption())
    .action(async (port: string, flags: BookFlags & { at?: string; json?: true }) => {
      // What bounds an opening from outside is of now: a proof of the past is made by `prove --at`.
      const [page, interval] = await runtime.withDesk(flags, async (desk) => [
        await desk.call('showPort', { port, at: flags.at }),
        flags.at === undefined ? await desk.call('portInterval', { port }) : null,
      ])
      if (flags.json) printJson(runtime.terminal, { ...page, interval: interval?.opening ?? null })
      else runtime.terminal.out(pageText(runtime.terminal, page, interval))
    })
}

function pageText(terminal: Terminal, page: PortPage, interval: IntervalView | null): string {
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
    `${asOfText(page.asOf)}${plain(page.sentence)}\n`,
    facts.map(([name, value]) => `${name.padEnd(12)} ${plain(value ?? '-')}`).join('\n') + '\n',
    ...port.findings.map(
      (finding) =>
        `${paintSeverity(terminal, finding.severity)} ${finding.rule}: ${plain(finding.text)}${finding.hint === null ? '' : `\n  ${plain(finding.hint)}`}\n`,
    ),
    ...page.holds.map(
      ({ hold, kind, by, index, reason, releases }) =>
        `kept by the ${kind} ${hold} of ${plain(by)} (entry ${index}): ${plain(reason)}${releases.length === 0 ? '' : `; ${releases.map((release) => release.by).join(', ')} said that it may end`}\n`,
    ),
    interval === null ? '' : intervalText(terminal, interval),
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

/** When it went live: the collector's claim, the entry that holds it, and what others prove, apart from each other. */
function intervalText(terminal: Terminal, { opening }: IntervalView): string {
  if (opening === null) return 'No opening on record.\n'
  const { claimed, logged, proven, width } = opening
  const seen = (end: typeof proven.notAfter) =>
    end === null ? 'nobody' : `${end.at} (${end.by}, checkpoint ${end.size})`
  return table(
    terminal,
    ['WENT LIVE', 'NOT BEFORE', 'NOT AFTER', 'WIDTH', 'REST ON'],
    [
      [
        'claimed',
        claimed.notBefore ?? 'no earlier pass',
        claimed.notAfter,
        widthText(width.claimed),
        `${opening.source}, clock ${claimed.clock ?? 'not on record'}, entry ${logged.index}`,
      ],
      [
        'proven',
        seen(proven.notBefore),
        seen(proven.notAfter),
        widthText(width.proven),
        proven.notBefore === null && proven.notAfter === null
          ? 'no external witness'
          : 'others than this log',
      ],
    ],
  )
}

function widthText(milliseconds: number | null): string {
  return milliseconds === null ? 'not known' : `${(milliseconds / 1000).toFixed(3)} s`
}
