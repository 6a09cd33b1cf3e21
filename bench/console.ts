// A measurement: the console over loopback, with 100,000 ports in the book: its first paint, and from key or click to rows.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'

import { openSqlite } from '../src/adapters/database/sqlite.ts'
import { startBrowser } from '../test/support/browser.ts'
import { putPorts } from './generated-book.ts'

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js')
const PORTS = 100_000
const RUNS = 9

const data = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
try {
  await measure()
} finally {
  rmSync(data, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  // The server makes the book and its genesis; then it grows behind the server's back.
  await stop((await up()).server)
  await fill()
  const { server, link } = await up()
  const browser = await startBrowser()
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await page.goto(link)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const { origin } = new URL(link)
    await measurePaints(browser, context, origin)
    await measureRows(page, origin)
  } finally {
    await browser.close()
    await stop(server)
  }
}

/** A context of its own for each: nothing is in a cache, only the session is there. */
async function measurePaints(browser: Browser, session: BrowserContext, origin: string): Promise<void> {
  const storageState = await session.storageState()
  for (const [name, path, there] of [
    ['overview', '/', '.sentence'],
    ['ports', '/ports', '[data-row="0"]'],
  ] as const) {
    const runs: { paint: number; content: number }[] = []
    for (let run = 0; run < RUNS; run++) {
      const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.addInitScript(rememberFirst, there)
      await page.goto(`${origin}${path}`)
      await page.locator(there).first().waitFor()
      runs.push(await page.evaluate(firstTimes))
      await context.close()
    }
    print(`cold first contentful paint, ${name}`, median(runs.map(({ paint }) => paint)), '<= 1000')
    print(
      `cold load until the book's own content is drawn, ${name}`,
      median(runs.map(({ content }) => content)),
    )
  }
}

/** In the page: when the first element that holds what the book says was drawn. */
function rememberFirst(selector: string): void {
  new MutationObserver((_, observer) => {
    if (document.querySelector(selector) === null) return
    observer.disconnect()
    requestAnimationFrame(() => performance.mark('content'))
  }).observe(document, { childList: true, subtree: true })
}

async function firstTimes(): Promise<{ paint: number; content: number }> {
  while (performance.getEntriesByName('content').length === 0) await new Promise(requestAnimationFrame)
  const [paint] = performance.getEntriesByName('first-contentful-paint')
  const [content] = performance.getEntriesByName('content')
  return { paint: paint?.startTime ?? Number.NaN, content: content?.startTime ?? Number.NaN }
}

async function measureRows(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/ports`)
  await page.locator('[data-row="0"]').waitFor()
  await measureChange(page, 'filter: undeclared, and any again', {
    before: (run) => chooseFrom(page, 'Documented', run % 2 === 0 ? /^undeclared/ : /^any/),
    act: () => page.keyboard.press('Enter'),
  })
  await page.goto(`${origin}/ports`)
  await measureChange(page, 'filter: one of 2,000 owners, and any again', {
    before: async (run) => {
      await page
        .getByRole('button', { name: 'Owner', exact: run % 2 === 0 })
        .first()
        .click()
      await page.getByRole('searchbox', { name: 'Find in Owner' }).fill(run % 2 === 0 ? 'team/' : 'any')
      await page.getByRole('menuitemradio').first().hover()
    },
    act: () => page.mouse.down().then(() => page.mouse.up()),
  })
  await page.goto(`${origin}/ports`)
  const columns = ['Port', 'Owner', 'Since', 'Findings']
  await measureChange(page, 'sort by another column', {
    before: (run) =>
      page
        .getByRole('columnheader', { name: columns[run % 4] ?? '' })
        .getByRole('button')
        .focus(),
    act: () => page.keyboard.press('Enter'),
  })
  await page.goto(`${origin}/ports`)
  const texts = ['team/0777', 'https', 'host-00999', 'team/1234', '10.0.3.99']
  await measureChange(page, 'search: the last letter of a word', {
    before: async (run) => {
      const text = texts[run % texts.length] ?? ''
      await page.getByRole('searchbox', { name: 'Search' }).fill(text.slice(0, -1))
      await settled(page)
    },
    act: (run) => page.keyboard.press((texts[run % texts.length] ?? '').slice(-1)),
  })
}

interface Change {
  /** Up to, and without, the key or click that counts. */
  readonly before: (run: number) => Promise<unknown>
  readonly act: (run: number) => Promise<unknown>
}

/** From the browser's own time of the last key or click to the frame with the answer in it. */
async function measureChange(page: Page, name: string, { before, act }: Change): Promise<void> {
  await settled(page)
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    await before(run)
    await page.evaluate(watchRows)
    await act(run)
    times.push(await page.evaluate(() => Reflect.get(globalThis, 'untilRows') as Promise<number>))
    await settled(page)
  }
  print(`${PORTS.toLocaleString('en')} ports, ${name}`, median(times), '<= 200')
}

/** In the page. The rows that answered the question before stay until others are there: every change must change them. */
function watchRows(): void {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  Reflect.set(globalThis, 'untilRows', promise)
  setTimeout(() => reject(new Error('no rows after 10 s')), 10_000)
  let began = Number.NaN
  const hear = (event: Event) => (began = event.timeStamp)
  for (const type of ['keydown', 'pointerup']) addEventListener(type, hear, { capture: true })
  const before = document.querySelector('.grid tbody')?.textContent
  const look = () => {
    const now = document.querySelector('.grid[aria-busy=false] tbody')?.textContent ?? before
    if (now === before) {
      requestAnimationFrame(look)
      return
    }
    for (const type of ['keydown', 'pointerup']) removeEventListener(type, hear, { capture: true })
    resolve(performance.now() - began)
  }
  requestAnimationFrame(look)
}

async function chooseFrom(page: Page, filter: string, value: RegExp): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${filter}`) }).click()
  await page.getByRole('menuitemradio', { name: value }).focus()
}

async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(400)
  await page.locator('.grid[aria-busy=false] [data-row="0"]').waitFor()
}

async function fill(): Promise<void> {
  const store = await openSqlite({ path: join(data, 'book.sqlite') })
  await store.bulk((tx) => putPorts(tx, PORTS))
  await store.close()
}

/** Without observation: what this machine does meanwhile is not what is measured. */
async function up(): Promise<{ server: ChildProcess; link: string }> {
  const server = spawn(process.execPath, [MAIN, 'up', '--listen', '127.0.0.1:0', '--observe', '0'], {
    env: { ...process.env, PORTREEVE_DATA: data },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  return new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error('the server ended before it told its link')))
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const link = /One-time link: (\S+)\n/.exec(said)?.[1]
      if (link !== undefined) resolve({ server, link })
    })
  })
}

function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => void server.once('exit', () => resolve()))
  server.kill('SIGTERM')
  return ended
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function print(name: string, value: number, target?: string): void {
  console.log(
    JSON.stringify({ name, value: Math.round(value), unit: 'ms', ...(target !== undefined && { target }) }),
  )
}
