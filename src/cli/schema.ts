import { Argument, type Command } from 'commander'

import { DOCUMENT_KINDS, type DocumentKind } from '../model/document.ts'
import type { SetExit } from './options.ts'
import type { Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

export function addSchema(program: Command, runtime: Runtime, _exit: SetExit): void {
  program
    .command('schema')
    .description('JSON Schema of a document kind')
    .addArgument(new Argument('<kind>').choices([...DOCUMENT_KINDS]))
    .action(async (kind: DocumentKind) => {
      const { documentSchema } = await import('../actions/document-schema.ts')
      printJson(runtime.terminal, documentSchema(kind))
    })
}
