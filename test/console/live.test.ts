import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'

/** Two passes, one a second, and what a busy machine adds. */
const SOON = { timeout: 8_000 }

describe.skipIf(browserMissing !== null)(`a grid that stays open (${browserMissing ?? 'Chromium'})`, () => {
  let its: Console
  beforeAll(async () => void (its = await openConsole()))
  afterAll(() => its.close())

  test('a port that opens appears in it, and leaves it when it closes', async () => {
    const page = await its.visit()
    await page.goto('/ports')
    await page.locator('output.live', { hasText: /^live$/ }).waitFor()
    await page.evaluate(() => Reflect.set(window, 'isTheSamePage', true))
    const opened = await listen('popup')
    const row = rowOf(page, opened.port)
    await row.waitFor(SOON)
    expect(await row.innerText()).toMatch(/open.*undeclared.*high.*popup/s)
    await opened.close()
    await row.waitFor({ state: 'detached', ...SOON })
    expect(await page.evaluate(() => Reflect.get(window, 'isTheSamePage'))).toBe(true)
  })

  test('what happens before it is connected is not lost', async () => {
    const page = await its.visit()
    const connect = Promise.withResolvers<void>()
    await page.route('**/api/v1/events', async (route) => {
      await connect.promise
      await route.continue()
    })
    await page.goto('/ports')
    await page.locator('.count-line output', { hasText: 'port' }).waitFor()
    const opened = await listen('early')
    await known(its, opened.port)
    expect(await rowOf(page, opened.port).count()).toBe(0)
    connect.resolve()
    await expect.poll(() => rowOf(page, opened.port).count(), SOON).toBe(1)
  })

  test('what happens while its first answer is on the way is not lost', async () => {
    const page = await its.visit()
    const arrive = Promise.withResolvers<void>()
    await page.route('**/api/v1/ports?*', async (route) => {
      const response = await route.fetch()
      await arrive.promise
      await route.fulfill({ response })
    })
    await page.goto('/ports')
    await page.locator('output.live', { hasText: /^live$/ }).waitFor()
    const opened = await listen('between')
    await known(its, opened.port)
    // The news came; what it is about stands in no answer yet.
    await page.waitForTimeout(1_500)
    arrive.resolve()
    await expect.poll(() => rowOf(page, opened.port).count(), SOON).toBe(1)
  })

  test('its header says when the server is gone', async () => {
    const page = await its.visit()
    await page.goto('/ports')
    await page.locator('output.live', { hasText: /^live$/ }).waitFor()
    await its.stopServer()
    await page.locator('output.live', { hasText: /^reconnecting$/ }).waitFor()
    expect(await page.getByRole('rowheader').count()).toBeGreaterThan(0)
  })
})

const rowOf = (page: Page, port: number) => page.getByRole('row', { name: `127.0.0.1:${port}/tcp` })

/** Waits until the book holds a port, asked from elsewhere. */
async function known(its: Console, port: number): Promise<void> {
  const page = await its.visit()
  await page.goto(`/ports?port=${port}`)
  await rowOf(page, port).waitFor()
}
