import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

import { startBrowser } from '../support/browser.ts'
import { gather, until } from '../support/cli.ts'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built console in a real browser, behind the built server that observes this machine each second. */
export interface Console {
  readonly origin: string
  readonly data: string
  readonly browser: Browser
  /** The one-time link of the first start. */
  readonly firstLink: string
  /** A page in a fresh profile that holds the administrator's session; closed after the test. */
  readonly visit: (options?: BrowserContextOptions) => Promise<Page>
  /** A page of somebody who was let in by nobody. */
  readonly visitAsStranger: () => Promise<Page>
  /** Ends the server as Ctrl-C does. */
  readonly stopServer: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function openConsole(): Promise<Console> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-console-'))
  const [{ child, origin, firstLink }, browser] = await Promise.all([startServer(data), startBrowser()])
  const stopServer = () => ended(child, 'SIGTERM')
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ baseURL: origin, reducedMotion: 'reduce', ...options })
    onTestFinished(() => context.close())
    context.setDefaultTimeout(20_000)
    return context.newPage()
  }
  const storageState = await signIn(browser, await newLink(data))
  return {
    origin,
    data,
    browser,
    firstLink,
    visit: (options) => open({ storageState, ...options }),
    visitAsStranger: () => open(),
    stopServer,
    close: async () => {
      await browser.close()
      await stopServer()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function startServer(data: string) {
  const child = start(data, 'up', '--listen', '127.0.0.1:0', '--observe', '1')
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  const [origin, firstLink] = await until('up has started', () => {
    if (child.exitCode !== null) throw new Error(`up ended with ${child.exitCode}: ${err()}`)
    const said = /Console: (\S+)[^]*One-time link: (\S+)/.exec(out())
    return said === null ? null : ([said[1] ?? '', said[2] ?? ''] as const)
  })
  return { child, origin, firstLink }
}

async function newLink(data: string): Promise<string> {
  const child = start(data, 'link')
  const out = gather(child.stdout)
  await new Promise((resolve) => child.once('close', resolve))
  return out().trim()
}

/** Once for all tests of a file: what is spent on it is not what they are about. */
async function signIn(browser: Browser, link: string) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  const state = await context.storageState()
  await context.close()
  return state
}

function start(data: string, ...args: readonly string[]): ChildProcess {
  const env = { ...process.env, PORTREEVE_DATA: data }
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill(signal)
  await gone
}
