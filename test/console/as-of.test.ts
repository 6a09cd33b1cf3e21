import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'

/** Where somebody looks at it: PORTREEVE_SCREENSHOTS=DIR keeps pictures of what the test sees. */
const PICTURES = process.env['PORTREEVE_SCREENSHOTS']

describe.skipIf(browserMissing !== null)(`the past in the console (${browserMissing ?? 'Chromium'})`, () => {
  let its: Console
  beforeAll(async () => void (its = await openConsole()))
  afterAll(() => its.close())

  test('one control turns ports, a port and documents to a moment, visibly, and the address says so', async () => {
    const early = await listen('early-d')
    const page = await its.visit({ timezoneId: 'UTC' })
    await page.goto(`/ports?q=${early.port}`)
    await page.getByRole('rowheader').first().waitFor()
    await page.waitForTimeout(2_000)
    const then = new Date().toISOString().slice(0, 19)
    await page.waitForTimeout(1_000)
    const late = await listen('late-d')
    await page.goto('/ports?q=-d')
    await expect.poll(() => rowNames(page), { timeout: 20_000 }).toContain(`127.0.0.1:${late.port}/tcp`)

    await page.getByRole('button', { name: 'As of: now' }).click()
    await page.getByLabel('Show the book as of').fill(then)
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('complementary', { name: 'As of' }).getByText('The book as of').waitFor()
    await expect.poll(() => rowNames(page), { timeout: 20_000 }).not.toContain(`127.0.0.1:${late.port}/tcp`)
    expect(await rowNames(page)).toContain(`127.0.0.1:${early.port}/tcp`)
    expect(new URL(page.url()).searchParams.get('at')).toBe(`${then}.000Z`)
    await picture(page, 'ports')

    // A reload and a colleague see the same moment; a row leads to the port as it was then.
    await page.reload()
    await expect.poll(() => rowNames(page), { timeout: 20_000 }).toContain(`127.0.0.1:${early.port}/tcp`)
    await page
      .getByRole('rowheader')
      .getByRole('link', { name: `127.0.0.1:${early.port}/tcp` })
      .click()
    await page.getByRole('region', { name: 'Facts' }).waitFor()
    expect(new URL(page.url()).searchParams.get('at')).toBe(`${then}.000Z`)
    expect(await page.getByRole('link', { name: 'Declare this port' }).count()).toBe(0)
    await picture(page, 'port')

    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Coverage' }).click()
    await page.getByText('This page shows the book as it is now').waitFor()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Ports' }).click()
    await page.getByText('nothing can be changed here').waitFor()
    await page.getByRole('button', { name: 'Back to now' }).click()
    await expect.poll(() => rowNames(page), { timeout: 20_000 }).toContain(`127.0.0.1:${late.port}/tcp`)
    expect(new URL(page.url()).searchParams.has('at')).toBe(false)
    expect(await page.getByText('The book as of').count()).toBe(0)
  })

  test('before the book began there is none, and the page says when it began', async () => {
    const page = await its.visit()
    await page.goto('/ports?at=2001-01-01T00:00:00.000Z')
    await page.getByText('there was no book on 2001-01-01').waitFor()
    await page.getByText('the ledger begins on').waitFor()
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.getByRole('rowheader').first().waitFor()
    expect(new URL(page.url()).search).toBe('')
  })
})

function rowNames(page: Page): Promise<string[]> {
  return page.getByRole('rowheader').allInnerTexts()
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${PICTURES}/${name}-${width}-${colorScheme}.png` })
    }
  await page.setViewportSize({ width: 1440, height: 900 })
}
