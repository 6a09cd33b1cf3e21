import { DatabaseSync } from 'node:sqlite'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { workplace } from '../support/cli.ts'
import { browserMissing } from '../support/browser.ts'
import { portDocument } from '../support/documents.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'
import { openPort } from './steps.ts'

describe.skipIf(browserMissing !== null)(
  `what stands still, and what is shown beside it (${browserMissing ?? 'Chromium'})`,
  { timeout: 120_000 },
  () => {
    let its: Console
    beforeAll(async () => void (its = await openConsole()))
    afterAll(() => its.close())

    test('holds and freezes stand on the page of a port that they cover, and where evidence is made', async () => {
      const place = workplace({ data: its.data })
      place.put('held.portreeve.yaml', portDocument('held', 8444, { host: hostname() }))
      await place.run(['declare', '.'])
      await place.run(['hold', 'place', 'claim', '--document', 'Port/held', '--reason', 'Claim of Globex'])
      await place.run(['freeze', 'held', '--name', 'look', '--reason', 'Unexplained traffic'])
      await place.run(['hold', 'release', 'claim', '--as', 'p-ann', '--reason', 'Settled'])
      const page = await its.visit()
      await page.goto('/ports/held')
      const kept = page.getByRole('region', { name: 'Kept from erasure' })
      await kept.waitFor()
      expect(await kept.innerText()).toMatch(
        /Hold claim of operator, since .*Claim of Globex.*p-ann said by a bare word/s,
      )
      expect(await kept.innerText()).toMatch(/Freeze look of operator.*Two people can release it/s)
      await page.goto('/evidence')
      await page.getByRole('region', { name: 'Holds and freezes' }).getByText('Freeze look').waitFor()
    })

    test('a time says UTC on focus, and again in place when it is pressed', async () => {
      const page = await its.visit()
      await page.goto('/ledger')
      const time = page
        .getByRole('region', { name: 'Entries', exact: true })
        .locator('button:has(time)')
        .first()
      await time.focus()
      const said = await page.getByRole('tooltip').innerText()
      const at = (await time.locator('time').getAttribute('datetime')) ?? ''
      expect(said).toContain(`${at.replace('T', ' ').replace('Z', '')} UTC`)
      await page.keyboard.press('Enter')
      expect(await time.innerText()).toMatch(/UTC$/)
    })

    test('which columns the grid shows stands in the address', async () => {
      await listen('columns-d')
      const page = await its.visit()
      await page.goto('/ports?q=columns-d')
      await page.getByRole('columnheader', { name: 'Owner' }).waitFor()
      await page.getByRole('button', { name: 'Columns' }).click()
      for (const name of ['Owner', 'Since']) await page.getByRole('menuitemcheckbox', { name }).click()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Columns: 9 of 11' }).waitFor()
      expect(new URL(page.url()).searchParams.get('hide')).toBe('Owner,Since')
      const colleague = await its.visit()
      await colleague.goto(page.url())
      await colleague.getByRole('columnheader', { name: 'Place' }).waitFor()
      const names = await colleague.getByRole('columnheader').allInnerTexts()
      expect(names).toHaveLength(9)
      expect(names.join(' ')).not.toMatch(/Owner|Since/)
    })

    test('the palette names no item that is gone, whatever answers while somebody types', async () => {
      const { port } = await listen('palette-d')
      const page = await its.visit()
      await page.goto('/coverage')
      // An answer that comes when the first item's half second is over is the one that took it away.
      await page.route('**/api/v1/ports?*', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 450))
        await route.continue()
      })
      await page.getByRole('button', { name: 'Find a port or page' }).click()
      const field = page.getByRole('searchbox', { name: 'Find a port or page' })
      const wrong = page.evaluate(async () => {
        const gone: string[] = []
        for (const end = Date.now() + 4000; Date.now() < end;) {
          const id = document.activeElement?.getAttribute('aria-activedescendant') ?? null
          if (id !== null && document.getElementById(id) === null) gone.push(id)
          await new Promise((resolve) => requestAnimationFrame(resolve))
        }
        return gone
      })
      for (const letter of `c`) await field.press(letter)
      await page.waitForTimeout(500)
      await field.fill('')
      for (const letter of `:${port}`) await field.press(letter)
      await page.getByRole('menuitem', { name: `127.0.0.1:${port}` }).waitFor()
      expect(await wrong).toEqual([])
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'Facts' }).waitFor()
    })

    // Last: it takes the session's rights away for good.
    test('an action that a role may not take says why, and who could take it', async () => {
      const { port } = await listen('unsaid')
      const place = workplace({ data: its.data })
      place.put('shop.portreeve.yaml', portDocument('shop', 8443, { host: hostname() }))
      await place.run(['declare', '.'])
      const page = await its.visit()
      await page.goto(`/ports?port=${port}`)
      await openPort(page, port)
      await page.getByRole('link', { name: 'Declare this port' }).waitFor()
      onlyReaders(its.data)
      await page.reload()
      const why = /Your role \(reader\) does not let you declare and close documents\. An administrator/
      const button = page.getByRole('button', { name: 'Declare this port' })
      await button.waitFor()
      expect(await button.isDisabled()).toBe(true)
      expect(await described(page, 'Declare this port')).toMatch(why)
      expect(await page.getByRole('link', { name: 'Declare this port' }).count()).toBe(0)
      for (const path of ['/ports/shop', '/documents/Port/shop']) {
        await page.goto(path)
        await page.getByRole('button', { name: 'Amend or close' }).waitFor()
        expect(await described(page, 'Amend or close')).toMatch(why)
      }
      await page.goto('/declare?record=shop')
      await page.getByText(why).waitFor()
      expect(await page.getByRole('button', { name: 'Declare', exact: true }).isDisabled()).toBe(true)
    })
  },
)

/** As an administrator who takes rights away would leave them; the console asks again on the next page. */
function onlyReaders(data: string): void {
  const database = new DatabaseSync(join(data, 'book.sqlite'))
  database.exec(
    `UPDATE desk SET value = json_set(value, '$.roles', json('["reader"]'), '$.actor.capabilities', json('["read"]')) WHERE space = 'session'`,
  )
  database.close()
}

async function described(page: Page, name: string): Promise<string> {
  const id = await page.getByRole('button', { name }).getAttribute('aria-describedby')
  return page.locator(`[id="${id}"]`).innerText()
}
