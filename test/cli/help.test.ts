import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { DOCUMENT_KINDS } from '../../src/model/document.ts'
import { workplace } from '../support/cli.ts'
import { EXAMPLES } from '../support/documents.ts'

describe('help', { timeout: 180_000 }, () => {
  test('every command that is listed explains itself, and so does every command below it', async () => {
    const place = workplace()
    const commands = commandsIn((await place.run(['--help'])).out)
    expect(commands).toEqual(
      expect.arrayContaining([
        'up',
        'scan',
        'init',
        'declare',
        'check',
        'connections',
        'trace',
        'diff',
        'ports',
        'show',
        'why',
        'coverage',
        'log',
        'backup',
        'restore',
        'rebuild',
        'schema',
      ]),
    )
    for (const command of commands.filter((name) => name !== 'help')) {
      const { code, out, err } = await place.run([command, '--help'])
      expect({ command, code, err }).toEqual({ command, code: 0, err: '' })
      expect(out).toMatch(new RegExp(`^Usage: portreeve ${command}\\b`))
      // A sentence that says what it does, before any list.
      expect(out.split('\n\n')[1]).toMatch(/\w+ \w+ \w+/)
      for (const below of commandsIn(out).filter((name) => name !== 'help')) {
        expect((await place.run([command, below, '--help'])).out).toMatch(
          new RegExp(`^Usage: portreeve ${command} ${below}\\b`),
        )
      }
    }
  })

  test('the version is one line', async () => {
    expect(await workplace().run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

function commandsIn(help: string): string[] {
  const list = /^Commands:\n((?: {2,}.*\n)+)/m.exec(`${help}\n`)?.[1] ?? ''
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '')
}

describe('schema', { timeout: 120_000 }, () => {
  test.each(DOCUMENT_KINDS.filter((kind) => kind in EXAMPLES).map((kind) => ({ kind })))(
    'of $kind is a JSON Schema that takes the example of the interface and no unknown field',
    async ({ kind }) => {
      const schema = await workplace().json(['schema', kind])
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
      const check = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
      const example = EXAMPLES[kind] ?? {}
      expect(check.safeParse(example).error?.issues ?? []).toEqual([])
      const odd = { ...example, spec: { ...(example['spec'] as object), colour: 'red' } }
      expect(check.safeParse(odd).success).toBe(false)
    },
  )

  test('of a kind that is none is refused', async () => {
    const { code, err } = await workplace().run(['schema', 'Harbour'])
    expect(code).toBe(2)
    expect(err).toMatch(/^portreeve: error: .*Port/)
  })
})

test('the documents of the interface go into a book', { timeout: 60_000 }, async () => {
  const place = workplace()
  place.put(
    'portreeve.yaml',
    Object.values(EXAMPLES)
      .map((document) => JSON.stringify(document))
      .join('\n---\n'),
  )
  const { code, out, err } = await place.run(['declare', '.'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`${Object.keys(EXAMPLES).length} new`)
})
