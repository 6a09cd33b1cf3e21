import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Whoever reads the verifier goes by its README. */

const lines = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8').split('\n').length - 1

test('the README names every file once, with about as many lines as it has', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const named = [...readme.matchAll(/^\| `([a-z0-9-]+\.ts)` \| (\d+) \|/gm)].map(
    ([, name = '', count]) => [name, Number(count)] as const,
  )
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => /(?<!\.test)\.ts$/.test(name))
  expect(named.map(([name]) => name).toSorted()).toEqual(files.toSorted())
  const wrong = named.filter(([name, count]) => Math.abs(lines(name) - count) > Math.max(10, count / 10))
  expect(wrong.map(([name]) => `${name}: ${lines(name)}`)).toEqual([])
})
