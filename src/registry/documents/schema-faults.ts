import type { z } from 'zod'
import type { DocumentKind } from '../../model/document.ts'
import type { Json } from '../../model/entry.ts'
import type { Fault } from '../../model/refusal.ts'
import { CLAUSE_KINDS } from './clauses.ts'
import { shown } from './fields.ts'
import { nearest } from './nearest.ts'
import { pathText, valueAt } from './path.ts'
import type { Path } from './path.ts'
import { fieldsOf, shapeAt, shapeOf } from './shape.ts'
import type { YamlDocument } from './yaml.ts'

type Issue = z.core.$ZodIssue

/** What a schema says is wrong, as faults with position and a way out. */
export function schemaFaults(
  kind: DocumentKind,
  document: YamlDocument,
  issues: readonly Issue[],
): readonly Fault[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownField(kind, document, path, key))
    const value = valueAt(document.value, path)
    if (value === undefined || value === null) return [missing(kind, document, path)]
    const message = `${fieldText(path)}: ${issue.message}`
    return [{ message, position: document.at(path), hint: hintOf(issue, value) }]
  })
}

/** The wording of issues for which a schema has none of its own. */
export function defaultMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return `${shown(issue.input)} is not ${TYPES[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `${shown(issue.input)} is not a value that is known here`
  if (issue.code === 'invalid_union') return 'this kind of clause is not known'
  return undefined
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a set of fields',
}

function unknownField(kind: DocumentKind, document: YamlDocument, path: Path, key: string): Fault {
  const fields = Object.keys(fieldsOf(shapeAt(shapeOf(kind), document.value, path)))
  const near = nearest(key, fields)
  return {
    message: `unknown field ${shown(key)} in ${fieldText(path)}`,
    position: document.keyAt([...path, key]),
    hint: near === null ? `fields here: ${fields.join(', ')}` : `did you mean \`${near}\`?`,
  }
}

function missing(kind: DocumentKind, document: YamlDocument, path: Path): Fault {
  const { description } = shapeAt(shapeOf(kind), document.value, path)
  const written = valueAt(document.value, path) === null
  return {
    message: `${fieldText(path)} ${written ? 'has no value' : 'is missing'}`,
    position: written ? document.keyAt(path) : document.at(path),
    hint: typeof description === 'string' ? description : null,
  }
}

function hintOf(issue: Issue, value: Json): string | null {
  if (issue.code === 'custom') return (issue.params?.['hint'] as string | undefined) ?? null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (issue.code === 'invalid_value') return optionHint(text, issue.values.map(String))
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'kind') return optionHint(text, CLAUSE_KINDS)
  if (issue.code !== 'invalid_type') return null
  if (issue.expected === 'string' && typeof value !== 'object') return 'put it in quotes'
  return issue.expected === 'array' ? 'put it in brackets: [a, b]' : null
}

function optionHint(value: string, options: readonly string[]): string {
  const near = nearest(value, options)
  return near === null ? `one of ${options.join(', ')}` : `did you mean \`${near}\`?`
}

function fieldText(path: Path): string {
  return path.length === 0
    ? 'the document'
    : pathText(path[0] === 'spec' && path.length > 1 ? path.slice(1) : path)
}
