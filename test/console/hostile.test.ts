import { copyFileSync, linkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { workplace } from '../support/cli.ts'
import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'
import { openPort } from './steps.ts'

const SCRIPT = '<script>window.isOwned=1</script><img src=x onerror=window.isOwned=1>'
const REVERSED = '\u202Egnp.ecnahcrem'
const OWNER = `team/${'o'.repeat(40)}`
const LONG = 'Donaudampfschifffahrt'.repeat(20)

describe.skipIf(browserMissing !== null)(`text that means harm (${browserMissing ?? 'Chromium'})`, () => {
  let its: Console
  beforeAll(async () => void (its = await openConsole()))
  afterAll(() => its.close())

  test('in the name and the path of a process is shown as text and stays where it belongs', async () => {
    const place = workplace({ data: its.data })
    const executable = join(place.folder, `<img src=x onerror=window.isOwned=1>${REVERSED}${'w'.repeat(120)}`)
    copyOfNode(executable)
    const opened = await listen('<b>a</b>\u202E"\'', executable)
    const page = await its.visit()
    for (const width of [1440, 320]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`/ports?port=${opened.port}`)
      await page
        .getByRole('row', { name: `127.0.0.1:${opened.port}/tcp` })
        .getByText('<b>a</b>')
        .waitFor()
      await expectUnharmed(page)
      await openPort(page, opened.port)
      await page.getByRole('region', { name: 'Why the book says so' }).getByText('Who has seen it?').waitFor()
      const facts = await page.getByRole('region', { name: 'Facts' }).innerText()
      expect(facts).toContain('<b>a</b>')
      expect(facts).toContain('<img src=x onerror=window.isOwned=1>')
      await expectUnharmed(page)
      await page.getByRole('link', { name: 'Declare this port' }).click()
      await page.getByRole('heading', { name: 'What declaring it changes' }).waitFor()
      await expectUnharmed(page)
      await page.goto('/')
      await page.getByRole('heading', { name: 'Ledger' }).waitFor()
      await expectUnharmed(page)
    }
  })

  test('in a record is shown as text and stays where it belongs', async () => {
    const opened = await listen('till')
    const place = workplace({ data: its.data })
    place.put('till.portreeve.yaml', hostileDocument(opened.port))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const page = await its.visit()
    for (const width of [1440, 320]) {
      await page.setViewportSize({ width, height: 900 })
      for (const path of ['/ports/till', '/documents/Port/till']) {
        await page.goto(path)
        await page.locator('main').getByText(SCRIPT).first().waitFor()
        await page.locator('main').getByText(LONG).first().waitFor()
        await expectUnharmed(page)
      }
      await page.goto('/declare?record=till')
      await page.getByText('The book already says exactly this.').waitFor()
      expect(await page.getByRole('textbox', { name: 'Purpose' }).inputValue()).toBe(`${SCRIPT} ${LONG}`)
      await expectUnharmed(page)
      await page.goto(`/ports?group=owner&owner=${OWNER}`)
      await page.getByRole('row', { name: 'till' }).waitFor()
      await expectUnharmed(page)
    }
  })
})

/** Nothing ran, nothing became an element, nothing pushes the page sideways. */
async function expectUnharmed(page: Page): Promise<void> {
  const state = await page.evaluate(() => ({
    isOwned: Reflect.get(window, 'isOwned') === 1,
    elements: document.querySelectorAll('main img, main script, main b b, main [onerror]').length,
    sideways: document.documentElement.scrollWidth - innerWidth,
  }))
  expect({ at: page.url(), ...state, sideways: Math.max(0, state.sideways) }).toEqual({
    at: page.url(),
    isOwned: false,
    elements: 0,
    sideways: 0,
  })
}

function copyOfNode(path: string): void {
  try {
    linkSync(process.execPath, path)
  } catch {
    // Another file system.
    copyFileSync(process.execPath, path)
  }
}

function hostileDocument(port: number): string {
  const text = JSON.stringify(`${SCRIPT} ${LONG}`)
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: till }
spec:
  owner: ${OWNER}
  at: { host: ${hostname()} }
  bindings: [{ transport: tcp, port: ${port}, address: 127.0.0.1 }]
  purpose: ${text}
  justification: { why: ${text}, ifClosed: ${text} }
`
}
