import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'

describe.skipIf(browserMissing !== null)(`the ports grid (${browserMissing ?? 'Chromium'})`, () => {
  let its: Console
  beforeAll(async () => void (its = await openConsole()))
  afterAll(() => its.close())

  test('the address holds filters, sort and search: a reload and a colleague see the same, and back returns', async () => {
    const wanted = [await listen('alpha-d'), await listen('alpha-d')]
    await listen('beta-d')
    const page = await its.visit()
    await page.goto('/')
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Ports' }).click()
    await page
      .getByRole('search', { name: 'Ports' })
      .getByRole('searchbox', { name: 'Search' })
      .fill('alpha-d')
    await page.locator('.count-line output', { hasText: /^2 ports$/ }).waitFor()
    await page.getByRole('button', { name: 'Documented' }).click()
    await page.getByRole('menuitemradio', { name: /^undeclared/ }).click()
    await page.getByRole('button', { name: 'Documented: undeclared' }).waitFor()
    const header = page.getByRole('columnheader', { name: 'Port' })
    await header.getByRole('button').click()
    await header.getByRole('button').click()
    await page.locator('th[aria-sort=descending]', { hasText: 'Port' }).waitFor()
    const highestFirst = wanted
      .map(({ port }) => `127.0.0.1:${port}/tcp`)
      .toSorted()
      .toReversed()
    await expect.poll(() => rowNames(page)).toEqual(highestFirst)
    const address = new URL(page.url())
    expect(Object.fromEntries(address.searchParams)).toEqual({
      q: 'alpha-d',
      documented: 'none',
      sort: 'port',
      order: 'desc',
    })

    await page.reload()
    const colleague = await its.visit()
    await colleague.goto(`${address.pathname}${address.search}`)
    for (const one of [page, colleague]) {
      await one.locator('th[aria-sort=descending]', { hasText: 'Port' }).waitFor()
      await expect.poll(() => rowNames(one)).toEqual(highestFirst)
      expect(await one.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('alpha-d')
      expect(await one.getByRole('button', { name: 'Documented: undeclared' }).count()).toBe(1)
    }

    await page.getByRole('rowheader').first().getByRole('link').click()
    await page.getByRole('region', { name: 'Facts' }).waitFor()
    await page.goBack()
    await expect.poll(() => rowNames(page)).toEqual(highestFirst)
    expect(page.url()).toBe(address.href)
    // Typing did not fill the history: one step further back is where the reader came from.
    await page.goBack()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()

    await page.goForward()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => rowNames(page).then((names) => names.length)).toBeGreaterThan(2)
    expect([...new URL(page.url()).searchParams.keys()].toSorted()).toEqual(['order', 'sort'])
  })

  test('keys alone reach the page past the navigation, a port by its name, a row and a filter, and focus shows', async () => {
    const opened = await listen('gamma-d')
    await listen('gamma-d')
    const page = await its.visit()
    await page.goto('/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toMatchObject({ text: 'Skip to the page', isVisible: true })
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')

    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox', { name: 'Find a port or page' }).waitFor()
    await page.keyboard.type('cover')
    await page.getByRole('menuitem', { name: 'Coverage' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Coverage' }).waitFor()

    await page.keyboard.press('Control+k')
    await page.keyboard.type(`:${opened.port}`)
    await page.getByRole('menuitem', { name: `127.0.0.1:${opened.port}` }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Facts' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await page.goto('/ports?q=gamma-d')
    await page.locator('[data-row="1"]').waitFor()
    await tabTo(page, (at) => at.text.startsWith('Documented'))
    await page.keyboard.press('Enter')
    await page.getByRole('menuitemradio', { name: /^undeclared/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Documented: undeclared' }).waitFor()
    await expect
      .poll(() => focused(page))
      .toMatchObject({ text: expect.stringMatching(/^Documented: undeclared/) })

    await tabTo(page, (at) => at.row === '0')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => focused(page)).toMatchObject({ row: '1', isVisible: true })
    await page.keyboard.press('Home')
    await expect.poll(() => focused(page)).toMatchObject({ row: '0' })
    await page.keyboard.press('End')
    await expect.poll(() => focused(page)).toMatchObject({ row: '1' })
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Facts' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })
})

async function rowNames(page: Page): Promise<string[]> {
  return page.getByRole('rowheader').allInnerTexts()
}

interface Focused {
  readonly text: string
  readonly row: string | null
  /** It is in view, and an outline or a shadow tells it from what has no focus. */
  readonly isVisible: boolean
}

function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const at = document.activeElement as HTMLElement
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at)
    const { top, left, bottom, right } = at.getBoundingClientRect()
    const isInView = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
    const isMarked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
    return { text: at.innerText, row: at.dataset['row'] ?? null, isVisible: isInView && isMarked }
  })
}

/** Every stop on the way must show that it has focus. */
async function tabTo(page: Page, isThere: (at: Focused) => boolean): Promise<void> {
  for (let stops = 0; stops < 60; stops++) {
    await page.keyboard.press('Tab')
    const at = await focused(page)
    expect(at).toMatchObject({ isVisible: true })
    if (isThere(at)) return
  }
  throw new Error('60 stops of Tab did not lead there')
}
