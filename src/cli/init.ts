import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Command } from 'commander'

import { Refusal } from '../model/refusal.ts'
import type { SetExit } from './options.ts'
import type { Runtime } from './runtime.ts'

export function addInit(program: Command, runtime: Runtime, _exit: SetExit): void {
  program
    .command('init')
    .description(
      'write a first portreeve.yaml from a scan of this host; what only a person knows is left as TODO',
    )
    .argument('[dir]', 'where to write it', '.')
    .action(async (dir: string) => {
      const path = join(dir, 'portreeve.yaml')
      if (existsSync(path))
        throw new Refusal('conflict', `${path} is there already`, {
          hint: 'move it away, or edit it: portreeve show PORT prints a document for one more port',
        })
      const { firstDocuments } = await import('../actions/init.ts')
      const { text, schema, ports, todos } = await firstDocuments(await runtime.host(), runtime.now())
      write(path, text)
      // The first line of portreeve.yaml names it, so that an editor completes and checks.
      writeFileSync(join(dir, schema.file), schema.text)
      runtime.terminal.out(
        `${path}: ${ports} ports of this host; ${todos} times TODO for what only a person knows\n`,
      )
      runtime.terminal.out('Edit it, then: portreeve declare . && portreeve check\n')
    })
}

/** `wx`: a file that appeared since the look above is not overwritten. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (cause) {
    throw new Refusal('file-unreadable', `${path} cannot be written`, {
      hint: 'name a folder that is there and writable: portreeve init DIR',
      cause,
    })
  }
}
