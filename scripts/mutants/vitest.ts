import { expect } from 'vitest'

/** What the tests take for vitest while mutants are sought: it gathers tests, which can then be run again and again. */

export { expect }

export interface Gathered {
  readonly name: string
  readonly run: () => unknown
}

type Body = (...args: readonly unknown[]) => unknown
type Rest = readonly (Body | object | number | undefined)[]

let gathered: Gathered[] = []
let prefix = ''
const farewells: (() => unknown)[] = []
let finishing: (() => unknown)[] = []

/** The tests of one file. */
export async function gather(load: () => Promise<unknown>): Promise<readonly Gathered[]> {
  gathered = []
  await load()
  return gathered
}

/** Runs one test; answers whether it passed. */
export async function passes(test: Gathered): Promise<boolean> {
  finishing = []
  try {
    await test.run()
    return true
  } catch {
    return false
  } finally {
    for (const finish of finishing) await finish()
  }
}

export async function sayFarewell(): Promise<void> {
  for (const farewell of farewells) await farewell()
}

export const onTestFinished = (work: () => unknown): void => void finishing.push(work)
export const afterAll = (work: () => unknown): void => void farewells.push(work)

const group = (name: string, ...rest: Rest): void => {
  const outer = prefix
  prefix = `${outer}${name} > `
  bodyOf(rest)()
  prefix = outer
}
export const describe = Object.assign(group, {
  skipIf: (isSkipped: boolean) => (isSkipped ? () => undefined : group),
})

const single = (name: string, ...rest: Rest): void => {
  const body = bodyOf(rest)
  gathered.push({ name: prefix + name, run: () => body() })
}
export const test = Object.assign(single, {
  each:
    (table: readonly unknown[]) =>
    (name: string, ...rest: Rest): void => {
      const body = bodyOf(rest)
      for (const [n, row] of table.entries())
        gathered.push({
          name: `${prefix}${name} #${n}`,
          run: () => (Array.isArray(row) ? body(...(row as readonly unknown[])) : body(row)),
        })
    },
})

function bodyOf(rest: Rest): Body {
  const body = rest.find((one) => typeof one === 'function')
  if (body === undefined) throw new Error('a test without a body')
  return body as Body
}
