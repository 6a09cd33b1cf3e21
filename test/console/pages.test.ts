import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { workplace } from '../support/cli.ts'
import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'
import { openPort } from './steps.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 844 }
/** 1280 px at 400 %: WCAG 2.2, 1.4.10. */
const ZOOMED = { width: 320, height: 256 }

/** Every page and every state of one that has a look of its own; each ends when it is there. */
const PAGES: Readonly<Record<string, (page: Page, port: number) => Promise<void>>> = {
  overview: (page) => at(page, '/', 'Ledger'),
  ports: async (page, port) => {
    await page.goto('/ports?group=documented')
    await page.getByRole('rowheader', { name: `:${port}/tcp` }).waitFor()
    await page.getByRole('list', { name: 'Ports by documented' }).waitFor()
  },
  'ports that nobody has': (page) => at(page, '/ports?q=nobody-has-this', 'No port matches.'),
  'a filter that is open': async (page) => {
    await page.goto('/ports')
    await page.getByRole('button', { name: 'Documented' }).click()
    await page.getByRole('menuitemradio', { name: /^undeclared/ }).waitFor()
  },
  'the choice of columns': async (page) => {
    await page.goto('/ports?hide=Owner')
    await page.getByRole('button', { name: 'Columns: 10 of 11' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Owner' }).waitFor()
  },
  'a port that is kept': async (page) => {
    await page.goto('/ports/shop')
    await page.getByRole('region', { name: 'Kept from erasure' }).waitFor()
  },
  'the palette': async (page, port) => {
    await page.goto('/coverage')
    await page.getByRole('button', { name: 'Find a port or page' }).click()
    await page.keyboard.type(`:${port}`)
    await page.getByRole('menuitem', { name: `127.0.0.1:${port}` }).waitFor()
  },
  'an undeclared port': async (page, port) => {
    await page.goto(`/ports?port=${port}`)
    await openPort(page, port)
    await page.getByRole('region', { name: 'Why the book says so' }).getByText('Who has seen it?').waitFor()
  },
  'a declared port': async (page) => {
    await at(page, '/ports/shop', 'shop')
    await page.getByRole('region', { name: 'Why the book says so' }).getByText('Who has seen it?').waitFor()
  },
  'the question before closing': async (page) => {
    await page.goto('/ports/shop')
    await page.getByRole('button', { name: 'Close…' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).waitFor()
  },
  coverage: (page) => at(page, '/coverage', 'Sources'),
  documents: (page) => at(page, '/documents', 'Documents', 'shop'),
  document: (page) => at(page, '/documents/Port/shop', 'As YAML'),
  'a form with a fault': async (page) => {
    await page.goto('/declare?record=shop')
    await page.getByRole('textbox', { name: 'Port or range' }).fill('70000')
    await page.locator('.faults').waitFor()
    await page.getByRole('group', { name: 'Binding 1' }).locator('.error').waitFor()
  },
  'an empty form': (page) => at(page, '/declare', 'What declaring it changes'),
  ledger: (page) => at(page, '/ledger', 'Ledger', '0'),
  'ledger entry': (page) => at(page, '/ledger/0', 'Exact bytes'),
  'the ledger of one port': async (page) => {
    await page.goto('/ledger?port=shop')
    await page.getByRole('region', { name: 'Entries', exact: true }).getByText('declaration').last().waitFor()
    await page.getByText('by nobody outside this book').waitFor()
  },
  'a proof': async (page) => {
    await page.goto('/ledger/1')
    await page.getByText('Recomputed here: the root is the checkpoint’s.').waitFor()
  },
  'an empty question for evidence': (page) => at(page, '/evidence', 'Nothing is made yet.'),
  'a pack that was made': async (page) => {
    await page.goto('/evidence?port=shop')
    await page.getByRole('button', { name: 'Make the pack' }).click()
    await page.getByRole('button', { name: 'Download the trust file' }).waitFor()
  },
  'a period to draw a sample from': async (page) => {
    await page.goto('/evidence?make=sample')
    await page.getByRole('radio', { name: 'a period' }).check()
    await page.getByLabel('Until, not included').waitFor()
  },
  'an entry that is not there': async (page) => {
    await page.goto('/ledger/999999')
    await page.getByRole('alert').waitFor()
  },
  'no page': (page) => at(page, '/nowhere', 'There is no such page'),
}

describe.skipIf(browserMissing !== null)(
  `every page (${browserMissing ?? 'Chromium'})`,
  { timeout: 120_000 },
  () => {
    let its: Console
    let port: number
    beforeAll(async () => void (its = await openConsole()))
    afterAll(() => its.close())
    beforeEach(async () => {
      const opened = await listen('shopd')
      port = (await listen('unsaid')).port
      const place = workplace({ data: its.data })
      place.put('shop.portreeve.yaml', shopDocument(opened.port))
      const { code, err } = await place.run(['declare', '.'])
      if (code !== 0) throw new Error(err)
      // The first test of the file places it; for the others it stands.
      await place.run(['hold', 'place', 'claim', '--document', 'Port/shop', '--reason', 'Claim of Globex'])
    })

    test('axe finds nothing, light and dark, wide and narrow', async () => {
      const page = await its.visit()
      await page.addInitScript(AXE)
      const found: string[] = []
      for (const [name, open] of Object.entries(PAGES)) {
        await page.setViewportSize(WIDE)
        await open(page, port)
        for (const size of [WIDE, NARROW])
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.setViewportSize(size)
            await page.emulateMedia({ colorScheme })
            const faults = await axeFaults(page)
            found.push(...faults.map((fault) => `${name}, ${colorScheme}, ${size.width} px: ${fault}`))
          }
      }
      expect(found).toEqual([])
    })

    test('axe finds nothing before anybody is let in', async () => {
      const page = await its.visitAsStranger()
      await page.addInitScript(AXE)
      for (const [path, heading] of [
        ['/', 'You are signed out'],
        ['/enter', 'This link is not complete'],
        ['/enter#spent', 'This link was used or has ended'],
      ] as const) {
        await at(page, path, heading)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect(await axeFaults(page)).toEqual([])
        }
      }
    })

    test('none scrolls sideways at 400 %, and none asks for what its content security policy forbids', async () => {
      const page = await its.visit({ viewport: ZOOMED })
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        // A status of the API stands on the page, in words.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          faults.push(message.text())
      })
      await page.exposeFunction('forbidden', (what: string) => faults.push(what))
      await page.addInitScript(() =>
        document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
          const { forbidden } = window as unknown as { forbidden: (what: string) => void }
          forbidden(`${violatedDirective} ${blockedURI} ${sample}`)
        }),
      )
      for (const [name, open] of Object.entries(PAGES)) {
        await open(page, port)
        const [has, may] = await page.evaluate(
          () => [document.documentElement.scrollWidth, innerWidth] as const,
        )
        if (has > may) faults.push(`${name} is ${has} px wide`)
      }
      expect(faults).toEqual([])
    })
  },
)

async function at(page: Page, path: string, heading: string, link?: string): Promise<void> {
  await page.goto(path)
  await page.getByText(heading, { exact: true }).last().waitFor()
  if (link !== undefined)
    await page.locator('main').getByRole('link', { name: link, exact: true }).first().waitFor()
}

async function axeFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(async (rules) => {
    const { axe: engine } = window as unknown as { axe: typeof axe }
    const { violations } = await engine.run(document, { runOnly: rules, resultTypes: ['violations'] })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    )
  }, RULES)
}

function shopDocument(port: number): string {
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: shop }
spec:
  owner: team/shop
  service: https
  at: { host: ${hostname()} }
  bindings: [{ transport: tcp, port: ${port}, address: 127.0.0.1 }]
  purpose: Shows the shop
  data: [personal]
  safeguards: [tls]
`
}
