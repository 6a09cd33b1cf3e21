import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { browserMissing } from '../support/browser.ts'
import { until, workplace, type Workplace } from '../support/cli.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'

describe.skipIf(browserMissing !== null)(
  `evidence in the console (${browserMissing ?? 'Chromium'})`,
  { timeout: 120_000 },
  () => {
    let its: Console
    let place: Workplace
    beforeAll(async () => void (its = await openConsole()))
    afterAll(() => its.close())

    test('from a port’s page a pack is made that the verifier accepts with the trust file, and only with it', async () => {
      place = await declared(its)
      const page = await its.visit({ acceptDownloads: true })
      await page.goto('/ports/shop')
      const interval = page.getByRole('region', { name: 'When it went live' })
      await interval.getByText('Nothing independent').waitFor()
      expect(await interval.innerText()).toMatch(/No decision on record; declared in entry \d+/)
      await page.getByRole('link', { name: 'Prove it' }).click()
      const port = page.getByRole('combobox', { name: 'Port' })
      expect(await port.inputValue()).toMatch(/\/127\.0\.0\.1:\d+\/tcp$/)
      await page.getByRole('textbox', { name: 'Question' }).fill('Since when is the shop open?')
      await page.reload()
      expect(await page.getByRole('textbox', { name: 'Question' }).inputValue()).toBe(
        'Since when is the shop open?',
      )
      await page.getByRole('button', { name: 'Make the pack' }).click()
      await page.getByRole('heading', { name: 'On whose authority' }).waitFor()
      await page.getByText('Since when is the shop open?').last().waitFor()
      const zip = await kept(page, 'Download the pack')
      await kept(page, 'Download the trust file', 'trust.txt')
      expect(spawnSync('unzip', ['-q', zip, '-d', join(place.folder, 'got')]).status).toBe(0)
      const [folder = ''] = readdirSync(join(place.folder, 'got'))
      const pack = join('got', folder)
      expect(await place.run(['verify', pack, '--trust', 'trust.txt'])).toMatchObject({ code: 0 })
      expect(await place.run(['verify', pack])).toMatchObject({ code: 10 })
    })

    test('a sample is drawn by the auditor’s seed, from a population that the log holds', async () => {
      const page = await its.visit()
      await page.goto('/evidence?make=sample')
      const draw = page.getByRole('button', { name: 'Freeze and draw' })
      expect(await draw.isDisabled()).toBe(true)
      await page.getByText('The auditor’s seed is missing').waitFor()
      await page.getByRole('textbox', { name: 'Seed' }).fill('dice 4 2 6')
      await draw.press('Enter')
      await page.getByRole('heading', { name: 'Sample of openings' }).waitFor()
      await page.goto('/ledger?type=freeze')
      await page.getByRole('cell', { name: 'freeze', exact: true }).first().waitFor()
    })

    test('values that identify persons are for administrators, and who is none is told', async () => {
      const page = await its.visit()
      const reader = {
        name: 'Reader',
        roles: ['reader'],
        capabilities: ['read'],
        until: '2036-01-01T00:00:00.000Z',
      }
      await page.route('**/api/v1/session', (route) => route.fulfill({ json: reader }))
      await page.goto('/evidence?port=shop')
      await page.getByText('Administrators alone may hand these over').waitFor()
      expect(await page.getByRole('checkbox').isDisabled()).toBe(true)
    })

    test('a port that is not there is refused in words that say what to do', async () => {
      const page = await its.visit()
      await page.goto('/evidence?port=nobody')
      await page.getByRole('button', { name: 'Make the pack' }).click()
      expect(await page.getByRole('alert').innerText()).toContain('no port in the book is called nobody')
    })

    test('an entry whose bytes or proof were changed is not said to lie in the log', async () => {
      const page = await its.visit()
      await page.goto('/ledger/1')
      await page.getByText('Recomputed here: the root is the checkpoint’s.').waitFor()
      const rows = page.getByRole('region', { name: 'The path from the leaf to the root' }).getByRole('row')
      expect(await rows.last().innerText()).toContain('the same as computed')
      await page.route('**/api/v1/ledger/entries/1', async (route) => {
        const answer = (await (await route.fetch()).json()) as { leaf: string }
        await route.fulfill({ json: { ...answer, leaf: answer.leaf.replace('open', 'shut') } })
      })
      await page.reload()
      await page.getByRole('alert').getByText('not').first().waitFor()
      expect(await page.getByRole('alert').innerText()).toContain('the root is not the checkpoint’s')
      expect(await rows.last().innerText()).toContain('not the one computed')
    })

    test('who vouches for the newest checkpoint is shown, and who was asked and does not', async () => {
      const page = await its.visit()
      const at = '2026-11-26T12:00:00.000Z'
      const asked = { url: 'https://w2.example', detail: 'no answer in 5 s', since: at }
      await page.route('**/api/v1/ledger/checkpoint', async (route) => {
        const answer = (await (await route.fetch()).json()) as Record<string, unknown>
        const said = {
          sentence: 'Cosigned by w1; the quorum both is not met.',
          external: true,
          cosignatures: [{ witness: 'w1', name: 'w1.example', at }],
          timestamps: [{ authority: 'tsa', at, anchored: 2 }],
          witnesses: [{ witness: 'w2', name: 'w2.example', cosigned: 3, state: 'silent', ...asked }],
          authorities: [{ authority: 'tsa2', stamped: 0, at: null, state: 'refuses', ...asked }],
        }
        await route.fulfill({ json: { ...answer, ...said } })
      })
      await page.goto('/ledger')
      const head = page.getByRole('region', { name: 'Newest checkpoint' })
      await head.getByText('the quorum both is not met').waitFor()
      expect(await head.getByText(/^by w1 at/).innerText()).toContain('by its own clock')
      await head
        .getByText(/^by tsa at/)
        .getByRole('link', { name: 'entry 2' })
        .waitFor()
      const rows = await head.getByRole('row').allInnerTexts()
      expect(rows).toHaveLength(3)
      expect(rows[1]).toMatch(/witness w2.*silent.*3.*no answer in 5 s/s)
      expect(rows[2]).toMatch(/timestamp authority tsa2.*refuses.*0/s)
      await page.unrouteAll({ behavior: 'ignoreErrors' })
    })

    test('entries of one port are listed by the address, older ones behind newer ones', async () => {
      const page = await its.visit()
      await page.goto('/ledger')
      await page.getByRole('textbox', { name: 'Port' }).fill('shop')
      await page.getByRole('textbox', { name: 'Port' }).press('Enter')
      await page.getByText('and the documents that were its record').waitFor()
      expect(new URL(page.url()).search).toBe('?port=shop')
      const indexes = await until('entries are listed', async () => {
        const texts = await page
          .getByRole('region', { name: 'Entries', exact: true })
          .locator('td.number')
          .allInnerTexts()
        return texts.length >= 2 ? texts.map(Number) : null
      })
      expect(indexes).toEqual(indexes.toSorted((a, b) => b - a))
    })

    async function kept(page: Page, button: string, name?: string): Promise<string> {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ])
      const path = join(place.folder, name ?? download.suggestedFilename())
      await download.saveAs(path)
      return path
    }
  },
)

/** A port of this machine that listens and stands in the book. */
async function declared(its: Console): Promise<Workplace> {
  const opened = await listen('shopd')
  const place = workplace({ data: its.data })
  place.put(
    'shop.portreeve.yaml',
    `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: shop }
spec:
  owner: team/shop
  at: { host: ${hostname()} }
  bindings: [{ transport: tcp, port: ${opened.port}, address: 127.0.0.1 }]
  purpose: Shows the shop
`,
  )
  await until('it was seen', async () => {
    const { ports } = (await place.json(['ports', '--json', '--search', `:${opened.port}`])) as {
      ports: unknown[]
    }
    return ports.length > 0 ? true : null
  })
  const { code, err } = await place.run(['declare', '.'])
  if (code !== 0) throw new Error(err)
  return place
}
