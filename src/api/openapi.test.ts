import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { openApi } from './openapi.ts'
import { OPERATIONS } from './operations.ts'

const document = openApi()

test('the checked-in description is the one of this code', () => {
  const stored = readFileSync(new URL('../../openapi/portreeve.json', import.meta.url), 'utf8')
  expect(stored, 'write it with: node scripts/openapi.ts').toBe(`${JSON.stringify(document, null, 2)}\n`)
})

test('every operation is described, once', () => {
  const described = members(document).filter(([name]) => name === 'operationId')
  expect(described.map(([, id]) => String(id)).toSorted()).toEqual(
    [...Object.keys(OPERATIONS), 'events'].toSorted(),
  )
})

test('every reference leads somewhere', () => {
  const { schemas } = document['components'] as { schemas: Record<string, unknown> }
  const references = members(document).filter(([name]) => name === '$ref')
  expect(references.length).toBeGreaterThan(50)
  for (const [, target] of references)
    expect(Object.keys(schemas)).toContain(String(target).split('/').at(-1))
})

test('what stands in a path is a required parameter of it', () => {
  const paths = document['paths'] as Record<
    string,
    Record<string, { parameters: { name: string; in: string; required: boolean }[] }>
  >
  for (const [path, methods] of Object.entries(paths)) {
    for (const { parameters } of Object.values(methods)) {
      const required = parameters.filter((parameter) => parameter.in === 'path' && parameter.required)
      expect(required.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
    }
  }
})

/** Every member of every object below `value`. */
function members(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    [name, inner] as [string, unknown],
    ...members(inner),
  ])
}
