import { Option, type Command } from 'commander'

import type { Input } from '../api/operations.ts'
import type { AsOf, PortsReport } from '../api/views.ts'
import { DOCUMENTED, OBSERVED, TRANSPORTS } from '../model/port.ts'
import { asOfText, atOption, bookOptions, jsonOption, wholeNumber, type SetExit } from './options.ts'
import { portTable } from './port-table.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

interface Flags
  extends
    BookFlags,
    Pick<
      Input<'listPorts'>,
      | 'owner'
      | 'system'
      | 'place'
      | 'observed'
      | 'documented'
      | 'transport'
      | 'finding'
      | 'sort'
      | 'order'
      | 'at'
    > {
  readonly port?: number
  readonly search?: string
  readonly limit: number
  readonly json?: true
}

const PAGE = 1000

export function addPorts(program: Command, runtime: Runtime, _exit: SetExit): void {
  jsonOption(bookOptions(program.command('ports')))
    .description('the book: every port that was seen or declared')
    .option('--owner <owner>')
    .option('--system <name>')
    .option('--place <name>')
    .addOption(new Option('--observed <state>').choices([...OBSERVED]))
    .addOption(new Option('--documented <state>').choices([...DOCUMENTED]))
    .addOption(new Option('--transport <transport>').choices([...TRANSPORTS]))
    .option('--port <number>', 'port number', wholeNumber(0, 65535))
    .option('--finding <rule>', 'a rule, or a severity for that and above')
    .option('--search <text>', 'substring over id, record, service, process, owner, system and purpose')
    .addOption(new Option('--sort <by>').choices(['id', 'port', 'owner', 'since', 'severity']).default('id'))
    .addOption(new Option('--order <order>').choices(['asc', 'desc']).default('asc'))
    .addOption(atOption())
    .option('--limit <number>', 'at most so many', wholeNumber(1, 10_000_000), 10_000)
    .action(async (flags: Flags) => {
      const { report, total, exact, asOf } = await runtime.withDesk(flags, (desk) => collect(desk, flags))
      if (flags.json) return printJson(runtime.terminal, asOf === null ? report : { ...report, asOf })
      if (asOf !== null) runtime.terminal.err(`portreeve: ${asOfText(asOf)}`)
      if (report.ports.length === 0)
        return runtime.terminal.err(
          'portreeve: no port matches; portreeve up observes this host, portreeve declare . puts records into the book\n',
        )
      runtime.terminal.out(portTable(runtime.terminal, report.ports))
      const shown = report.ports.length
      if (shown < total || !exact)
        runtime.terminal.err(
          `portreeve: ${shown} of ${total}${exact ? '' : ' or more'} ports; --limit shows more\n`,
        )
    })
}

type DeskOf = Parameters<Parameters<Runtime['withDesk']>[1]>[0]

async function collect(
  desk: DeskOf,
  flags: Flags,
): Promise<{ report: PortsReport; total: number; exact: boolean; asOf: AsOf | null }> {
  const { owner, system, place, observed, documented, transport, finding, sort, order, port, search, at } =
    flags
  const query = Object.fromEntries(
    Object.entries({
      owner,
      system,
      place,
      observed,
      documented,
      transport,
      finding,
      sort,
      order,
      port,
      q: search,
      at,
    }).filter(([, value]) => value !== undefined),
  ) as Input<'listPorts'>
  const first = await desk.call('listPorts', { ...query, limit: Math.min(PAGE, flags.limit) })
  const ports = [...first.ports]
  const sources = new Map(first.sources.map((source) => [source.name, source]))
  for (let cursor = first.next; cursor !== null && ports.length < flags.limit;) {
    const page = await desk.call('listPorts', {
      ...query,
      cursor,
      limit: Math.min(PAGE, flags.limit - ports.length),
    })
    ports.push(...page.ports)
    for (const source of page.sources) sources.set(source.name, source)
    cursor = page.next
  }
  const report: PortsReport = { version: 1, at: first.at, sources: [...sources.values()], ports }
  return { report, total: first.total.count, exact: first.total.exact, asOf: first.asOf }
}
