import type { Command } from 'commander'

import { bookOptions, jsonOption } from './options.ts'
import type { BookFlags, Runtime } from './runtime.ts'
import { printJson, type Terminal } from './terminal.ts'

export function addLogExport(log: Command, runtime: Runtime): void {
  const { terminal } = runtime
  jsonOption(bookOptions(log.command('export')))
    .description(
      'write the log as a folder of tiles that any web server can serve; again, it adds what is new',
    )
    .argument('<dir>', 'the folder; it is made if it is not there')
    .action(async (dir: string, flags: BookFlags & { json?: true }) => {
      const folder = await runtime.exportFolder(dir)
      const { exportLog } = await import('../actions/export-log.ts')
      const tell = progress(terminal)
      const exported = await runtime.withDesk(flags, (desk) => exportLog(desk, folder, tell))
      if (flags.json) return printJson(terminal, exported)
      terminal.out(`${dir}: ${exported.size} entries of ${exported.origin}, ${exported.written} new files\n`)
    })
}

/** A line each second, from the second second on. */
export function progress({ err }: Terminal): (done: number, of: number) => void {
  let due = performance.now() + 1000
  return (done, of) => {
    if (performance.now() < due) return
    due += 1000
    err(`portreeve: ${done} of ${of} tiles\n`)
  }
}
