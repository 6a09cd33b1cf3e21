import { Argument, type Command } from 'commander'

import { documentSchema } from '../actions/document-schema.ts'
import { DOCUMENT_KINDS, type DocumentKind } from '../model/document.ts'
import type { SetExit } from './options.ts'
import type { Runtime } from './runtime.ts'
import { printJson } from './terminal.ts'

export function addSchema(program: Command, runtime: Runtime, _exit: SetExit): void {
  program
    .command('schema')
    .description('JSON Schema of a document kind')
    .addArgument(new Argument('<kind>').choices([...DOCUMENT_KINDS]))
    .action((kind: DocumentKind) => printJson(runtime.terminal, documentSchema(kind)))
}
