/**
 * Declares documents that name a person until it is killed, each of them new; a line `INDEX` once it was acknowledged.
 * `node person-loop.ts DATA FIRST PERSON FLAGS…`, FLAGS as `--database URL --key FILE --subject-keys DIR`.
 */
import { parseArgs } from 'node:util'

import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { portDocument } from './documents.ts'

const [data = '', first = '0', person = '', ...rest] = process.argv.slice(2)
const option = { type: 'string' } as const
const { values } = parseArgs({
  args: rest,
  options: { database: option, key: option, 'subject-keys': option },
})
const { database, key, 'subject-keys': subjectKeys } = values
const flags = { data, database, key, subjectKeys } as Parameters<typeof readSettings>[0]
const env = await openEnvironment(await readSettings(flags, {}), { readOnly: false })
const desk = deskOf(env, await openBook(env, 'portreeve/test'))

for (let n = Number(first); ; n++) {
  const text = portDocument(`db-${n}`, 1 + (n % 65_535), { purpose: `Ask ${person} about ${n}` })
  const { declared } = await desk.call('declare', { files: [{ name: 'loop.portreeve.yaml', text }] })
  for (const { index } of declared) process.stdout.write(`${index}\n`)
}
