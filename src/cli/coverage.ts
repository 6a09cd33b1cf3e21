import type { Command } from 'commander'

import { LOST_HINT, lostText } from '../actions/lost-keys.ts'
import type { CoverageReport, PlaceCoverage } from '../api/views.ts'
import { bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson, table, type Terminal } from './terminal.ts'

const MARK = { full: '#', partial: '+', never: '.' } as const

export function addCoverage(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('coverage')))
    .description('which places were observed, when and how completely')
    .argument('[place]')
    .option('--days <number>', 'so many days back', wholeNumber(1, 366), 14)
    .action(async (place: string | undefined, flags: BookFlags & { json?: true; days: number }) => {
      const query = { days: flags.days, ...(place === undefined ? {} : { place }) }
      const report = await runtime.withDesk(flags, (desk) => desk.call('coverage', query))
      if (flags.json) printJson(runtime.terminal, report)
      else {
        runtime.terminal.out(reportText(runtime.terminal, report))
        if (report.sealed.lost > 0)
          runtime.terminal.err(`portreeve: warning: ${lostText(report.sealed)}. ${LOST_HINT}\n`)
      }
    })
}

function reportText(terminal: Terminal, report: CoverageReport): string {
  if (report.places.length === 0) return 'No place is known yet; portreeve up observes this host.\n'
  const { inScope, full, partial, never } = report.summary
  return [
    table(terminal, ['PLACE', 'DAYS', 'SOURCE', 'STATE', 'LAST PASS'], report.places.flatMap(rowsOf)),
    `\n# full  + partial  . never; oldest day first\nToday, of ${inScope} in scope: ${full} full, ${partial} partial, ${never} never.\n`,
  ].join('')
}

function rowsOf(place: PlaceCoverage): string[][] {
  const days = place.days.map((day) => MARK[day.state]).join('')
  const name = place.inScope ? place.place : `${place.place} (out of scope)`
  if (place.sources.length === 0) return [[name, days, '-', 'never observed', '-']]
  return place.sources.map((source, n) => [
    n === 0 ? name : '',
    n === 0 ? days : '',
    source.name,
    source.state,
    source.lastPass,
  ])
}
