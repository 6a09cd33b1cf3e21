import type { ErrorCode, YAMLParseError } from 'yaml'
import type { Fault, Position } from '../../model/refusal.ts'

/** The first thing that is wrong with broken YAML, in plain words; what follows it is mostly its consequence. */
export function syntaxFault(error: YAMLParseError, position: (offset: number) => Position): Fault {
  const [message, hint] = WORDS[error.code] ?? [error.message, null]
  return { message: `the YAML is broken: ${message}`, position: position(error.pos[0]), hint }
}

const WORDS: Partial<Record<ErrorCode, readonly [message: string, hint: string]>> = {
  TAB_AS_INDENT: ['a tab indents here', 'indent with spaces'],
  BAD_INDENT: [
    'this line is indented differently from its neighbours',
    'fields of one object begin in the same column',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a nested object begins on the line of its field',
    'put it on the next line and indent it',
  ],
  MULTILINE_IMPLICIT_KEY: ['a field name without `:`', 'write `name: value`'],
  BAD_DQ_ESCAPE: ['an unknown escape after `\\`', 'use single quotes, or write `\\\\`'],
  BAD_SCALAR_START: ['a value cannot begin with this character', 'put the value in quotes'],
  MISSING_CHAR: ['a quote, bracket or `:` is missing', 'close what this opens'],
  BAD_ALIAS: ['an alias without a name', 'a value that begins with `*` needs quotes'],
  KEY_OVER_1024_CHARS: ['a field name is longer than 1024 characters', 'is a quote or a `:` missing?'],
  RESOURCE_EXHAUSTION: ['values are nested too deeply', 'no document needs more than eight levels'],
}
