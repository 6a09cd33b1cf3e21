/**
 * Declares until it is killed, as `portreeve declare` does; a line `INDEX NAME` once each document was acknowledged.
 * `node declare-loop.ts DATA FIRST`, where FIRST is the number of the first document.
 */
import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { portDocument } from './documents.ts'

const [data = '', first = '0'] = process.argv.slice(2)
const env = await openEnvironment(await readSettings({ data }, {}), { readOnly: false })
const desk = deskOf(env, await openBook(env, 'portreeve/test'))

for (let n = Number(first); ; n += 3) {
  const text = [n, n + 1, n + 2]
    .map((number) => portDocument(`db-${number}`, 1 + (number % 65_535)))
    .join('---\n')
  const { declared } = await desk.call('declare', { files: [{ name: 'loop.portreeve.yaml', text }] })
  for (const { index, name } of declared) process.stdout.write(`${index} ${name}\n`)
}
